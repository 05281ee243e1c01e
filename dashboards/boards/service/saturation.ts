// How full the service is: CPU, connections and queue against their limits, what binds, and what of it can't be seen.
import { ALERTS, METRICS } from '../../../controller/model/names.ts'
import { limitOf } from '../../kit/limit.ts'
import { line } from '../../kit/line.ts'
import { type GuardScope, perGuard } from '../../kit/promql.ts'
import { states } from '../../kit/states.ts'
import type { Word } from '../../kit/thresholds.ts'
import { type Row, seenIn } from '../../kit/tile.ts'

const SEEN: readonly Word[] = [
  [0, 'known', 'green'],
  [1, 'unknown', 'purple'],
]

const BINDING: readonly Word[] = [[1, 'binds', 'red']]

export function saturationRow(scope: GuardScope): Row {
  const signal = (name: string, legend: string) => ({
    expr: perGuard(METRICS.guardSignal, scope, { signal: name }),
    legend,
  })
  return {
    title: 'Saturation',
    tiles: [
      line(
        {
          title: 'CPU',
          description: 'Mean over the pods of the CPU each may use: its limit, else its request, else one core.',
          unit: 'percentunit',
          queries: [signal('cpu', 'CPU')],
        },
        { limit: limitOf(scope, 'cpu'), softMax: 1 },
      ),
      line(
        {
          title: 'Connection pool',
          description: 'Connections in use ÷ the most there may be. Empty where the service has no pool that is seen.',
          unit: 'percentunit',
          queries: [signal('pool', 'pool')],
        },
        { limit: limitOf(scope, 'pool'), softMax: 1 },
      ),
      line(
        {
          title: 'Queue',
          description: 'Waiting items. Empty where the service has no queue that is seen.',
          unit: 'short',
          queries: [signal('queue', 'queue')],
        },
        { limit: limitOf(scope, 'queue') },
      ),
      states(
        {
          title: 'What binds',
          description:
            'The resource that the diagnosis names while an Incident is open. Empty while nothing is wrong, or what binds is not known.',
          unit: 'none',
          queries: [{ expr: perGuard(METRICS.guardBindingResource, scope, {}, ['resource']), legend: '{{resource}}' }],
          height: 8,
        },
        BINDING,
      ),
      seenIn(
        states(
          {
            title: 'What is seen',
            description:
              'Each signal: known or unknown. Unknown is neither healthy nor broken, and nothing is done on it. The Guard’s condition Observed says why.',
            unit: 'none',
            queries: [{ expr: perGuard(METRICS.guardSignalUnknown, scope, {}, ['signal']), legend: '{{signal}}' }],
            height: 8,
          },
          SEEN,
        ),
        ALERTS.signalsUnknown,
      ),
    ],
  }
}
