// What was switched: when, of which kind, with what outcome, and how long it took.
import { ALERTS, METRICS } from '../../../controller/model/names.ts'
import { bars, line } from '../../kit/line.ts'
import { increase, perGroup, type Scope } from '../../kit/promql.ts'
import { states } from '../../kit/states.ts'
import { table } from '../../kit/table.ts'
import type { Word } from '../../kit/thresholds.ts'
import { type Row, seenIn } from '../../kit/tile.ts'

const GROUP = '{{namespace}}/{{group}}'
const SWITCHING_WORDS: readonly Word[] = [
  [0, 'no', 'text'],
  [1, 'under way', 'orange'],
]

export function switchesRow(scope: Scope): Row {
  return {
    title: 'Switches',
    tiles: [
      states(
        {
          title: 'Switching',
          description: 'Whether a switch is under way. One of a few seconds may fall between two scrapes.',
          unit: 'none',
          queries: [{ expr: perGroup(METRICS.failoverGroupSwitching, scope), legend: GROUP }],
          height: 8,
        },
        SWITCHING_WORDS,
      ),
      states({
        title: 'Epoch',
        description: 'It grows with each switch that is begun.',
        unit: 'none',
        queries: [{ expr: perGroup(METRICS.failoverGroupEpoch, scope), legend: GROUP }],
        height: 8,
      }),
      bars({
        title: 'Switches',
        description:
          'Switches that ended, by kind and outcome. Adoption is the first sight of a primary; of Manager, Sentinel or Patroni made it.',
        unit: 'none',
        queries: [
          {
            expr: increase(METRICS.failovers, scope, ['namespace', 'group', 'kind', 'outcome']),
            legend: `${GROUP} {{kind}}: {{outcome}}`,
          },
        ],
        width: 12,
      }),
      line({
        title: 'Duration',
        description: 'How long the last switch of each kind took that was done, from its first write to its last.',
        unit: 's',
        queries: [{ expr: perGroup(METRICS.failoverDuration, scope, {}, ['kind']), legend: `${GROUP} {{kind}}` }],
        width: 12,
      }),
      seenIn(
        table(
          {
            title: 'Last switches',
            description: 'When the last of each kind ended with each outcome, of the last twenty of the group.',
            height: 8,
          },
          {
            labels: ['namespace', 'group', 'kind', 'outcome'],
            columns: [
              {
                name: 'ended',
                expr: `${perGroup(METRICS.failoverGroupLastSwitch, scope, {}, ['kind', 'outcome'])} * 1000`,
                unit: 'dateTimeAsIso',
              },
            ],
          },
        ),
        ALERTS.failoverFailed,
        ALERTS.failoverUnacknowledged,
      ),
    ],
  }
}
