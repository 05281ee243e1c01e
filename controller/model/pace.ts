// How fast a Guard is looked at: its interval, and the times that its signals are taken over, wherever they come from.
import type { GuardSpec } from './guard.ts'
import type { Milliseconds } from './units.ts'

export interface Pace {
  readonly intervalMs: Milliseconds
  readonly timeoutMs: Milliseconds
  /** What errors, latencies and CPU are measured over. */
  readonly windowMs: Milliseconds
  /** What requests per second are measured over. */
  readonly rateWindowMs: Milliseconds
}

/** A missing target is looked at every 5 s. */
const LONGEST_TICK_MS: Milliseconds = 10_000

/** A tick that comes later than this after the last left a time unwatched. */
export function longestTickMs({ intervalMs }: Pick<Pace, 'intervalMs'>): Milliseconds {
  return Math.max(LONGEST_TICK_MS, 3 * intervalMs)
}

const LONGEST_DEFAULT_TIMEOUT_MS = 10_000
/** A range of so many scrape intervals holds two samples even when one scrape is missed (Grafana's $__rate_interval). */
const LEAST_INTERVALS = 4

export function paceOf({ signals: { from }, limits }: Pick<GuardSpec, 'signals' | 'limits'>): Pace {
  const { interval } = from.scrape ?? from.prometheus
  const times = { intervalMs: interval, timeoutMs: timeoutOf(from.scrape ?? from.prometheus) }
  if (from.scrape === undefined) return { ...times, ...rangesOf(limits, interval) }
  return { ...times, windowMs: limits.window, rateWindowMs: Math.max(interval, Math.min(limits.hold, limits.window)) }
}

/** How long an answer may take. */
export function timeoutOf({
  interval,
  timeout,
}: {
  readonly interval: Milliseconds
  readonly timeout?: Milliseconds | undefined
}): Milliseconds {
  return timeout ?? Math.min(interval * 0.8, LONGEST_DEFAULT_TIMEOUT_MS)
}

/** Ranges for which a server that scrapes so often has samples: what the limits say, but no less than four scrapes. */
export function rangesOf(
  { window, hold }: GuardSpec['limits'],
  scrapedEveryMs: Milliseconds,
): Pick<Pace, 'windowMs' | 'rateWindowMs'> {
  const leastMs = LEAST_INTERVALS * scrapedEveryMs
  return { windowMs: Math.max(leastMs, window), rateWindowMs: Math.max(leastMs, Math.min(hold, window)) }
}
