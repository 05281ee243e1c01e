// Times that come again by cron: which of them are on at a moment, and until when that answer holds.
import { type Cron, type CronText, parseCron } from './cron.ts'
import type { EpochMs, Milliseconds } from './units.ts'

export interface TimesSpec extends CronText {
  readonly for: Milliseconds
}

/** One time of an entry: from `start` until `end`, which is the first moment after it. */
export interface Window<T> {
  readonly start: EpochMs
  readonly end: EpochMs
  readonly of: T
}

export interface Timetable<T extends TimesSpec> {
  /** What is on at a moment; the same list as long as nothing begins or ends. */
  at(now: EpochMs): readonly Window<T>[]
  /** What was on at any moment after `from` up to `to`, in no order; several of one entry may touch or overlap. */
  between(from: EpochMs, to: EpochMs): readonly Window<T>[]
}

/** A time is told with those of its entry that follow without a gap, such as days of 24 h; but not with more than these. */
const MOST_IN_A_ROW = 100

/** Remembers its last answer, so that asking again costs two comparisons. Throws TypeError as parseCron. */
export function createTimetable<T extends TimesSpec>(entries: readonly T[]): Timetable<T> {
  const all = entries.map((entry) => ({ entry, cron: parseCron(entry) }))
  const none: readonly Window<T>[] = []
  let open = none
  /** The answer holds from here until there. */
  let from = 0
  let until = all.length === 0 ? Number.POSITIVE_INFINITY : 0

  function look(now: EpochMs): void {
    const found: Window<T>[] = []
    until = Number.POSITIVE_INFINITY
    for (const { entry, cron } of all) {
      const { windows, next } = windowsOf(entry, cron, now, now)
      until = Math.min(until, next, ...windows.map(({ end }) => end))
      const last = windows.at(-1)
      if (last !== undefined) found.push({ ...last, end: endOfRow(entry, cron, last.end, next) })
    }
    open = found.length === 0 ? none : found
    from = now
  }

  function at(now: EpochMs): readonly Window<T>[] {
    if (now < from || now >= until) look(now)
    return open
  }

  return {
    at,
    between(start, end) {
      const last = at(end)
      return start >= from ? last : all.flatMap(({ entry, cron }) => windowsOf(entry, cron, start, end).windows)
    },
  }
}

/** Those that touch the time after `from` up to `to`, and when the next one begins. */
function windowsOf<T extends TimesSpec>(entry: T, cron: Cron, from: EpochMs, to: EpochMs) {
  const windows: Window<T>[] = []
  let start = cron.nextAfter(from - entry.for)
  for (; start <= to; start = cron.nextAfter(start)) windows.push({ start, end: start + entry.for, of: entry })
  return { windows, next: start }
}

function endOfRow(entry: TimesSpec, cron: Cron, firstEnd: EpochMs, firstNext: EpochMs): EpochMs {
  let [end, next] = [firstEnd, firstNext]
  for (let count = 0; next <= end && count < MOST_IN_A_ROW; count++) {
    end = next + entry.for
    next = cron.nextAfter(next)
  }
  return end
}
