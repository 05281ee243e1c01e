// The running ledger of one Guard: what a tick adds to it. Calm adds nothing, since up time is what is left.
import {
  type ClosedInterval,
  type IntervalKind,
  type LedgerBook,
  NO_TRAFFIC,
  type Traffic,
} from '../../model/ledger.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'
import { isWithoutMaintenance, type Maintenance, maintain } from './maintenance.ts'
import { settle } from './settle.ts'
import type { Standing } from './standing.ts'

/** The book, and what is kept beside it. The moment up to which it speaks stands apart, so that calm makes no new value. */
export interface RunningLedger {
  readonly book: LedgerBook
  /** Since when this process has watched without a gap; undefined for a successor, which knows nothing of the time since `seenAt`. */
  readonly watchedSince: EpochMs | undefined
  /** Kept beside it; see traffic.ts. */
  readonly traffic: Traffic
  /** The announced end of maintenance that was seen last. */
  readonly announcedUntil: EpochMs | undefined
}

export interface BookRules {
  /** An outage that comes back within less than this is the same one, and the time between is down. */
  readonly mergeGapMs: Milliseconds
  /** Longer than this between two ticks is time that was not watched. */
  readonly longestTickMs: Milliseconds
  /** How far back the onset of a breach may lie: no later time is settled. */
  readonly holdMs: Milliseconds
}

const TRACKS = ['down', 'degraded', 'unknown'] as const

const NO_MAINTENANCE: Maintenance = { announcedUntil: undefined, windows: [] }

/**
 * The ledger after a reading. Pure; the same object while nothing changes. `seenAt` is the moment up to which it spoke.
 * `maintenance` is undefined when none is announced, and none by cron touches the time since the last reading. A reading
 * counts until the next one; one from before the last (the clock went back) counts for nothing.
 */
export function advanceLedger(
  before: RunningLedger | undefined,
  seenAt: EpochMs,
  standing: Standing,
  maintenance: Maintenance | undefined,
  at: EpochMs,
  rules: BookRules,
): RunningLedger {
  const now = Math.floor(at)
  const announcedUntil = maintenance?.announcedUntil
  if (before === undefined) {
    const book = begin(standing, maintenance ?? NO_MAINTENANCE, now)
    return { book, watchedSince: now, traffic: NO_TRAFFIC, announcedUntil }
  }
  if (now < seenAt) return before
  const wasWatched = before.watchedSince !== undefined && now - seenAt <= rules.longestTickMs
  const watchedSince = wasWatched ? (before.watchedSince ?? now) : now
  let book = before.book
  // What is calm and stays so is asked of every Guard on every tick.
  if (!wasWatched || !isAsBefore(book, standing) || !isWithoutMaintenance(book, maintenance)) {
    book = wasWatched ? book : unwatched(book, seenAt, now)
    book = maintain(book, maintenance ?? NO_MAINTENANCE, before.announcedUntil, seenAt, now)
    const missed = wasWatched && standing.kind === 'down' && book.open.unknown === seenAt
    const told = missed ? { ...standing, since: Math.min(standing.since, seenAt) } : standing
    book = switchTrack(missed ? forgotten(book, 'unknown') : book, told, watchedSince, now, rules.mergeGapMs)
    book = settle(book, now, rules.holdMs + rules.mergeGapMs)
  }
  const isSame =
    book === before.book && watchedSince === before.watchedSince && announcedUntil === before.announcedUntil
  return isSame ? before : { book, watchedSince, traffic: before.traffic, announcedUntil }
}

/** Up to when a ledger speaks after a reading. Status keeps whole milliseconds, and so does what is held in between. */
export function seenUntil(seenAt: EpochMs, at: EpochMs): EpochMs {
  return Math.max(seenAt, Math.floor(at))
}

/** Before the first reading. */
export const NEVER_SEEN: EpochMs = Number.NEGATIVE_INFINITY

function begin(standing: Standing, maintenance: Maintenance, now: EpochMs): LedgerBook {
  const empty: LedgerBook = { since: now, settledUntil: now, days: [], outages: [], closed: [], open: {} }
  return switchTrack(maintain(empty, maintenance, undefined, now, now), standing, now, now, 0)
}

function isAsBefore({ open }: LedgerBook, standing: Standing): boolean {
  return (
    (open.down !== undefined) === (standing.kind === 'down') &&
    (open.degraded !== undefined) === (standing.kind === 'degraded') &&
    (open.unknown !== undefined) === (standing.kind === 'unknown')
  )
}

/** As if it had not begun: a pod that dies stops to answer a moment before it is known not to be ready. */
function forgotten({ open, ...book }: LedgerBook, kind: IntervalKind): LedgerBook {
  const { [kind]: _, ...others } = open
  return { ...book, open: others }
}

/** Nothing is known from the last look until now, whatever was open then. */
function unwatched(book: LedgerBook, seenAt: EpochMs, now: EpochMs): LedgerBook {
  const closed = TRACKS.reduce((open, kind) => close(open, kind, seenAt), book)
  return now > seenAt ? close(open(closed, 'unknown', seenAt), 'unknown', now) : closed
}

function switchTrack(
  before: LedgerBook,
  standing: Standing,
  floor: EpochMs,
  now: EpochMs,
  mergeGapMs: Milliseconds,
): LedgerBook {
  let book = before
  for (const kind of TRACKS) if (kind !== standing.kind) book = close(book, kind, now)
  if (standing.kind === 'up') return book
  if (standing.kind === 'unknown') return open(book, 'unknown', now)
  if (book.open[standing.kind] !== undefined) return book
  const start = Math.max(Math.floor(standing.since), floor, book.settledUntil)
  return standing.kind === 'down' ? openDown(book, start, mergeGapMs) : open(book, 'degraded', start)
}

/** An outage that comes back soon is taken up again, unless there was time between of which nothing is known. */
function openDown(book: LedgerBook, start: EpochMs, mergeGapMs: Milliseconds): LedgerBook {
  const last = book.closed.findLast((one) => one.kind === 'down')
  if (last === undefined || start - last.end >= mergeGapMs) return open(book, 'down', start)
  if (book.closed.some((one) => one.kind === 'unknown' && one.end > last.end)) return open(book, 'down', start)
  const closed = book.closed.filter((one) => one !== last)
  return open({ ...book, closed }, 'down', Math.min(last.start, start))
}

function open(book: LedgerBook, kind: IntervalKind, start: EpochMs): LedgerBook {
  return book.open[kind] === undefined ? { ...book, open: { ...book.open, [kind]: start } } : book
}

function close(book: LedgerBook, kind: IntervalKind, end: EpochMs): LedgerBook {
  const start = book.open[kind]
  if (start === undefined) return book
  const interval: ClosedInterval = { kind, start, end }
  return { ...forgotten(book, kind), closed: end > start ? [...book.closed, interval] : book.closed }
}
