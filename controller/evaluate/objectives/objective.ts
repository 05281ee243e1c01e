// One objective through time: what was counted is added, and its budget and burn rates are made of sums. Pure.
import { addCount, type Count, NOTHING_COUNTED, SLOT_MS } from '../../model/counts.ts'
import {
  BURN_PAIRS,
  type Burn,
  type BurnPair,
  type ClosedSums,
  canBurn,
  type ObjectiveFigures,
  type ObjectiveRule,
  type ObjectiveState,
  type Series,
} from '../../model/objectives.ts'
import type { EpochMs, Milliseconds, Ratio } from '../../model/units.ts'
import { addToSeries, closedSince, reaches, reachOf } from './series.ts'

/** What was counted at `at` (the middle of the time that it spans), looked at from `now`. */
export interface Counted {
  readonly count: Count
  readonly between?: readonly [number, number] | undefined
  readonly at: EpochMs
  readonly now: EpochMs
}

export function advanceObjective(
  before: ObjectiveState | undefined,
  rule: ObjectiveRule,
  { count, between, at, now }: Counted,
): ObjectiveState {
  const { name, target, withinMs, windowMs } = rule
  const series = addToSeries(before?.series, count, at, windowMs)
  const closed = closedSums(before?.closed, rule, series, now)
  const figures = figuresOf(rule, series, closed, now)
  const since = figures.burns.map(({ burns }, index) => (burns ? (before?.burningSince[index] ?? now) : undefined))
  const isSame = before !== undefined && since.every((one, index) => one === before.burningSince[index])
  const burningSince = isSame ? before.burningSince : since
  return {
    name,
    target,
    withinMs,
    windowMs,
    at: now,
    series,
    figures,
    burningSince,
    between: between ?? before?.between,
  }
}

/** The state that goes on under this rule: of another duration, other requests were slow. */
export function isOf({ name, withinMs }: ObjectiveRule, state: ObjectiveState): boolean {
  return state.name === name && state.withinMs === withinMs
}

function closedSums(
  before: ClosedSums | undefined,
  { windowMs }: ObjectiveRule,
  series: Series,
  now: EpochMs,
): ClosedSums {
  const { minutes } = series
  const slot = Math.floor(now / SLOT_MS) * SLOT_MS
  if (before?.slot === slot && before.minutes === minutes && before.windowMs === windowMs) return before
  const spans = [...BURN_PAIRS.flatMap(({ longMs, shortMs }) => [longMs, shortMs]), windowMs]
  return { slot, minutes, windowMs, counts: spans.map((spanMs) => closedSince(series, now, spanMs)) }
}

function figuresOf(rule: ObjectiveRule, series: Series, { counts }: ClosedSums, now: EpochMs): ObjectiveFigures {
  const { open } = series
  /** Of the window at that place; `spanMs` is its length. */
  function countOf(index: number, spanMs: Milliseconds): Count {
    const closed = counts[index] ?? NOTHING_COUNTED
    return reaches(series, now, spanMs) ? addCount(closed, open) : closed
  }
  const { events, bad, watchedMs } = countOf(2 * BURN_PAIRS.length, rule.windowMs)
  const timeMs = now - reachOf(series, now, rule.windowMs)
  return {
    events,
    bad,
    budgetLeft: events > 0 ? 1 - burnRate(bad, events, rule.target) : null,
    coverage: timeMs > 0 ? Math.min(1, watchedMs / timeMs) : null,
    burns: BURN_PAIRS.map((pair, index) =>
      burnOf(pair, rule, countOf(2 * index, pair.longMs), countOf(2 * index + 1, pair.shortMs)),
    ),
  }
}

function burnOf(pair: BurnPair, rule: ObjectiveRule, long: Count, short: Count): Burn {
  const isPast = ({ events, bad }: Count) =>
    events >= rule.minimumEvents && burnRate(bad, events, rule.target) > pair.factor
  const rate = ({ events, bad }: Count) => (events > 0 ? burnRate(bad, events, rule.target) : null)
  return { long: rate(long), short: rate(short), burns: canBurn(pair, rule.target) && isPast(long) && isPast(short) }
}

/** How many times faster than the budget allows. Of the sums: a mean of ratios would weigh a quiet minute like a busy one. */
function burnRate(bad: number, events: number, target: Ratio): number {
  return bad / events / (1 - target)
}
