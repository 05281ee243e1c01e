// The processes of the controller, from what Node's client library tells.
import { line } from '../../kit/line.ts'
import { type Scope, select } from '../../kit/promql.ts'
import type { Row } from '../../kit/tile.ts'

export function processRow(scope: Scope): Row {
  const gauge = (title: string, description: string, unit: string, metric: string) =>
    line({
      title,
      description,
      unit,
      queries: [{ expr: `max by (instance) (${select(metric, scope)})`, legend: '{{instance}}' }],
      width: 6,
    })
  return {
    title: 'Process',
    tiles: [
      line({
        title: 'CPU',
        description: 'Cores in use. The loop runs on one.',
        unit: 'none',
        queries: [
          {
            expr: `sum by (instance) (rate(${select('process_cpu_seconds_total', scope)}[$__rate_interval]))`,
            legend: '{{instance}}',
          },
        ],
        width: 6,
      }),
      gauge('Memory', 'Resident memory.', 'bytes', 'process_resident_memory_bytes'),
      gauge(
        'Event loop lag, p99',
        'How long the process made its own timers wait.',
        's',
        'nodejs_eventloop_lag_p99_seconds',
      ),
      gauge('Open files', 'File descriptors, most of them connections.', 'none', 'process_open_fds'),
    ],
  }
}
