// Maintenance in a running ledger: what people announce, and what comes again by cron, as one stretch of time after the other. Pure.
import type { LedgerBook } from '../../model/ledger.ts'
import type { EpochMs } from '../../model/units.ts'
import { type Spans, union } from './spans.ts'

/** What is known of maintenance at a reading. */
export interface Maintenance {
  /** What people have announced; past it, it is over. */
  readonly announcedUntil: EpochMs | undefined
  /** What by cron was on at any moment since the last reading, or is: from its true beginning to its true end. */
  readonly windows: Spans
}

/** Whether there is nothing to carry on: none is on, and none was since the last reading. */
export function isWithoutMaintenance({ open }: LedgerBook, maintenance: Maintenance | undefined): boolean {
  return (
    open.maintenance === undefined &&
    (maintenance === undefined || (maintenance.announcedUntil === undefined && maintenance.windows.length === 0))
  )
}

/**
 * The book with the maintenance up to `now`. By cron it is from its beginning to its end, whoever watched. An announcement
 * holds from the reading that sees it until its end, or until the last reading before it was called off;
 * `announcedBefore` is what that reading saw.
 */
export function maintain(
  book: LedgerBook,
  { announcedUntil, windows }: Maintenance,
  announcedBefore: EpochMs | undefined,
  seenAt: EpochMs,
  now: EpochMs,
): LedgerBook {
  const begun = book.open.maintenance
  const isGoingOn = begun !== undefined && announcedBefore !== undefined && announcedBefore > seenAt
  // Shortened by hand to a time that is past, it was over then.
  const until = isGoingOn ? Math.min(announcedUntil ?? seenAt, seenAt) : seenAt
  const spans = union([
    ...(begun === undefined ? [] : [{ start: begun, end: Math.max(until, begun) }]),
    ...(announcedUntil === undefined ? [] : [{ start: isGoingOn ? Math.max(until, begun) : now, end: announcedUntil }]),
    ...windows.map(({ start, end }) => ({ start: Math.max(start, book.settledUntil), end })),
  ])
  const last = spans.at(-1)
  const isOn = last !== undefined && last.end > now
  if (isOn && spans.length === 1 && last.start === begun) return book
  const over = isOn ? spans.slice(0, -1) : spans
  if (over.length === 0 && !isOn && begun === undefined) return book
  const { maintenance: _, ...others } = book.open
  return {
    ...book,
    open: isOn ? { ...others, maintenance: last.start } : others,
    closed: [...book.closed, ...over.map(({ start, end }) => ({ kind: 'maintenance' as const, start, end }))],
  }
}
