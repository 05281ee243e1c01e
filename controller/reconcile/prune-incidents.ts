// Keeps the number of Incidents bounded: the leader deletes, slowly, those that are past their Guard's retention.
import type { KubeClient } from '../kube/client.ts'
import { isConflict } from '../kube/kube-errors.ts'
import { deleteObject, listPages } from '../kube/objects.ts'
import { INCIDENTS } from '../kube/resource-type.ts'
import type { RawObject } from '../kube/resources.ts'
import { messageOf } from '../model/errors.ts'
import type { Milliseconds } from '../model/units.ts'
import { validateGuardSpec } from '../model/validate.ts'
import type { Logger } from '../record/log.ts'
import { pastRetention, type ResolvedIncident, type Retention, readResolved } from '../record/retention.ts'
import type { SteadyClock } from '../runtime/steady-clock.ts'

export interface PruneDeps {
  readonly client: KubeClient
  readonly clock: SteadyClock
  readonly log: Logger
  readonly guards: { get(key: string): RawObject | undefined }
  readonly isLeading: () => boolean
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined
  readonly signal: AbortSignal
}

/** A new leader looks soon, and then now and then. */
const LOOK_EVERY_MS: Milliseconds = 5_000
const SWEEP_EVERY_MS: Milliseconds = 600_000
/** At most 120 a minute: nobody waits for it, and others use the API server too. */
const DELETE_EVERY_MS: Milliseconds = 500
const PAGE_SIZE = 200
/** For the Incidents of a Guard that is gone. */
const DEFAULT_RETENTION: Retention = { keepForMs: 30 * 86_400_000, keep: 50 }

/** Sweeps while this replica leads, until the signal aborts. Failures are logged, and the next sweep tries again. */
export async function pruneIncidents(deps: PruneDeps): Promise<void> {
  const { clock, signal, log } = deps
  let sweptAt = Number.NEGATIVE_INFINITY
  while (!signal.aborted) {
    try {
      await clock.sleep(LOOK_EVERY_MS, signal)
      if (!mayDelete(deps) || clock.monotonic() - sweptAt < SWEEP_EVERY_MS) continue
      sweptAt = clock.monotonic()
      const deleted = await sweepIncidents(deps)
      if (deleted > 0) log.info({ deleted }, `Deleted ${deleted} resolved Incidents that were past their retention`)
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, `Old Incidents could not be deleted: ${messageOf(error)}`)
    }
  }
}

/** Deletes what is past its retention, one after the other, and returns how many. Throws KubeError. */
async function sweepIncidents(deps: PruneDeps): Promise<number> {
  const { client, clock, namespace, signal } = deps
  const resolved: ResolvedIncident[] = []
  for await (const { items } of listPages(client, INCIDENTS, { namespace }, { pageSize: PAGE_SIZE, signal }))
    resolved.push(...items.flatMap((item) => readResolved(item) ?? []))
  let deleted = 0
  for (const incident of pastRetention(resolved, (ns, guard) => retentionOf(deps, ns, guard), clock.now())) {
    if (!mayDelete(deps)) break
    if (await deleteAsSeen(client, incident, signal)) deleted++
    await clock.sleep(DELETE_EVERY_MS, signal)
  }
  return deleted
}

/** After a jump of the clock everything may look old. */
function mayDelete({ clock, isLeading }: PruneDeps): boolean {
  return isLeading() && clock.now() >= clock.unsteadyUntil
}

/** One that changed since it was listed may have been reopened: it is left for the next sweep. */
async function deleteAsSeen(client: KubeClient, incident: ResolvedIncident, signal: AbortSignal): Promise<boolean> {
  const { resourceVersion } = incident
  try {
    return await deleteObject(client, INCIDENTS, incident, { resourceVersion, signal })
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  }
}

/** Undefined while the spec can't be used: what it asks for is not known. */
function retentionOf({ guards }: PruneDeps, namespace: string, guard: string): Retention | undefined {
  const found = guards.get(`${namespace}/${guard}`)
  if (found === undefined) return DEFAULT_RETENTION
  const validation = validateGuardSpec(found.raw.spec)
  if (!validation.ok) return undefined
  const { keepFor, keep } = validation.spec.incidents
  return { keepForMs: keepFor, keep }
}
