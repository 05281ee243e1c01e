// What the Guard's objectives promise, what is left of their error budgets, and how fast it goes.
import { ALERTS, METRICS } from '../../../controller/model/names.ts'
import { BURN_PAIRS, pairName } from '../../../controller/model/objectives.ts'
import { line } from '../../kit/line.ts'
import { type GuardScope, perGuard } from '../../kit/promql.ts'
import { stat } from '../../kit/stat.ts'
import { states } from '../../kit/states.ts'
import type { Step, Word } from '../../kit/thresholds.ts'
import { type Row, seenIn } from '../../kit/tile.ts'
import { requestTiles } from './requests.ts'

export const BURNING: readonly Word[] = [
  [0, 'steady', 'green'],
  [1, 'burning', 'red'],
]
/** Of what is left of a budget. */
export const LEFT: readonly Step[] = [
  [0, 'orange'],
  [0.25, 'green'],
]

export function objectivesRow(scope: GuardScope): Row {
  const byObjective = {
    expr: perGuard(METRICS.guardBudgetRemaining, scope, {}, ['objective']),
    legend: '{{objective}}',
  }
  const pairs = BURN_PAIRS.map((pair) => `${pairName(pair)} faster than ${pair.factor} ×`).join(', ')
  return {
    title: 'Objectives',
    tiles: [
      stat(
        {
          title: 'Error budget left',
          description: 'What is left of each objective’s error budget over its window; below 0 it is overspent.',
          unit: 'percentunit',
          queries: [byObjective],
          width: 6,
          height: 8,
        },
        { decimals: 1, base: 'red', steps: LEFT, name: true, noValue: 'no objective' },
      ),
      line({
        title: 'Burn rates',
        description:
          'How many times faster than it may each error budget is spent, by window. At 1 it is spent when its window ends.',
        unit: 'none',
        queries: [
          {
            expr: perGuard(METRICS.guardBurnRate, scope, {}, ['objective', 'window']),
            legend: '{{objective}} over {{window}}',
          },
        ],
        width: 9,
      }),
      seenIn(
        states(
          {
            title: 'Burning',
            description: `Whether both windows of a pair burn too fast: ${pairs}.`,
            unit: 'none',
            queries: [
              {
                expr: perGuard(METRICS.guardBudgetBurning, scope, {}, ['objective', 'pair']),
                legend: '{{objective}} {{pair}}',
              },
            ],
            width: 9,
            height: 8,
          },
          BURNING,
        ),
        ALERTS.availabilityBurn,
        ALERTS.latencyBurn,
      ),
      ...requestTiles(scope),
    ],
  }
}
