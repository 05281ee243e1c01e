// What the service is asked, how much of it fails, and how long it takes, each against its limit.
import { METRICS } from '../../../controller/model/names.ts'
import { limitOf } from '../../kit/limit.ts'
import { line } from '../../kit/line.ts'
import { type GuardScope, perGuard } from '../../kit/promql.ts'
import type { Row } from '../../kit/tile.ts'

export function trafficRow(scope: GuardScope): Row {
  const signal = (name: string, legend: string) => ({
    expr: perGuard(METRICS.guardSignal, scope, { signal: name }),
    legend,
  })
  return {
    title: 'Traffic',
    tiles: [
      line(
        {
          title: 'Requests per second',
          description:
            'All requests of the service. The limit is what its ready replicas can serve, when that is declared.',
          unit: 'reqps',
          queries: [signal('rps', 'requests')],
        },
        { limit: limitOf(scope, 'rps') },
      ),
      line(
        {
          title: 'Errors',
          description:
            'The share of requests that failed, over limits.window. A gap is time in which too few came to judge by.',
          unit: 'percentunit',
          queries: [signal('errors', 'errors')],
        },
        { limit: limitOf(scope, 'errors') },
      ),
      line(
        {
          title: 'Latency',
          description:
            'Quantiles of the pods’ summed histograms, over limits.window. The limit is that of the 99th percentile.',
          unit: 's',
          queries: [signal('latencyP50', 'p50'), signal('latencyP95', 'p95'), signal('latencyP99', 'p99')],
        },
        { limit: limitOf(scope, 'latency') },
      ),
    ],
  }
}
