// What makes the alert of a pair of burn rates fire, and what does not.
import { BURN_PAIRS, type BurnPair, type ObjectiveRule } from '../../controller/model/objectives.ts'
import { parseDuration } from '../../controller/model/units.ts'
import type { AlertCase } from '../model.ts'
import { budgetOf, decimal } from '../promql.ts'

/** Requests a minute: enough for any minimum of events. */
const BUSY = 6_000

interface Selectors {
  readonly total: string
  readonly bad: string
}

export function burnCases(pair: BurnPair, rule: ObjectiveRule, { total, bad }: Selectors, hold: string): AlertCase[] {
  const short = minutes(pair.shortMs)
  const held = minutes(parseDuration(hold) ?? 0)
  const isFastest = pair === BURN_PAIRS[0]
  const every = held < 5 ? '1m' : held < 60 ? '5m' : '15m'
  const threshold = pair.factor * budgetOf(rule.target)
  const burning = BUSY * Math.min(1, 1.5 * threshold)
  const long = 2 * short + held
  const after = short + 15
  const few = (rule.minimumEvents * 0.5) / short
  const over = (name: string, at: number, fires: boolean, [totals, bads]: readonly [string, string]): AlertCase => ({
    name,
    series: [
      { series: total, values: totals },
      { series: bad, values: bads },
    ],
    at: `${at}m`,
    fires,
    every,
    // Within two minutes only the fastest pair can fire.
    ...(isFastest && fires ? {} : { amongOthers: true as const }),
  })
  return [
    over('the budget burns one and a half times as fast as the alert asks for', long, true, [
      steady(BUSY, long),
      steady(burning, long),
    ]),
    over('it has burned so fast for half of the time that it must', Math.max(1, Math.floor(held / 2)), false, [
      steady(BUSY, long),
      steady(burning, long),
    ]),
    over('it burns half as fast as the alert asks for', long, false, [
      steady(BUSY, long),
      steady(BUSY * 0.5 * threshold, long),
    ]),
    over('it burned, and does no longer: the long window is still past it', long + after, false, [
      steady(BUSY, long + after),
      `${steady(BUSY, long)} ${decimal(BUSY * long)}x${after}`,
    ]),
    over('every request is bad, but there are too few to judge by', long, false, [
      steady(few, long),
      steady(few, long),
    ]),
  ]
}

/** A counter that goes up by so much each minute. */
function steady(perMinute: number, forMinutes: number): string {
  return `0+${decimal(perMinute)}x${forMinutes}`
}

const minutes = (ms: number): number => Math.round(ms / 60_000)
