// Scaling in: only when every signal has agreed for the release time, and then straight to the number that was enough all along.
import { isAnyLimit } from '../../model/assessment.ts'
import type { Proposal } from '../../model/command.ts'
import type { Observation } from '../../model/signal.ts'
import { type EpochMs, formatDuration } from '../../model/units.ts'
import { describeLeast, leastReplicas } from './least.ts'
import type { ScaleInput } from './scale.ts'

/** How long fewer replicas would have done, and what was needed meanwhile. */
export interface ScaleInState {
  readonly calm?: {
    readonly since: EpochMs
    /** The replicas this calm is about: another number begins a new one. */
    readonly replicas: number
    readonly needed: number
    /** When more than that was last needed: a strictly falling series. */
    readonly higher: readonly { readonly until: EpochMs; readonly replicas: number }[]
  }
}

const NOT_CALM: ScaleInState = {}

/** Pure. Proposes fewer replicas, or remembers for how long that would have been right. */
export function proposeScaleIn(
  input: ScaleInput,
  previous: ScaleInState,
): { proposal: Proposal | undefined; state: ScaleInState } {
  const { assessment, rules, replicas } = input
  const now = assessment.at
  const needed = replicas <= leastReplicas(input) ? undefined : replicasNeeded(input)
  if (needed === undefined || needed >= replicas) return { proposal: undefined, state: NOT_CALM }

  const state = remember(previous, replicas, needed, now, now - rules.releaseForMs)
  const calmForMs = now - (state.calm?.since ?? now)
  if (calmForMs < rules.releaseForMs) return { proposal: undefined, state }
  const highest = state.calm?.higher[0]?.replicas ?? needed
  // While load that has just ended is still leaving the windows, the need falls step by step: one act, not many.
  const isSettled = highest === needed || calmForMs >= rules.releaseForMs + rules.windowMs
  if (!isSettled || highest >= replicas) return { proposal: undefined, state }
  const enough = highest === 1 ? '1 replica is enough' : `${highest} replicas are enough`
  const reason = `Every signal has been calm for ${formatDuration(calmForMs)}, and ${enough} (min is ${describeLeast(input)})`
  return { proposal: { remedy: 'scale', direction: 'down', from: replicas, to: highest, reasons: [reason] }, state }
}

/** The same state while nothing changed, which is most of the time. */
function remember(
  previous: ScaleInState,
  replicas: number,
  needed: number,
  now: EpochMs,
  oldest: EpochMs,
): ScaleInState {
  const { calm } = previous
  if (calm === undefined || calm.replicas !== replicas) return { calm: { since: now, replicas, needed, higher: [] } }
  const [first] = calm.higher
  if (calm.needed === needed && (first === undefined || first.until > oldest)) return previous
  const known = calm.needed > needed ? [...calm.higher, { until: now, replicas: calm.needed }] : calm.higher
  const higher = known.filter((one) => one.replicas > needed && one.until > oldest)
  return { calm: { since: calm.since, replicas, needed, higher } }
}

/**
 * The replicas that would keep every signal below the release share of its limit; undefined when any signal disagrees,
 * is breached or about to be, or can't be seen. A service too quiet to judge by agrees.
 */
function replicasNeeded(input: ScaleInput): number | undefined {
  const { assessment, spec, rules, replicas, ready } = input
  const { observations, limits, findings, blind } = assessment
  if (ready < replicas || findings.length > 0 || blind.length > 0 || isAnyLimit('holding', limits)) return undefined
  const { thresholds, perReplicaRps, releaseBelow } = rules
  const rps = share(observations.rps, perReplicaRps, releaseBelow)
  const errors = share(observations.errors, thresholds.errors, releaseBelow)
  const latency = share(observations.latencyP99, thresholds.latency, releaseBelow)
  const cpu = share(observations.cpu, thresholds.cpu, releaseBelow)
  const pool = share(observations.pool, thresholds.pool, releaseBelow)
  const queue = share(observations.queue, thresholds.queue, releaseBelow)
  const nothingKnown =
    rps === undefined &&
    errors === undefined &&
    latency === undefined &&
    cpu === undefined &&
    pool === undefined &&
    queue === undefined
  if (nothingKnown || (errors ?? 0) > 1 || (latency ?? 0) > 1 || (queue ?? 0) > 1) return undefined
  // Without a measure of use, one replica at a time.
  const hasMeasure = rps !== undefined || cpu !== undefined || pool !== undefined
  const inUse = Math.max(Math.ceil(rps ?? 0), Math.ceil((cpu ?? 0) * ready), Math.ceil((pool ?? 0) * ready))
  return Math.min(spec.max, Math.max(leastReplicas(input), hasMeasure ? inUse : replicas - 1))
}

/** How much of the release share of its limit a signal uses; undefined when it is not observed or too quiet to tell. */
function share(
  observation: Observation | undefined,
  threshold: number | undefined,
  releaseBelow: number,
): number | undefined {
  if (observation?.kind !== 'ok' || threshold === undefined) return undefined
  return observation.value / (threshold * releaseBelow)
}
