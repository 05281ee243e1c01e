// Begins a session from what the API server holds: a successor goes on exactly where the last leader stopped.
import { isAskedFor } from '../act/failover-request.ts'
import { readFeature } from '../act/feature.ts'
import { type FreshReads, readFresh } from '../act/fresh.ts'
import { isGone, isMarkedBy } from '../act/isolate.ts'
import { NEVER_SEEN, type RunningLedger } from '../evaluate/ledger/book.ts'
import type { KubeClient } from '../kube/client.ts'
import { textAt } from '../kube/json.ts'
import { findObject } from '../kube/objects.ts'
import { GUARDS, INCIDENTS, PODS } from '../kube/resource-type.ts'
import type { Clock } from '../model/clock.ts'
import type { TargetRef } from '../model/command.ts'
import { isHeldBy } from '../model/demand.ts'
import { type Action, GUARD_STATUS, type GuardStatus } from '../model/guard-status.ts'
import { INCIDENT_SPEC, INCIDENT_STATUS, type Incident } from '../model/incident.ts'
import type { Isolation } from '../model/isolation.ts'
import type { FlowLimit } from '../model/ladder.ts'
import type { EpochMs } from '../model/units.ts'
import { restoreCircuit } from '../record/circuit.ts'
import { isDeletion, limitField, nameInField } from '../record/fields.ts'
import { restoreLadder } from '../record/ladder.ts'
import { type KeptLedger, restoreLedger } from '../record/ledger.ts'
import { restoreObjectives } from '../record/objectives.ts'
import { restoreLimits } from '../record/status.ts'
import type { LoopState } from './session.ts'

export interface Restored {
  readonly state: LoopState
  /** Up to when its ledger speaks. */
  readonly seenAt: EpochMs
  readonly status: GuardStatus
  readonly resourceVersion: string
}

/** Reads the Guard fresh (a cache may be behind the last leader's writes). Undefined when it is gone. Throws KubeError. */
export async function restore(
  client: KubeClient,
  clock: Clock,
  guard: { readonly namespace: string; readonly name: string },
  target: TargetRef,
): Promise<Restored | undefined> {
  const raw = await findObject(client, GUARDS, guard)
  if (raw === undefined) return undefined
  const status = GUARD_STATUS.safeParse(raw.status).data ?? {}
  const recentActions = await settlePending(
    client,
    clock,
    { target, name: guard.name, flows: status.flows ?? [], isolations: status.isolations ?? [] },
    status.recentActions ?? [],
  )
  const incidentName = status.incident ?? status.lastIncident ?? recentActions.at(-1)?.incident
  const incident = incidentName === undefined ? undefined : await findIncident(client, guard.namespace, incidentName)
  const kept = restoreLedger(status.ledger)
  return {
    status,
    seenAt: kept?.seenAt ?? NEVER_SEEN,
    resourceVersion: textAt(raw, 'metadata', 'resourceVersion') ?? '',
    state: {
      limits: restoreLimits(status),
      circuit: restoreCircuit(status.circuit),
      ladder: { ...restoreLadder(status.ladder), scaleIn: {} },
      flows: status.flows ?? [],
      isolations: status.isolations ?? [],
      recentActions,
      raisedMinimum: status.raisedMinimum,
      lastDecision: status.lastDecision,
      conditions: status.conditions ?? [],
      incident,
      objectives: restoreObjectives(status.objectives),
      ledger: kept === undefined ? undefined : runningFrom(kept),
    },
  }
}

/** A successor knows nothing of the time since it was written. */
function runningFrom({ book, traffic, announcedUntil }: KeptLedger): RunningLedger {
  return { book, traffic, announcedUntil, watchedSince: undefined }
}

/** What acts are looked up by. */
interface ActingGuard {
  readonly target: TargetRef
  readonly name: string
  readonly flows: readonly FlowLimit[]
  readonly isolations: readonly Isolation[]
}

/** An act that was announced and not concluded: the API server tells whether it happened. It stays Pending while that can't be read. */
export async function settlePending(
  client: KubeClient,
  clock: Clock,
  guard: ActingGuard,
  actions: readonly Action[],
): Promise<readonly Action[]> {
  const pending = actions.filter((action) => action.outcome === 'Pending')
  if (pending.length === 0) return actions
  const isOfReplicas = pending.some(({ remedy }) => !['degrade', 'limit', 'isolate', 'failover'].includes(remedy))
  const fresh = isOfReplicas ? await readFresh(client, clock, guard.target) : undefined
  const found = await Promise.all(
    actions.map(async (action) => {
      if (action.outcome !== 'Pending') return action
      const value = await valueNow(client, guard, action, fresh)
      return value === 'unread' ? action : settled(action, value)
    }),
  )
  return found.every((action, index) => action === actions[index]) ? actions : found
}

/** The value of the field that an act is about; undefined when there is none. */
async function valueNow(
  client: KubeClient,
  { target, name, flows, isolations }: ActingGuard,
  { remedy, field, id, from, to }: Action,
  fresh: FreshReads | undefined,
): Promise<number | undefined | 'unread'> {
  if (remedy === 'limit') return Math.round(flows.find(({ flow }) => field === limitField(flow))?.limit ?? 0)
  if (remedy === 'degrade') {
    const ref = { namespace: target.namespace, name: nameInField(field) }
    const feature = await readFeature(client, ref).catch(() => 'unread' as const)
    if (feature === 'unread') return feature
    return feature !== undefined && isHeldBy(name, feature) ? 0 : 1
  }
  if (remedy === 'isolate') {
    const pod = nameInField(field)
    const ref = { namespace: target.namespace, name: pod }
    const raw = await findObject(client, PODS, ref).catch(() => 'unread' as const)
    if (raw === 'unread') return raw
    const isAway = isGone(raw, isolations.find((one) => one.pod === pod)?.uid)
    return isAway || (!isDeletion(field) && isMarkedBy(raw, name)) ? 0 : 1
  }
  if (remedy === 'failover') {
    const group = { namespace: target.namespace, name: nameInField(field) }
    const isAsked = await isAskedFor(client, group, id).catch(() => 'unread' as const)
    return isAsked === 'unread' ? isAsked : isAsked ? to : from
  }
  const onTarget = field.endsWith(' replicas')
  const read = onTarget ? fresh?.scale : fresh?.autoscalers
  if (fresh === undefined || read?.kind !== 'read') return 'unread'
  if (onTarget) return fresh.scale.kind === 'read' ? fresh.scale.value.replicas : 'unread'
  if (fresh.autoscalers.kind === 'unread') return 'unread'
  return fresh.autoscalers.value.find(({ kind, name: owner }) => field === `${kind}/${owner} minimum`)?.minimum
}

function settled(action: Action, now: number | undefined): Action {
  return now === action.to
    ? { ...action, outcome: 'Done', detail: 'found done after the answer to it was lost' }
    : {
        ...action,
        outcome: 'Abandoned',
        detail: `found not done (${action.field} is ${now ?? 'gone'}) after the answer to it was lost`,
      }
}

async function findIncident(client: KubeClient, namespace: string, name: string): Promise<Incident | undefined> {
  const raw = await findObject(client, INCIDENTS, { namespace, name })
  const spec = INCIDENT_SPEC.safeParse(raw?.spec).data
  const status = INCIDENT_STATUS.safeParse(raw?.status).data
  return spec === undefined || status === undefined ? undefined : { name, namespace, spec, status }
}
