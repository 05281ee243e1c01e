// When most Guards are in trouble at once, suspect the observer rather than all of them.
import type { Assessment } from '../model/assessment.ts'

/** Fewer than this may well be in trouble together. */
const LEAST_TROUBLED = 4

/**
 * Whether this reading could as well come from an observer that is wrong: a limit is passed, or a signal that was seen before
 * is not seen any more. Load beyond what the replicas serve is counted, request by request, and is no illusion.
 */
export function isDoubtful({ findings, observations }: Assessment, wasSeen: boolean): boolean {
  let isPassed = false
  for (const { limit, eased } of findings) {
    if (limit === 'rps') return false
    if (!eased) isPassed = true
  }
  return isPassed || (wasSeen && isUnseen(observations))
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
