// Counts over time, the older the coarser: five-minute slots for six hours, hours for three days, UTC days for the window. Pure.
import { type Count, SLOT_MS } from '../../model/counts.ts'
import type { Series, Slot } from '../../model/objectives.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'

const HOUR_MS: Milliseconds = 3_600_000
const DAY_MS: Milliseconds = 24 * HOUR_MS
/** The longest spans that are told by five-minute slots, and by hours. */
const MINUTES_KEPT_MS: Milliseconds = 6 * HOUR_MS
const HOURS_KEPT_MS: Milliseconds = 3 * DAY_MS

/**
 * Adds what was counted to the slot of `at`. When the clock went back, what lies in the future is joined to the slot of now,
 * so that nothing is counted twice and nothing waits there.
 */
export function addToSeries(before: Series | undefined, counted: Count, at: EpochMs, windowMs: Milliseconds): Series {
  const start = startOf(at, SLOT_MS)
  if (before === undefined) return { since: at, open: plus(emptyAt(start), counted), minutes: [], hours: [], days: [] }
  const series = start < before.open.start ? stepBack(before, start) : before
  const isEmpty = counted.events === 0 && counted.watchedMs === 0
  if (isEmpty) return series
  const { open } = series
  return start === open.start
    ? { ...series, open: plus(open, counted) }
    : { ...roll(series, start, windowMs), open: plus(emptyAt(start), counted) }
}

/**
 * What was counted in the last `spanMs`. It reaches back to the beginning of the slot, hour or day in which it begins, by
 * which of them it is told: up to six hours, up to three days, or longer.
 */
export function countSince(series: Series, now: EpochMs, spanMs: Milliseconds): Count {
  const from = now - spanMs
  if (spanMs <= MINUTES_KEPT_MS) return sum(reaching([...series.minutes, series.open], SLOT_MS, from))
  if (spanMs <= HOURS_KEPT_MS) return sum(reaching(hoursOf(series), HOUR_MS, from))
  return sum(reaching(daysOf(series), DAY_MS, from))
}

/** Where the span really begins. */
export function reachOf(series: Series, now: EpochMs, spanMs: Milliseconds): EpochMs {
  const stepMs = spanMs <= MINUTES_KEPT_MS ? SLOT_MS : spanMs <= HOURS_KEPT_MS ? HOUR_MS : DAY_MS
  return Math.max(series.since, startOf(now - spanMs, stepMs))
}

/** The open slot is closed, and with it the hour and the day that it was the last of. */
function roll(series: Series, start: EpochMs, windowMs: Milliseconds): Series {
  const closed = { ...series, minutes: [...series.minutes, rounded(series.open)] }
  const hour = startOf(series.open.start, HOUR_MS)
  const day = startOf(series.open.start, DAY_MS)
  const hours =
    startOf(start, HOUR_MS) > hour
      ? [...series.hours, joined(inside(closed.minutes, hour, HOUR_MS), hour)]
      : series.hours
  const days = startOf(start, DAY_MS) > day ? [...series.days, joined(inside(hours, day, DAY_MS), day)] : series.days
  return {
    ...closed,
    minutes: reaching(closed.minutes, SLOT_MS, start - MINUTES_KEPT_MS),
    hours: reaching(hours, HOUR_MS, startOf(start, HOUR_MS) - HOURS_KEPT_MS),
    days: reaching(days, DAY_MS, startOf(start, DAY_MS) - windowMs),
  }
}

function stepBack(series: Series, start: EpochMs): Series {
  const { minutes, hours, days, open, since } = series
  const ahead = [...minutes.filter((one) => one.start >= start), open]
  return {
    since: Math.min(since, start),
    open: joined(ahead, start),
    minutes: minutes.filter((one) => one.start < start),
    hours: hours.filter((one) => one.start < startOf(start, HOUR_MS)),
    days: days.filter((one) => one.start < startOf(start, DAY_MS)),
  }
}

/** All hours, the one that goes on included. */
function hoursOf({ open, minutes, hours }: Series): readonly Slot[] {
  const hour = startOf(open.start, HOUR_MS)
  return [...hours, joined([...inside(minutes, hour, HOUR_MS), open], hour)]
}

/** All days, the one that goes on included. */
function daysOf(series: Series): readonly Slot[] {
  const day = startOf(series.open.start, DAY_MS)
  return [...series.days, joined(inside(hoursOf(series), day, DAY_MS), day)]
}

function inside(slots: readonly Slot[], start: EpochMs, lengthMs: Milliseconds): readonly Slot[] {
  return slots.filter((one) => one.start >= start && one.start < start + lengthMs)
}

/** Those of which at least the end lies after `from`. */
function reaching(slots: readonly Slot[], lengthMs: Milliseconds, from: EpochMs): readonly Slot[] {
  return slots.filter(({ start }) => start + lengthMs > from)
}

function sum(slots: readonly Slot[]): Count {
  let [events, bad, watchedMs] = [0, 0, 0]
  for (const slot of slots) {
    events += slot.events
    bad += slot.bad
    watchedMs += slot.watchedMs
  }
  return { events, bad, watchedMs }
}

function joined(slots: readonly Slot[], start: EpochMs): Slot {
  return rounded({ start, ...sum(slots) })
}

function plus({ start, events, bad, watchedMs }: Slot, counted: Count): Slot {
  return {
    start,
    events: events + counted.events,
    bad: bad + counted.bad,
    watchedMs: watchedMs + counted.watchedMs,
  }
}

/** Hundredths of a request, which interpolation and rates make, and whole seconds: no more is kept of what is over. */
function rounded({ start, events, bad, watchedMs }: Slot): Slot {
  return {
    start,
    events: Math.round(events * 100) / 100,
    bad: Math.round(bad * 100) / 100,
    watchedMs: Math.round(watchedMs / 1000) * 1000,
  }
}

const emptyAt = (start: EpochMs): Slot => ({ start, events: 0, bad: 0, watchedMs: 0 })

const startOf = (at: EpochMs, lengthMs: Milliseconds): EpochMs => Math.floor(at / lengthMs) * lengthMs
