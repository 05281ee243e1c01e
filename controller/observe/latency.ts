// The latency histogram of a Guard over its window, added up over pods whose buckets may differ.
import { histogramQuantile } from './quantile.ts'
import { createWindow } from './window.ts'

export interface LatencyWindow {
  /** Adds a target's increases of cumulative buckets, standing at `offset`, to the present column. */
  add(bounds: Float64Array, counts: Float64Array, offset: number): void
  /** Pushes the present column and starts the next. */
  commit(): void
  clear(): void
  /** Requests in the window. */
  total(): number
  /** Seconds; NaN when the histogram can't tell. */
  quantile(q: number): number
}

/**
 * Bounds are the union of those of the pods. A pod that lacks one counts there as evenly spread between its neighbours,
 * which is what a quantile assumes as well. New bounds (a rollout with other buckets) start the window anew.
 */
export function createLatencyWindow(columns: number): LatencyWindow {
  let bounds = new Float64Array(0)
  let column = new Float64Array(0)
  let window = createWindow(0, columns)
  // The bounds that were last found to be ours, so that they aren't compared at every tick.
  let same: Float64Array | undefined

  function widen(other: Float64Array): void {
    const union = Float64Array.from(new Set([...bounds, ...other])).sort()
    if (union.length === bounds.length) return
    const present = new Float64Array(union.length)
    if (bounds.length > 0) addSpread(bounds, column, 0, union, present)
    bounds = union
    same = undefined
    column = present
    window = createWindow(union.length, columns)
  }

  return {
    add: (other, counts, offset) => {
      if (other !== same) {
        widen(other)
        same = isSame(bounds, other) ? other : undefined
      }
      if (other === same) {
        for (let bucket = 0; bucket < column.length; bucket++) {
          column[bucket] = (column[bucket] as number) + (counts[offset + bucket] as number)
        }
      } else {
        addSpread(other, counts, offset, bounds, column)
      }
    },
    commit: () => {
      window.push(column)
      for (let bucket = 0; bucket < column.length; bucket++) column[bucket] = 0
    },
    clear: () => window.clear(),
    total: () => window.sums[window.rows - 1] ?? 0,
    quantile: (q) => histogramQuantile(q, bounds, window.sums),
  }
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

/** Adds cumulative `counts` at `bounds` to `into`, which stands at the wider `union`. */
function addSpread(
  bounds: Float64Array,
  counts: Float64Array,
  offset: number,
  union: Float64Array,
  into: Float64Array,
): void {
  let above = 0
  for (let index = 0; index < union.length; index++) {
    const bound = union[index] ?? 0
    while (above < bounds.length - 1 && (bounds[above] ?? 0) < bound) above++
    const high = bounds[above] ?? 0
    const highCount = counts[offset + above] ?? 0
    const low = above > 0 ? (bounds[above - 1] ?? 0) : Math.min(0, high)
    const lowCount = above > 0 ? (counts[offset + above - 1] ?? 0) : 0
    const share =
      bound >= high ? 1 : high === Number.POSITIVE_INFINITY || bound <= low ? 0 : (bound - low) / (high - low)
    into[index] = (into[index] ?? 0) + lowCount + (highCount - lowCount) * share
  }
}
