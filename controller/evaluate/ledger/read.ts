// The figures of a running ledger over a window that ends where it was last seen. Pure.
import {
  DEGRADED_WEIGHT,
  type LedgerBook,
  type LedgerDay,
  type LedgerFigures,
  type Outage,
  type Tally,
} from '../../model/ledger.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'
import { figuresOf } from './figures.ts'
import { intervalsOf } from './settle.ts'
import { tallyOf } from './tally.ts'

/** Time that was added up by day counts in whole days: the window then begins with the first of them that lies in it. */
export function readBook(book: LedgerBook, at: EpochMs, windowMs: Milliseconds): LedgerFigures {
  const start = Math.max(at - windowMs, book.since)
  const recent = tallyOf(intervalsOf(book), { start: Math.min(at, Math.max(start, book.settledUntil)), end: at })
  const days = book.days.filter((day) => Math.max(day.start, book.since) >= start)
  const [first] = days
  if (first === undefined) return figuresOf(windowMs, recent)
  const from = Math.max(first.start, book.since)
  const known: Outage[] = book.outages
    .filter(({ end }) => end > from)
    .map((one) => ({ ...one, downMs: Math.min(one.downMs, one.end - from), isOpen: false }))
  const counted = days.reduce((sum, day) => sum + day.outages, 0)
  const tally = days.reduce(addDay, { ...recent, outages: [...known, ...recent.outages] })
  return figuresOf(windowMs, tally, { outages: Math.max(0, counted - known.length) })
}

function addDay(tally: Tally, day: LedgerDay): Tally {
  return {
    ...tally,
    observedMs: tally.observedMs + day.observedMs,
    maintenanceMs: tally.maintenanceMs + day.maintenanceMs,
    downMs: tally.downMs + day.downMs,
    unknownMs: tally.unknownMs + day.unknownMs,
    degradedMs: tally.degradedMs + day.degradedMs,
    lostMs: tally.lostMs + DEGRADED_WEIGHT * day.degradedMs,
  }
}
