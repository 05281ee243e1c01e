// How the service stands at one reading, as the ledger counts it: up, down, degraded, or not known.
import type { Assessment, LimitState } from '../../model/assessment.ts'
import type { Observation, Observations } from '../../model/signal.ts'
import type { EpochMs } from '../../model/units.ts'

/** `since` is when it began by the data, which for a breach is its first reading past the limit, before it was confirmed. */
export type Standing =
  | { readonly kind: 'up' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'down' | 'degraded'; readonly since: EpochMs }

const UP: Standing = { kind: 'up' }
const UNKNOWN: Standing = { kind: 'unknown' }

/**
 * Down: no replica is ready though some are wanted, or the errors are past their limit. Unknown: a signal that is observed
 * can't be told, be it for blindness or for want of traffic. Degraded: any other limit is passed. Pure.
 */
export function standingOf({ at, observations, limits }: Assessment): Standing {
  const { replicasReady, replicasWanted } = observations
  if (replicasReady?.kind === 'ok' && replicasReady.value < 1)
    return replicasWanted?.kind === 'ok' && replicasWanted.value < 1 ? UNKNOWN : { kind: 'down', since: at }
  if (isPressing(limits.errors, observations.errors)) return { kind: 'down', since: onsetOf(limits.errors, at) }
  if (isAnyUnknown(observations)) return UNKNOWN
  const { rps, latency, cpu, pool, queue } = limits
  // Spelled out: calm is asked for every Guard on every tick.
  if (!isPast(rps) && !isPast(latency) && !isPast(cpu) && !isPast(pool) && !isPast(queue)) return UP
  const onsets = [rps, latency, cpu, pool, queue].filter(isPast).map((state) => onsetOf(state, at))
  return { kind: 'degraded', since: Math.min(...onsets) }
}

/** Breached, and the last known reading was past the limit. */
function isPast(state: LimitState): boolean {
  return state.phase === 'breached' && !state.eased
}

function isPressing(state: LimitState, observation: Observation | undefined): boolean {
  return isPast(state) && observation?.kind === 'ok'
}

/** A breach that was confirmed earlier and is back, or is seen again, begins anew: nothing is known of the time before. */
function onsetOf(state: LimitState, at: EpochMs): EpochMs {
  return state.phase === 'breached' && state.confirmedAt === at ? state.onset : at
}

function isAnyUnknown({ rps, errors, latencyP99, cpu, pool, queue, replicasReady }: Observations): boolean {
  return (
    isUnknown(rps) ||
    isUnknown(errors) ||
    isUnknown(latencyP99) ||
    isUnknown(cpu) ||
    isUnknown(pool) ||
    isUnknown(queue) ||
    isUnknown(replicasReady)
  )
}

function isUnknown(observation: Observation | undefined): boolean {
  return observation?.kind === 'unknown'
}
