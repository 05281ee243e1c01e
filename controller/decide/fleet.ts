// When most Guards are in trouble at once, suspect the observer rather than all of them.
import type { Assessment, LimitState } from '../model/assessment.ts'

/** Fewer than this may well be in trouble together: the services of one shop share a database. */
const LEAST_TROUBLED = 8

/**
 * Whether this reading could as well come from an observer that is wrong: a limit is passed, or a signal that was seen before
 * is not seen any more. A breach that has not lasted counts too: else the first Guards would act before the last are known to
 * be in trouble. Load beyond what the replicas serve is counted, request by request, and is no illusion.
 */
export function isDoubtful({ limits, observations }: Assessment, wasSeen: boolean): boolean {
  if (limits.rps.phase !== 'calm') return false
  const { errors, latency, cpu, pool, queue } = limits
  const isAnyPassed = isPassed(errors) || isPassed(latency) || isPassed(cpu) || isPassed(pool) || isPassed(queue)
  return isAnyPassed || (wasSeen && isUnseen(observations))
}

function isPassed(state: LimitState): boolean {
  return state.phase === 'holding' || (state.phase === 'breached' && !state.eased)
}

function isUnseen({ rps, errors, latencyP99, cpu }: Assessment['observations']): boolean {
  for (const one of [rps, errors, latencyP99, cpu]) if (one?.kind === 'unknown' && one.idle !== true) return true
  return false
}

/** Why the observer is suspected; undefined while it is not. */
export function whyPanic(doubtful: number, all: number): string | undefined {
  return doubtful >= LEAST_TROUBLED && 2 * doubtful > all
    ? `${doubtful} of ${all} Guards are in trouble at once`
    : undefined
}
