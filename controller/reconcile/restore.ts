// Begins a session from what the API server holds: a successor goes on exactly where the last leader stopped.
import { type FreshReads, readFresh } from '../act/fresh.ts'
import { BOTTOM_OF_LADDER } from '../decide/ladder.ts'
import { NEVER_SEEN, type RunningLedger } from '../evaluate/ledger/book.ts'
import type { KubeClient } from '../kube/client.ts'
import { textAt } from '../kube/json.ts'
import { findObject } from '../kube/objects.ts'
import { GUARDS, INCIDENTS } from '../kube/resource-type.ts'
import type { Clock } from '../model/clock.ts'
import type { TargetRef } from '../model/command.ts'
import { type Action, GUARD_STATUS, type GuardStatus } from '../model/guard-status.ts'
import { INCIDENT_SPEC, INCIDENT_STATUS, type Incident } from '../model/incident.ts'
import type { EpochMs } from '../model/units.ts'
import { restoreCircuit } from '../record/circuit.ts'
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
  const recentActions = await settlePending(client, clock, target, status.recentActions ?? [])
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
      ladder: BOTTOM_OF_LADDER,
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

/** An act that was announced and not concluded: the API server tells whether it happened. Throws while it can't be read. */
export async function settlePending(
  client: KubeClient,
  clock: Clock,
  target: TargetRef,
  actions: readonly Action[],
): Promise<readonly Action[]> {
  if (!actions.some((action) => action.outcome === 'Pending')) return actions
  const fresh = await readFresh(client, clock, target)
  return actions.map((action) => (action.outcome === 'Pending' ? settle(action, fresh) : action))
}

function settle(action: Action, { scale, autoscalers }: FreshReads): Action {
  const onTarget = action.field.endsWith(' replicas')
  const read = onTarget ? scale : autoscalers
  if (read.kind === 'unread') return action
  const now = onTarget
    ? scale.kind === 'read' && scale.value.replicas
    : autoscalers.kind === 'read' &&
      autoscalers.value.find(({ kind, name }) => action.field === `${kind}/${name} minimum`)?.minimum
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
