// Quantiles of classic histograms, with the rules of Prometheus's histogram_quantile (promql/quantile.go, bucketQuantile).

/**
 * The `q` quantile of a histogram with ascending upper `bounds`, the last one +Inf, and `counts` of observations up to
 * each bound, starting at `offset`. Within a bucket observations are taken as evenly spread.
 *
 * As in Prometheus: NaN without a +Inf bucket, with fewer than two buckets or without observations; -Inf below q 0 and
 * +Inf above q 1; a quantile in the +Inf bucket is the highest finite bound; the first bucket starts at 0, unless its bound
 * is not above 0, which is then the answer; counts that fall are raised to the count before them.
 */
export function histogramQuantile(q: number, bounds: Float64Array, counts: Float64Array, offset = 0): number {
  if (Number.isNaN(q)) return Number.NaN
  if (q < 0) return Number.NEGATIVE_INFINITY
  if (q > 1) return Number.POSITIVE_INFINITY
  const last = bounds.length - 1
  if (last < 1 || bounds[last] !== Number.POSITIVE_INFINITY) return Number.NaN

  let highest = counts[offset] as number
  let total = highest
  for (let bucket = 1; bucket <= last; bucket++) {
    total = counts[offset + bucket] as number
    if (total > highest) highest = total
    else if (total < highest) total = highest
  }
  if (total === 0) return Number.NaN
  const rank = q * total

  let below = 0
  let count = counts[offset] as number
  highest = count
  let bucket = 0
  while (bucket < last && !(count >= rank)) {
    bucket++
    below = count
    count = counts[offset + bucket] as number
    if (count > highest) highest = count
    else if (count < highest) count = highest
  }
  if (bucket === last) return bounds[last - 1] as number
  const end = bounds[bucket] as number
  if (bucket === 0 && end <= 0) return end
  const start = bucket === 0 ? 0 : (bounds[bucket - 1] as number)
  return start + (end - start) * ((rank - below) / (count - below))
}
