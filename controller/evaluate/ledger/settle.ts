// Keeps a book small: when it holds many intervals, the oldest are added up by day, and what is too old is dropped. Pure.
import type { Interval, LedgerBook, LedgerDay, SettledOutage } from '../../model/ledger.ts'
import { LEDGER_KEPT_MS } from '../../model/ledger.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'
import { type Span, union } from './spans.ts'
import { tallyOf } from './tally.ts'

const DAY_MS: Milliseconds = 86_400_000
/** More intervals than this are not kept one by one; then all but the newest few are added up. */
const MOST_INTERVALS = 64
const NEWEST_INTERVALS = 16
/** Outages whose length is remembered after that, for the median. */
const MOST_OUTAGES = 100

/** Everything in a book that is not settled yet. */
export function intervalsOf({ closed, open }: LedgerBook): Interval[] {
  const running = (['down', 'degraded', 'maintenance', 'unknown'] as const).flatMap((kind): Interval[] => {
    const start = open[kind]
    return start === undefined ? [] : [{ kind, start }]
  })
  return [...closed, ...running]
}

export const midnightBefore = (at: EpochMs): EpochMs => Math.floor(at / DAY_MS) * DAY_MS

/** Nothing of the last `keepMs` is settled: an onset may still turn out to lie there. */
export function settle(book: LedgerBook, now: EpochMs, keepMs: Milliseconds): LedgerBook {
  const recent = dropOld(book, now - LEDGER_KEPT_MS)
  if (recent.closed.length <= MOST_INTERVALS) return recent
  const ends = recent.closed.map((one) => one.end).sort((a, b) => a - b)
  const until = outsideOutages(recent, Math.min(ends.at(-NEWEST_INTERVALS - 1) ?? now, now - keepMs))
  return until > recent.settledUntil ? settleUntil(recent, until) : recent
}

/** An outage is settled as a whole or not at all. */
function outsideOutages(book: LedgerBook, at: EpochMs): EpochMs {
  const down = intervalsOf(book)
    .filter((one) => one.kind === 'down')
    .map(({ start, end = Number.POSITIVE_INFINITY }) => ({ start, end }))
  return union(down).find(({ start, end }) => start < at && at < end)?.start ?? at
}

function settleUntil(book: LedgerBook, until: EpochMs): LedgerBook {
  const intervals = intervalsOf(book)
  const { outages } = tallyOf(intervals, { start: book.settledUntil, end: until })
  const days = new Map(book.days.map((day) => [day.start, day]))
  for (let start = book.settledUntil; start < until; ) {
    const day = midnightBefore(start)
    const span = { start, end: Math.min(until, day + DAY_MS) }
    days.set(day, addTo(days.get(day), day, intervals, span, outages))
    start = span.end
  }
  const later = (at: EpochMs) => Math.max(at, until)
  return {
    ...book,
    settledUntil: until,
    days: [...days.values()],
    outages: [...book.outages, ...outages.map(({ start, end, downMs }) => ({ start, end, downMs }))].slice(
      -MOST_OUTAGES,
    ),
    closed: book.closed.filter(({ end }) => end > until).map((one) => ({ ...one, start: later(one.start) })),
    open: Object.fromEntries(Object.entries(book.open).map(([kind, start]) => [kind, later(start)])),
  }
}

/** An outage counts in the day in which it ends, so that it counts once. */
function addTo(
  before: LedgerDay | undefined,
  day: EpochMs,
  intervals: readonly Interval[],
  span: Span,
  outages: readonly SettledOutage[],
): LedgerDay {
  const tally = tallyOf(intervals, span)
  return {
    start: day,
    observedMs: (before?.observedMs ?? 0) + tally.observedMs,
    downMs: (before?.downMs ?? 0) + tally.downMs,
    degradedMs: (before?.degradedMs ?? 0) + tally.degradedMs,
    unknownMs: (before?.unknownMs ?? 0) + tally.unknownMs,
    maintenanceMs: (before?.maintenanceMs ?? 0) + tally.maintenanceMs,
    outages: (before?.outages ?? 0) + outages.filter(({ end }) => end > span.start && end <= span.end).length,
  }
}

function dropOld(book: LedgerBook, horizon: EpochMs): LedgerBook {
  const isOld =
    (book.days[0]?.start ?? horizon) + DAY_MS <= horizon ||
    (book.outages[0]?.end ?? horizon) < horizon ||
    book.closed.some(({ end }) => end < horizon)
  if (!isOld) return book
  return {
    ...book,
    days: book.days.filter(({ start }) => start + DAY_MS > horizon),
    outages: book.outages.filter(({ end }) => end >= horizon),
    closed: book.closed.filter(({ end }) => end >= horizon),
  }
}
