// The metrics of objectives: what is to be reached, what is left of the error budget, and how fast it burns.
import { Gauge, type Registry } from 'prom-client'
import { METRICS } from '../model/names.ts'
import { BURN_PAIRS, canBurn, pairName, windowName } from '../model/objectives.ts'
import type { ToldObjective } from './objectives.ts'

/** What is shown of one Guard. */
interface ObjectiveView {
  readonly namespace: string
  readonly name: string
  readonly objectives: () => readonly ToldObjective[]
}

type Row = readonly [value: number, label?: string]

/** A figure that is null has no series: there is nothing to make it of. */
export function registerObjectiveGauges(registry: Registry, guards: () => Iterable<ObjectiveView>): void {
  const gauge = (name: string, help: string, more: readonly string[], read: (told: ToldObjective) => Iterable<Row>) =>
    new Gauge({
      name,
      help,
      labelNames: ['namespace', 'guard', 'objective', ...more],
      registers: [registry],
      collect() {
        this.reset()
        for (const { namespace, name: guard, objectives } of guards()) {
          for (const told of objectives()) {
            for (const [value, label = ''] of read(told)) {
              const extra = Object.fromEntries(more.map((key) => [key, label]))
              this.set({ namespace, guard, objective: told.state.rule.name, ...extra }, value)
            }
          }
        }
      },
    })

  gauge(
    METRICS.guardObjective,
    'The share of requests that is to be good: availability or latency.',
    [],
    ({ state }) => [[state.rule.target]],
  )
  gauge(
    METRICS.guardBudgetRemaining,
    'What is left of the error budget over the objective’s window, as a ratio; below 0 when it is overspent.',
    [],
    function* ({ figures: { budgetLeft } }) {
      if (budgetLeft !== null) yield [budgetLeft]
    },
  )
  gauge(
    METRICS.guardBurnRate,
    'How many times faster than it may the error budget is spent, by window.',
    ['window'],
    function* ({ figures }) {
      for (const [index, { longMs, shortMs }] of BURN_PAIRS.entries()) {
        const burn = figures.burns[index]
        if (burn === undefined) continue
        if (burn.long !== null) yield [burn.long, windowName(longMs)]
        // Six hours are the long window of one pair and the short one of another.
        if (burn.short !== null && !BURN_PAIRS.some((pair) => pair.longMs === shortMs))
          yield [burn.short, windowName(shortMs)]
      }
    },
  )
  gauge(
    METRICS.guardBudgetBurning,
    '1 while both windows of a pair burn faster than its factor. Pairs that never can have no series.',
    ['pair'],
    function* ({ state: { rule, burningSince } }) {
      for (const [index, pair] of BURN_PAIRS.entries())
        if (canBurn(pair, rule.target)) yield [burningSince[index] === undefined ? 0 : 1, pairName(pair)]
    },
  )
}
