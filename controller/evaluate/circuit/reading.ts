// What one reading says to a circuit: past a limit, well, quiet, or nothing at all.
import { type Assessment, type LimitRules, SIGNAL_OF_LIMIT } from '../../model/assessment.ts'
import { TRIPPING_LIMITS, type TrippingLimit } from '../../model/circuit.ts'
import type { Observation, Observations } from '../../model/signal.ts'

export type Reading = 'past' | 'well' | 'quiet' | 'blind'

export interface PastLimit {
  readonly limit: TrippingLimit
  readonly value: number
  readonly threshold: number
}

/**
 * | reading | when |
 * |---|---|
 * | past | any of CPU, errors and latency is known and past its limit |
 * | well | what opened the circuit is known and within its limits |
 * | quiet | what opened it is seen, and too few requests came to judge by |
 * | blind | what opened it is not seen |
 *
 * A signal that the Guard no longer observes can't be waited for: without any cause left, one signal that is seen is enough.
 */
export function readCircuit(
  observations: Observations,
  limits: Pick<LimitRules, 'thresholds'>,
  causes: readonly TrippingLimit[],
): Reading {
  if (limitsPast(observations, limits).length > 0) return 'past'
  const observed = (names: readonly TrippingLimit[]) =>
    names.flatMap((name) => observations[SIGNAL_OF_LIMIT[name]] ?? [])
  const waitedFor = observed(causes)
  if (waitedFor.some(isBlind)) return 'blind'
  const judgedBy = waitedFor.length > 0 ? waitedFor : observed(TRIPPING_LIMITS).filter((one) => !isBlind(one))
  if (judgedBy.length === 0) return 'blind'
  return judgedBy.every(({ kind }) => kind === 'ok') ? 'well' : 'quiet'
}

/** The limits that this reading is past. */
export function limitsPast(
  observations: Observations,
  { thresholds }: Pick<LimitRules, 'thresholds'>,
): readonly PastLimit[] {
  return TRIPPING_LIMITS.flatMap((limit) => {
    const [observation, threshold] = [observations[SIGNAL_OF_LIMIT[limit]], thresholds[limit]]
    if (observation?.kind !== 'ok' || threshold === undefined || observation.value <= threshold) return []
    return [{ limit, value: observation.value, threshold }]
  })
}

/**
 * The breaches that may open a closed circuit: confirmed by hold and minimum requests as limits.ts judges them, and seen
 * past the limit in this very reading. What is unknown now opens nothing, however it was before.
 */
export function trippingBreaches({ limits, observations }: Assessment): readonly TrippingLimit[] {
  const { cpu, errors, latency } = limits
  if (cpu.phase !== 'breached' && errors.phase !== 'breached' && latency.phase !== 'breached') return NONE
  return TRIPPING_LIMITS.filter((limit) => {
    const state = limits[limit]
    return state.phase === 'breached' && !state.eased && observations[SIGNAL_OF_LIMIT[limit]]?.kind === 'ok'
  })
}
const NONE: readonly TrippingLimit[] = []

function isBlind(observation: Observation): boolean {
  return observation.kind === 'unknown' && observation.idle !== true
}
