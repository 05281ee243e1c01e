// From a cut-up window to availability, MTBF and MTTR. Pure. Definitions: IEC 60050-191, with operating time between failures.
import type { Interval, LedgerFigures, Tally } from '../../model/ledger.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'
import { type TallyRules, tallyOf } from './tally.ts'

export interface LedgerQuestion {
  readonly windowMs: Milliseconds
  /** The window ends here. */
  readonly at: EpochMs
  /** The first observed moment; the window's start when undefined. */
  readonly since?: EpochMs | undefined
  readonly rules?: TallyRules | undefined
}

/** The figures of a list of intervals over the window that ends at `at`, as far as it was observed. */
export function ledgerOf(
  intervals: readonly Interval[],
  { windowMs, at, since, rules }: LedgerQuestion,
): LedgerFigures {
  const start = Math.min(at, Math.max(at - windowMs, since ?? Number.NEGATIVE_INFINITY))
  const tally = tallyOf(intervals, { start, end: at }, rules)
  return figuresOf(windowMs, tally)
}

/** Outages that are counted, but no longer known one by one. All of them are over. */
export interface Uncounted {
  readonly outages: number
}

export function figuresOf(windowMs: Milliseconds, tally: Tally, more: Uncounted = { outages: 0 }): LedgerFigures {
  const { observedMs, maintenanceMs, downMs, unknownMs, lostMs } = tally
  const upMs = observedMs - maintenanceMs - downMs - unknownMs
  const count = tally.outages.length + more.outages
  const open = tally.outages.filter((one) => one.isOpen)
  const openMs = open.reduce((sum, one) => sum + one.downMs, 0)
  const lengths = tally.outages.map((one) => one.downMs / 1000).sort((a, b) => a - b)
  const closed = count - open.length
  return {
    window: windowMs / 1000,
    observed: observedMs / 1000,
    unknown: unknownMs / 1000,
    maintenance: maintenanceMs / 1000,
    down: downMs / 1000,
    outages: count,
    availability: ratio(upMs, upMs + downMs),
    availabilityWeighted: ratio(upMs - lostMs, upMs + downMs),
    mtbfSeconds: ratio(upMs / 1000, count),
    mttrSeconds: ratio(downMs / 1000, count),
    mttrClosedSeconds: ratio((downMs - openMs) / 1000, closed),
    mttrMedianSeconds: quantile(0.5, lengths),
    mttrP90Seconds: quantile(0.9, lengths),
    openIncidents: open.length,
    coverage: ratio(observedMs - maintenanceMs - unknownMs, observedMs - maintenanceMs),
  }
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

/** Linear between the closest ranks, as Prometheus' quantile() and NumPy have it. */
export function quantile(q: number, sorted: readonly number[]): number | null {
  const [first] = sorted
  if (first === undefined) return null
  const rank = q * (sorted.length - 1)
  const below = sorted[Math.floor(rank)] ?? first
  const above = sorted[Math.ceil(rank)] ?? below
  return below + (above - below) * (rank - Math.floor(rank))
}
