// Statistics that one bad value can't bend: median, spread around it, and what a share of few trials is worth.
import type { Ratio } from '../../model/units.ts'

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Median absolute deviation, scaled so that it estimates the standard deviation of a normal distribution. */
export function spreadAround(center: number, values: readonly number[]): number {
  return 1.4826 * median(values.map((value) => Math.abs(value - center)))
}

/** Wilson's score interval of a share: where its true value lies, for all but one in a thousand. */
export function boundsOfShare(hits: number, trials: number): { readonly low: Ratio; readonly high: Ratio } {
  const share = hits / trials
  const z2 = Z * Z
  const center = share + z2 / (2 * trials)
  const margin = Z * Math.sqrt((share * (1 - share) + z2 / (4 * trials)) / trials)
  const scale = 1 + z2 / trials
  return { low: (center - margin) / scale, high: (center + margin) / scale }
}
const Z = 3.29
