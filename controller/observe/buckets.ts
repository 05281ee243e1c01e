// Adds up latency buckets of pods whose bounds may differ, as a rollout makes them.

/** All bounds of both, ascending. */
export function unionOf(one: Float64Array, other: Float64Array): Float64Array {
  return Float64Array.from(new Set([...one, ...other])).sort()
}

export function isSame(one: Float64Array, other: Float64Array): boolean {
  if (one === other) return true
  if (one.length !== other.length) return false
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false
  return true
}

/** Cumulative counts of observations, the first of them at `offset` of `counts`. */
export interface Counts {
  readonly counts: Float64Array
  readonly offset: number
}

/**
 * Adds cumulative counts at `bounds` to those at the wider `union`. A bound that they lack counts as evenly spread between
 * its neighbours, which is what a quantile assumes as well.
 */
export function addSpread(bounds: Float64Array, from: Counts, union: Float64Array, into: Counts): void {
  let above = 0
  for (let index = 0; index < union.length; index++) {
    const bound = union[index] ?? 0
    while (above < bounds.length - 1 && (bounds[above] ?? 0) < bound) above++
    const high = bounds[above] ?? 0
    const highCount = from.counts[from.offset + above] ?? 0
    const low = above > 0 ? (bounds[above - 1] ?? 0) : Math.min(0, high)
    const lowCount = above > 0 ? (from.counts[from.offset + above - 1] ?? 0) : 0
    const share =
      bound >= high ? 1 : high === Number.POSITIVE_INFINITY || bound <= low ? 0 : (bound - low) / (high - low)
    const at = into.offset + index
    into.counts[at] = (into.counts[at] ?? 0) + lowCount + (highCount - lowCount) * share
  }
}
