// Requests and failed requests by day, for availability as its users met it. Pure.
import { daysOf, LEDGER_KEPT_MS, type Traffic } from '../../model/ledger.ts'
import type { Observations } from '../../model/signal.ts'
import type { EpochMs, Milliseconds, Ratio } from '../../model/units.ts'
import { midnightBefore } from './settle.ts'

/** Adds what the rate and the error ratio say of the time since the last reading; nothing while either is unknown. */
export function countTraffic(
  before: Traffic,
  { rps, errors }: Observations,
  spanMs: Milliseconds,
  now: EpochMs,
): Traffic {
  if (rps?.kind !== 'ok' || errors?.kind !== 'ok' || spanMs <= 0) return before
  const requests = (rps.value * spanMs) / 1000
  const start = midnightBefore(now)
  const isToday = before.today?.start === start
  const today = isToday && before.today !== undefined ? before.today : { start, requests: 0, failed: 0 }
  return {
    past: isToday ? before.past : daysOf(before).filter((day) => day.start > now - LEDGER_KEPT_MS),
    today: { start, requests: today.requests + requests, failed: today.failed + requests * errors.value },
  }
}

export interface RequestFigures {
  readonly requests: number
  /** 1 − failed ÷ requests; null without requests. */
  readonly availabilityByRequests: Ratio | null
}

/** Of the days that lie in the window at least in part. */
export function requestFigures(traffic: Traffic, window: { start: EpochMs; end: EpochMs }): RequestFigures {
  const inside = daysOf(traffic).filter(({ start }) => start >= midnightBefore(window.start) && start <= window.end)
  const requests = inside.reduce((sum, day) => sum + day.requests, 0)
  const failed = inside.reduce((sum, day) => sum + day.failed, 0)
  return { requests: Math.round(requests), availabilityByRequests: requests === 0 ? null : 1 - failed / requests }
}
