// Whether the loop runs and keeps its pace.
import { ALERTS, METRICS } from '../../../controller/model/names.ts'
import { heat } from '../../kit/heat.ts'
import { line } from '../../kit/line.ts'
import type { MetricName } from '../../kit/promql.ts'
import { buckets, countRate, quantile, type Scope, select } from '../../kit/promql.ts'
import { stat } from '../../kit/stat.ts'
import { states } from '../../kit/states.ts'
import { table } from '../../kit/table.ts'
import type { Word } from '../../kit/thresholds.ts'
import { type Row, seenIn, type Tile } from '../../kit/tile.ts'

const LEADING: readonly Word[] = [
  [0, 'stands by', 'blue'],
  [1, 'leads', 'green'],
]

export function leadershipRow(scope: Scope): Row {
  return {
    title: 'Replicas',
    tiles: [
      seenIn(
        stat(
          {
            title: 'Leaders',
            description: 'Replicas that lead. It is 1; with 0 nothing is healed, and 2 would be a fault of ours.',
            unit: 'none',
            queries: [{ expr: `sum(${select(METRICS.leader, scope)})`, legend: '' }],
            height: 6,
          },
          {
            base: 'red',
            steps: [
              [1, 'green'],
              [2, 'red'],
            ],
          },
        ),
        ALERTS.down,
        ALERTS.noLeader,
      ),
      states(
        {
          title: 'Who leads',
          description: 'Each replica: leading or standing by.',
          unit: 'none',
          queries: [{ expr: `max by (instance) (${select(METRICS.leader, scope)})`, legend: '{{instance}}' }],
          width: 12,
        },
        LEADING,
      ),
      table(
        { title: 'Versions', description: 'The version that each replica runs.', width: 8, height: 6 },
        {
          labels: ['instance', 'version'],
          columns: [
            { name: 'runs', expr: `max by (instance, version) (${select(METRICS.buildInfo, scope)})`, unit: 'none' },
          ],
        },
      ),
    ],
  }
}

export function loopRow(scope: Scope): Row {
  const quantiles = (title: string, description: string, metric: MetricName): Tile =>
    line({
      title,
      description,
      unit: 's',
      queries: [0.5, 0.99].map((q) => ({ expr: quantile(q, metric, scope), legend: `p${q * 100}` })),
      width: 6,
    })
  return {
    title: 'The loop',
    tiles: [
      line({
        title: 'Ticks per second',
        description: 'Each Guard is ticked once in its interval.',
        unit: 'ops',
        queries: [{ expr: countRate(METRICS.tickDuration, scope), legend: 'ticks' }],
        width: 6,
      }),
      quantiles(
        'Duration of a tick',
        'From its start to the end of what it did; most of it is waiting for pods.',
        METRICS.tickDuration,
      ),
      seenIn(
        quantiles(
          'Lag of a tick',
          'How late it began. When it grows, the process has more Guards than it can judge in time.',
          METRICS.tickLag,
        ),
        ALERTS.loopLag,
      ),
      heat({
        title: 'Durations of ticks',
        description: 'How many ticks per second took how long.',
        unit: 's',
        queries: [{ expr: buckets(METRICS.tickDuration, scope), legend: '{{le}}' }],
        width: 6,
      }),
    ],
  }
}
