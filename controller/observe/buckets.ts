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

/** Where a value cuts a histogram: that share of the bucket `index` is up to it, and all buckets before. */
export interface Cut {
  readonly index: number
  readonly share: number
  /** The bounds of that bucket, when the value is none of them. */
  readonly between: readonly [number, number] | undefined
}

/**
 * Within a bucket observations are taken as evenly spread, as in Prometheus: so a value that is a bound cuts exactly. Of the
 * +Inf bucket nothing is taken to be up to any value. `bounds` ascend, and the last is +Inf.
 */
export function cutAt(bounds: Float64Array, value: number): Cut {
  const index = bounds.findIndex((bound) => bound >= value)
  const high = bounds[index] ?? Number.POSITIVE_INFINITY
  if (high === value) return { index, share: 1, between: undefined }
  const low = index > 0 ? (bounds[index - 1] ?? 0) : Math.min(0, high)
  const share = high === Number.POSITIVE_INFINITY || value <= low ? 0 : (value - low) / (high - low)
  return { index, share, between: [low, high] }
}

/** How many of the observations are up to the cut. */
export function countUpTo({ index, share }: Cut, counts: Float64Array, offset: number): number {
  const below = index > 0 ? (counts[offset + index - 1] as number) : 0
  return below + share * Math.max(0, (counts[offset + index] as number) - below)
}
