// Services with prom-client, in the names that its users and Express middlewares give their metrics.
import type { SeriesSelector, SignalSources } from '../../model/signal-source.ts'
import { OTEL_POOLS } from './otel.ts'

const COUNTERS = ['http_requests_total', 'http_request_duration_seconds_count', 'http_request_duration_ms_count']
const STATUS_LABELS = ['status_code', 'code', 'status']
/** A status by its number ("503") or by its class ("5xx"). */
const SERVER_ERROR = '5(..|xx)'

const errors: readonly SeriesSelector[] = COUNTERS.flatMap((metric) =>
  STATUS_LABELS.map((label) => ({ metric, match: { [label]: SERVER_ERROR } })),
)

export const promClient: SignalSources = {
  rps: COUNTERS.map((metric) => ({ metric })),
  errors,
  latency: [
    { metric: 'http_request_duration_seconds', unit: 'seconds' },
    { metric: 'http_request_duration_ms', unit: 'milliseconds' },
  ],
  cpu: [{ metric: 'process_cpu_seconds_total' }],
  pool: [{ used: { metric: 'db_pool_connections_in_use' }, max: { metric: 'db_pool_connections_max' } }, ...OTEL_POOLS],
  queue: [{ metric: 'queue_depth', aggregate: 'sum' }],
}
