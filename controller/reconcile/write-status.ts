// Writes a Guard's status and its Incident: only what differs, only with the version we know, and slowly while the API refuses.
import { applyStatus, createIfAbsent, patchStatus } from '../kube/apply.ts'
import type { KubeClient } from '../kube/client.ts'
import { textAt } from '../kube/json.ts'
import { isConflict, isNotFound } from '../kube/kube-errors.ts'
import { mergePatchOf } from '../kube/merge-patch.ts'
import { findObject } from '../kube/objects.ts'
import { GUARDS, INCIDENTS } from '../kube/resource-type.ts'
import type { Clock } from '../model/clock.ts'
import { messageOf } from '../model/errors.ts'
import { GUARD_STATUS, type GuardStatus } from '../model/guard-status.ts'
import type { Incident } from '../model/incident.ts'
import { LABELS } from '../model/names.ts'
import type { Milliseconds } from '../model/units.ts'
import { labelValue } from '../record/labels.ts'
import type { Logger } from '../record/log.ts'
import { READINGS_EVERY_MS, worthWriting } from '../record/status-pace.ts'
import { backoffMs } from '../runtime/backoff.ts'
import type { TokenBucket } from '../runtime/token-bucket.ts'
import type { Session, Written } from './session.ts'

export interface WriterDeps {
  readonly client: KubeClient
  readonly clock: Clock
  readonly log: Logger
  readonly isLeading: () => boolean
  /** Shared by all Guards: readings wait when it is empty, news does not. */
  readonly readings: TokenBucket
}

/** Someone else wrote this Guard's status: the session is out of date and must begin again. */
export class Superseded extends Error {}

const BACKOFF = { baseMs: 500, maxMs: 30_000, random: Math.random }
/** How often a growing peak is worth a write of the Incident. */
const PEAKS_EVERY_MS: Milliseconds = 5_000

/** Writes what differs, whatever its pace. Throws KubeError, and Superseded when another leader has written. */
export async function writeStatusNow(deps: WriterDeps, session: Session, next: GuardStatus): Promise<void> {
  const patch = mergePatchOf(session.status.value, next)
  if (patch === undefined) return
  const { namespace, name, status } = session
  const ref = { namespace, name }
  const { resourceVersion } = status
  try {
    const answer = await patchStatus(deps.client, GUARDS, ref, patch, { resourceVersion })
    status.resourceVersion = textAt(answer, 'metadata', 'resourceVersion') ?? ''
    status.value = next
    status.at = deps.clock.now()
    // What was written may be taken back (a conflict): the next look starts from nothing.
    session.gist = []
    succeeded(status)
  } catch (error) {
    if (isConflict(error)) await adoptVersion(deps, session)
    throw error
  }
}

/** A person may have edited the spec: then only the version moved. Throws Superseded when the status is not ours any more. */
async function adoptVersion(deps: WriterDeps, session: Session): Promise<void> {
  const raw = await findObject(deps.client, GUARDS, session)
  const found = GUARD_STATUS.safeParse(raw?.status).data
  if (raw === undefined || mergePatchOf(session.status.value, found ?? {}) !== undefined) throw new Superseded()
  session.status.resourceVersion = textAt(raw, 'metadata', 'resourceVersion') ?? ''
}

/**
 * Writes the status when it is worth it. Failures are logged and retried later; only Superseded is thrown. True when
 * nothing is left to write but readings.
 */
export async function keepStatus(deps: WriterDeps, session: Session, next: GuardStatus): Promise<boolean> {
  const { status } = session
  const worth = worthWriting(status.value, next)
  if (worth === 'no') {
    status.at = deps.clock.now()
    return true
  }
  if (!mayWrite(deps, status)) return false
  if (worth === 'later' && (deps.clock.now() - status.at < READINGS_EVERY_MS || !deps.readings.tryTake())) return true
  try {
    await writeStatusNow(deps, session, next)
    return true
  } catch (error) {
    if (error instanceof Superseded) throw error
    failed(deps, status, session, 'status', error)
    return false
  }
}

/** Writes the Incident when it is worth it; creates it first. Failures are logged and retried later. */
export async function keepIncident(deps: WriterDeps, session: Session, next: Incident | undefined): Promise<void> {
  const { incident } = session
  if (next === undefined || next === incident.value || !mayWrite(deps, incident)) return
  if (isSameStory(incident.value, next) && deps.clock.now() - incident.at < PEAKS_EVERY_MS) return
  try {
    if (incident.value?.name !== next.name) await createIncident(deps.client, next)
    await applyStatus(deps.client, INCIDENTS, next, { ...next.status })
    incident.value = next
    incident.at = deps.clock.now()
    succeeded(incident)
  } catch (error) {
    // Deleted by hand: it is made anew on the next try.
    if (isNotFound(error)) incident.value = undefined
    failed(deps, incident, session, `incident ${next.name}`, error)
  }
}

async function createIncident(client: KubeClient, { namespace, name, spec }: Incident): Promise<void> {
  const metadata = { namespace, name, labels: { [LABELS.guard]: labelValue(spec.guard) } }
  await createIfAbsent(client, INCIDENTS, { metadata, spec: { ...spec } })
}

function isSameStory(before: Incident | undefined, next: Incident): boolean {
  return (
    before !== undefined &&
    before.status.phase === next.status.phase &&
    before.status.actions === next.status.actions &&
    before.status.timeline === next.status.timeline
  )
}

function mayWrite(deps: WriterDeps, { notBefore }: Written<unknown>): boolean {
  return deps.isLeading() && deps.clock.monotonic() >= notBefore
}

function succeeded(written: Written<unknown>): void {
  written.failures = 0
  written.notBefore = 0
}

/** The next try waits longer after each failure; a conflict needs no waiting. */
export function noteFailure(deps: Pick<WriterDeps, 'clock'>, written: Written<unknown>, error: unknown): Milliseconds {
  if (isConflict(error)) return 0
  written.failures++
  const waitMs = backoffMs(written.failures, BACKOFF)
  written.notBefore = deps.clock.monotonic() + waitMs
  return waitMs
}

function failed(deps: WriterDeps, written: Written<unknown>, session: Session, what: string, error: unknown): void {
  const retryInMs = Math.round(noteFailure(deps, written, error))
  const text = `The ${what} of ${session.key} could not be written: ${messageOf(error)}`
  deps.log[isConflict(error) ? 'debug' : 'warn']({ guard: session.key, retryInMs }, text)
}
