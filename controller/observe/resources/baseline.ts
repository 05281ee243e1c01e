// What is usual: a slow mean over calm times, which trouble does not drag along.
import type { Milliseconds } from '../../model/units.ts'

/** After so long a new level has become the usual one by two thirds. */
const MEMORY_MS: Milliseconds = 600_000
/** So long must have been seen before anything is called usual. */
const LEAST_MS: Milliseconds = 60_000

export interface Baseline {
  readonly value: number
  readonly seenMs: Milliseconds
}

/** The baseline after a value that held for `spanMs`. Pure. */
export function advanceBaseline(before: Baseline | undefined, value: number, spanMs: Milliseconds): Baseline {
  if (before === undefined) return { value, seenMs: spanMs }
  // The first ones weigh by their time: what came first is not worth more than what followed.
  const share = Math.max(1 - Math.exp(-spanMs / MEMORY_MS), spanMs / (before.seenMs + spanMs))
  return { value: before.value + share * (value - before.value), seenMs: Math.min(MEMORY_MS, before.seenMs + spanMs) }
}

/** The usual value; undefined while too little was seen. */
export function usualOf(baseline: Baseline | undefined): number | undefined {
  return baseline !== undefined && baseline.seenMs >= LEAST_MS ? baseline.value : undefined
}
