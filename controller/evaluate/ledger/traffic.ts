// Requests and failed requests by day, for availability as its users met it. Pure.
import type { Count } from '../../model/counts.ts'
import { daysOf, LEDGER_KEPT_MS, type Traffic } from '../../model/ledger.ts'
import type { EpochMs, Ratio } from '../../model/units.ts'
import { midnightBefore } from './settle.ts'

/** Adds what was counted to the day of `at`. The same object when nothing was. */
export function countTraffic(before: Traffic, { events, bad }: Count, at: EpochMs): Traffic {
  if (events <= 0) return before
  const start = midnightBefore(at)
  const isToday = before.today?.start === start
  const today = isToday && before.today !== undefined ? before.today : { start, requests: 0, failed: 0 }
  return {
    past: isToday ? before.past : daysOf(before).filter((day) => day.start > at - LEDGER_KEPT_MS),
    today: { start, requests: today.requests + events, failed: today.failed + bad },
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
