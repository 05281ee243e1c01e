// FastAPI with prometheus-fastapi-instrumentator: statuses are grouped ("5xx") unless it is told otherwise.
import type { SignalSources } from '../../model/signal-source.ts'
import { OTEL_POOLS } from './otel.ts'

const SERVER_ERROR = '5(..|xx)'

export const fastapi: SignalSources = {
  rps: [
    { metric: 'http_requests_total' },
    { metric: 'http_request_duration_highr_seconds_count' },
    { metric: 'http_request_duration_seconds_count' },
  ],
  errors: [
    { metric: 'http_requests_total', match: { status: SERVER_ERROR } },
    { metric: 'http_request_duration_seconds_count', match: { status: SERVER_ERROR } },
  ],
  // The one with many buckets and no labels first: the other has only 0.1, 0.5 and 1 s.
  latency: [
    { metric: 'http_request_duration_highr_seconds', unit: 'seconds' },
    { metric: 'http_request_duration_seconds', unit: 'seconds' },
  ],
  cpu: [{ metric: 'process_cpu_seconds_total' }],
  pool: [{ used: { metric: 'db_pool_connections_in_use' }, max: { metric: 'db_pool_connections_max' } }, ...OTEL_POOLS],
  queue: [{ metric: 'queue_depth', aggregate: 'sum' }],
}
