// One objective through time: what was counted is added, and its budget and burn rates are made of sums. Pure.
import { type Count, NOTHING_COUNTED, SLOT_MS } from '../../model/counts.ts'
import {
  BURN_PAIRS,
  type ClosedSums,
  canBurn,
  type ObjectiveFigures,
  type ObjectiveRule,
  type ObjectiveState,
  type Series,
} from '../../model/objectives.ts'
import type { EpochMs, Milliseconds, Ratio } from '../../model/units.ts'
import { addToSeries, closedSince, countSince, reaches, reachOf } from './series.ts'

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
  const series = addToSeries(before?.series, count, at, rule.windowMs)
  const closed = closedSums(before?.closed, series, now)
  const burningSince = burningAfter(before?.burningSince ?? NONE_BURNS, rule, series, closed, now)
  return { rule, at: now, series, closed, burningSince, between: between ?? before?.between }
}

/** The state that goes on under this rule: of another duration, other requests were slow. */
export function isOf({ name, withinMs }: ObjectiveRule, { rule }: ObjectiveState): boolean {
  return rule.name === name && rule.withinMs === withinMs
}

export function figuresOf({ rule, series, at: now }: ObjectiveState): ObjectiveFigures {
  const { target, windowMs } = rule
  const { events, bad, watchedMs } = countSince(series, now, windowMs)
  const timeMs = now - reachOf(series, now, windowMs)
  const rateOver = (spanMs: Milliseconds) => {
    const counted = countSince(series, now, spanMs)
    return counted.events > 0 ? burnRate(counted.bad, counted.events, target) : null
  }
  return {
    events,
    bad,
    budgetLeft: events > 0 ? 1 - burnRate(bad, events, target) : null,
    coverage: timeMs > 0 ? Math.min(1, watchedMs / timeMs) : null,
    burns: BURN_PAIRS.map(({ longMs, shortMs }) => ({ long: rateOver(longMs), short: rateOver(shortMs) })),
  }
}

const NONE_BURNS: readonly (EpochMs | undefined)[] = BURN_PAIRS.map(() => undefined)

/** The windows of the pairs: the long and the short one of each. */
const SPANS: readonly Milliseconds[] = BURN_PAIRS.flatMap(({ longMs, shortMs }) => [longMs, shortMs])

function closedSums(before: ClosedSums | undefined, series: Series, now: EpochMs): ClosedSums {
  const { minutes } = series
  const slot = Math.floor(now / SLOT_MS) * SLOT_MS
  if (before?.slot === slot && before.minutes === minutes) return before
  return { slot, minutes, counts: SPANS.map((spanMs) => closedSince(series, now, spanMs)) }
}

/** Makes nothing new while no pair begins or ceases: it is asked of every objective every few seconds. */
function burningAfter(
  before: readonly (EpochMs | undefined)[],
  rule: ObjectiveRule,
  series: Series,
  closed: ClosedSums,
  now: EpochMs,
): readonly (EpochMs | undefined)[] {
  let after: (EpochMs | undefined)[] | undefined
  for (let index = 0; index < BURN_PAIRS.length; index++) {
    const burns = isBurning(index, rule, series, closed, now)
    if (burns === (before[index] !== undefined)) continue
    after ??= [...before]
    after[index] = burns ? now : undefined
  }
  return after ?? before
}

function isBurning(index: number, rule: ObjectiveRule, series: Series, { counts }: ClosedSums, now: EpochMs): boolean {
  const pair = BURN_PAIRS[index]
  if (pair === undefined || !canBurn(pair, rule.target)) return false
  for (let window = 2 * index; window < 2 * index + 2; window++) {
    const closed = counts[window] ?? NOTHING_COUNTED
    const { open } = series
    const isIn = reaches(series, now, SPANS[window] ?? 0)
    const events = isIn ? closed.events + open.events : closed.events
    const bad = isIn ? closed.bad + open.bad : closed.bad
    if (events < rule.minimumEvents || !(burnRate(bad, events, rule.target) > pair.factor)) return false
  }
  return true
}

/** How many times faster than the budget allows. Of the sums: a mean of ratios would weigh a quiet minute like a busy one. */
function burnRate(bad: number, events: number, target: Ratio): number {
  return bad / events / (1 - target)
}
