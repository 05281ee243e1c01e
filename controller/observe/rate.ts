// The rate of one target's counter over its last moments, by the times at which it was really read.
import type { Milliseconds } from '../model/units.ts'

export interface RateRing {
  /** Adds a reading: the counter's total increase so far at `atMs` (monotonic). */
  push(atMs: Milliseconds, total: number): void
  /**
   * Per second over the rate window; after a gap over the whole gap, so that coming back makes no spike. Undefined before
   * the second reading. `historyMs` is how long the service as a whole has been read: a target that is newer than that
   * served nothing before, so that its rate and those of the targets it took load from speak of the same time.
   */
  perSecond(historyMs: Milliseconds): number | undefined
}

/** Keeps what `rateWindowMs` needs at one reading per `intervalMs`. */
export function createRateRing(rateWindowMs: Milliseconds, intervalMs: Milliseconds): RateRing {
  const size = Math.ceil(rateWindowMs / intervalMs) + 2
  const times = new Float64Array(size)
  const totals = new Float64Array(size)
  // Readings are never exactly an interval apart: half of one is let pass, or else the window would often be one longer.
  const shortestMs = rateWindowMs - intervalMs / 2
  let pushed = 0
  return {
    push: (atMs, total) => {
      times[pushed % size] = atMs
      totals[pushed % size] = total
      pushed++
    },
    perSecond: (historyMs) => {
      const last = (pushed - 1) % size
      const oldest = Math.max(0, pushed - size)
      for (let reading = pushed - 2; reading >= oldest; reading--) {
        const at = reading % size
        const spanMs = (times[last] ?? 0) - (times[at] ?? 0)
        if (spanMs < shortestMs && reading > oldest) continue
        if (!(spanMs > 0)) return undefined
        const overMs = spanMs < shortestMs ? Math.max(spanMs, Math.min(rateWindowMs, historyMs)) : spanMs
        return (((totals[last] ?? 0) - (totals[at] ?? 0)) * 1000) / overMs
      }
      return undefined
    },
  }
}
