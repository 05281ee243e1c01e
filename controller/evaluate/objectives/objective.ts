// One objective through time: what was counted is added, and its budget and burn rates are made of sums. Pure.
import type { Count } from '../../model/counts.ts'
import {
  BURN_PAIRS,
  type Burn,
  type BurnPair,
  canBurn,
  type ObjectiveFigures,
  type ObjectiveRule,
  type ObjectiveState,
  type Series,
} from '../../model/objectives.ts'
import type { EpochMs, Milliseconds, Ratio } from '../../model/units.ts'
import { addToSeries, countSince, reachOf } from './series.ts'

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
  const figures = figuresOf(rule, series, now)
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

export function figuresOf(rule: ObjectiveRule, series: Series, now: EpochMs): ObjectiveFigures {
  const { events, bad, watchedMs } = countSince(series, now, rule.windowMs)
  const timeMs = now - reachOf(series, now, rule.windowMs)
  return {
    events,
    bad,
    budgetLeft: events > 0 ? 1 - burnRate(bad, events, rule.target) : null,
    coverage: timeMs > 0 ? Math.min(1, watchedMs / timeMs) : null,
    burns: BURN_PAIRS.map((pair) => burnOf(pair, rule, series, now)),
  }
}

function burnOf(pair: BurnPair, rule: ObjectiveRule, series: Series, now: EpochMs): Burn {
  const [long, short] = [rateOver(pair.longMs), rateOver(pair.shortMs)]
  return { long: long.rate, short: short.rate, burns: canBurn(pair, rule.target) && long.isPast && short.isPast }

  function rateOver(spanMs: Milliseconds) {
    const { events, bad } = countSince(series, now, spanMs)
    if (events <= 0) return { rate: null, isPast: false }
    const rate = burnRate(bad, events, rule.target)
    return { rate, isPast: events >= rule.minimumEvents && rate > pair.factor }
  }
}

/** How many times faster than the budget allows. Of the sums: a mean of ratios would weigh a quiet minute like a busy one. */
function burnRate(bad: number, events: number, target: Ratio): number {
  return bad / events / (1 - target)
}
