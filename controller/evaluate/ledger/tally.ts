// Cuts a window up by intervals: how much of it was maintenance, down, unknown and up, and which outages there were. Pure.
import { DEGRADED_WEIGHT, type Interval, type IntervalKind, type Outage, type Tally } from '../../model/ledger.ts'
import type { Milliseconds } from '../../model/units.ts'
import { clip, lengthOf, type Span, type Spans, union, without } from './spans.ts'

export interface TallyRules {
  /** Down intervals with less than this between them are one outage, and the gap is down. */
  readonly mergeGapMs: Milliseconds
  /** An outage shorter than this, measured whole, is none. */
  readonly minDurationMs: Milliseconds
}

const AS_GIVEN: TallyRules = { mergeGapMs: 0, minDurationMs: 0 }

/**
 * With E the union of maintenance, D the union of down without E, X the union of unknown without E and D, all inside the
 * window: what is left is up. An outage is a down interval, merged before E is cut out, that still touches D. An interval
 * without an end, or with one after the window's end, is open.
 */
export function tallyOf(intervals: readonly Interval[], window: Span, rules: TallyRules = AS_GIVEN): Tally {
  const spansOf = (kind: IntervalKind) => intervals.filter((one) => one.kind === kind).map(spanOf)
  const cut = (spans: Spans) => clip(spans, window)

  const maintenance = cut(union(spansOf('maintenance')))
  const happened = spansOf('down').filter(({ start }) => start < window.end)
  const merged = union(happened, rules.mergeGapMs).filter(
    ({ start, end }) => Math.min(end, window.end) - start >= rules.minDurationMs,
  )
  const down = without(cut(merged), maintenance)
  const excluded = union([...maintenance, ...down])
  const unknown = without(cut(union(spansOf('unknown'))), excluded)
  const { degradedMs, lostMs } = degradation(intervals, window, union([...excluded, ...unknown]))
  return {
    observedMs: Math.max(0, window.end - window.start),
    maintenanceMs: lengthOf(maintenance),
    downMs: lengthOf(down),
    unknownMs: lengthOf(unknown),
    degradedMs,
    lostMs,
    outages: outagesOf(merged, down, window),
  }
}

function spanOf({ start, end = Number.POSITIVE_INFINITY }: Interval): Span {
  return { start, end }
}

/** `down` is sorted, and each of its spans lies in one of `merged`. */
function outagesOf(merged: Spans, down: Spans, window: Span): Outage[] {
  const outages: Outage[] = []
  let index = 0
  for (const { start, end } of merged) {
    let downMs = 0
    for (let span = down[index]; span !== undefined && span.end <= end; span = down[++index])
      downMs += span.end - span.start
    if (downMs === 0) continue
    const isOpen = end > window.end
    outages.push({ start: Math.max(start, window.start), end: Math.min(end, window.end), downMs, isOpen })
  }
  return outages
}

/** What of the window, outside `excluded`, was degraded: at each moment the heaviest interval counts. */
function degradation(intervals: readonly Interval[], window: Span, excluded: Spans) {
  const byWeight = new Map<number, Span[]>()
  for (const one of intervals) {
    if (one.kind !== 'degraded') continue
    const weight = one.weight ?? DEGRADED_WEIGHT
    const spans = byWeight.get(weight)
    if (spans === undefined) byWeight.set(weight, [spanOf(one)])
    else spans.push(spanOf(one))
  }
  let taken = excluded
  let degradedMs = 0
  let lostMs = 0
  for (const [weight, spans] of [...byWeight].sort(([a], [b]) => b - a)) {
    const own = without(clip(union(spans), window), taken)
    degradedMs += lengthOf(own)
    lostMs += weight * lengthOf(own)
    taken = union([...taken, ...own])
  }
  return { degradedMs, lostMs }
}
