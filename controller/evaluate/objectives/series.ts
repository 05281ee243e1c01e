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
  const total = { events: 0, bad: 0, watchedMs: 0 }
  const { open, minutes, hours, days } = series
  // All lists ascend, and what goes on is told by the finer ones.
  if (spanMs <= MINUTES_KEPT_MS) {
    addFrom(total, minutes, from - SLOT_MS)
    if (reaches(series, now, spanMs)) add(total, open)
    return total
  }
  const hour = startOf(open.start, HOUR_MS)
  const isGoingOn = reaches(series, now, spanMs)
  if (isGoingOn) {
    add(total, open)
    addFrom(total, minutes, hour - 1)
  }
  if (spanMs <= HOURS_KEPT_MS) addFrom(total, hours, from - HOUR_MS)
  else {
    if (isGoingOn) addFrom(total, hours, startOf(open.start, DAY_MS) - 1)
    addFrom(total, days, from - DAY_MS)
  }
  return total
}

/** The same while neither the slot of now nor what is closed changes: all but what is still counted. */
export function closedSince(series: Series, now: EpochMs, spanMs: Milliseconds): Count {
  return countSince({ ...series, open: emptyAt(series.open.start) }, now, spanMs)
}

/** Where the span really begins. */
export function reachOf(series: Series, now: EpochMs, spanMs: Milliseconds): EpochMs {
  return Math.max(series.since, startOf(now - spanMs, stepOf(spanMs)))
}

/** Whether what is still counted lies in the span. */
export function reaches({ open }: Series, now: EpochMs, spanMs: Milliseconds): boolean {
  const stepMs = stepOf(spanMs)
  return startOf(open.start, stepMs) + stepMs > now - spanMs
}

/** What a span is told by. */
function stepOf(spanMs: Milliseconds): Milliseconds {
  if (spanMs <= MINUTES_KEPT_MS) return SLOT_MS
  return spanMs <= HOURS_KEPT_MS ? HOUR_MS : DAY_MS
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

function inside(slots: readonly Slot[], start: EpochMs, lengthMs: Milliseconds): readonly Slot[] {
  return slots.filter((one) => one.start >= start && one.start < start + lengthMs)
}

/** Those of which at least the end lies after `from`. */
function reaching(slots: readonly Slot[], lengthMs: Milliseconds, from: EpochMs): readonly Slot[] {
  return slots.filter(({ start }) => start + lengthMs > from)
}

type Total = { -readonly [key in keyof Count]: Count[key] }

function add(total: Total, { events, bad, watchedMs }: Count): void {
  total.events += events
  total.bad += bad
  total.watchedMs += watchedMs
}

/** Adds the slots that begin after `after`, the newest first. */
function addFrom(total: Total, slots: readonly Slot[], after: EpochMs): void {
  for (let index = slots.length - 1; index >= 0; index--) {
    const slot = slots[index]
    if (slot === undefined || slot.start <= after) return
    add(total, slot)
  }
}

function joined(slots: readonly Slot[], start: EpochMs): Slot {
  const total = { events: 0, bad: 0, watchedMs: 0 }
  for (const slot of slots) add(total, slot)
  return rounded({ start, ...total })
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
