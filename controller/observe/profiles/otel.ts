// OpenTelemetry's semantic conventions as its Prometheus exporters spell them, new names before old ones.
import type { PoolSource, SignalSources } from '../../model/signal-source.ts'

const SERVER_ERROR = '5..'

/** Connection pools: stable conventions, the form between (attribute `state`), the form before 1.26, HikariCP's and Npgsql's alike. */
export const OTEL_POOLS: readonly PoolSource[] = [
  {
    used: { metric: 'db_client_connection_count', match: { db_client_connection_state: 'used' } },
    max: { metric: 'db_client_connection_max' },
  },
  {
    used: { metric: 'db_client_connection_count', match: { state: 'used' } },
    max: { metric: 'db_client_connection_max' },
  },
  {
    used: { metric: 'db_client_connections_usage', match: { state: 'used' } },
    max: { metric: 'db_client_connections_max' },
  },
]

/** Exporters append the unit to the name, but JavaScript's does not. */
export const otel: SignalSources = {
  rps: [
    { metric: 'http_server_request_duration_seconds_count' },
    { metric: 'http_server_request_duration_count' },
    { metric: 'http_server_duration_milliseconds_count' },
    { metric: 'http_server_duration_count' },
  ],
  errors: [
    { metric: 'http_server_request_duration_seconds_count', match: { http_response_status_code: SERVER_ERROR } },
    { metric: 'http_server_request_duration_count', match: { http_response_status_code: SERVER_ERROR } },
    { metric: 'http_server_duration_milliseconds_count', match: { http_status_code: SERVER_ERROR } },
    { metric: 'http_server_duration_count', match: { http_status_code: SERVER_ERROR } },
  ],
  latency: [
    { metric: 'http_server_request_duration_seconds', unit: 'seconds' },
    { metric: 'http_server_request_duration', unit: 'seconds' },
    { metric: 'http_server_duration_milliseconds', unit: 'milliseconds' },
    { metric: 'http_server_duration', unit: 'milliseconds' },
  ],
  cpu: [
    { metric: 'process_cpu_time_seconds_total' },
    { metric: 'process_cpu_time_total' },
    { metric: 'jvm_cpu_time_seconds_total' },
    { metric: 'dotnet_process_cpu_time_seconds_total' },
    { metric: 'process_cpu_seconds_total' },
  ],
  pool: OTEL_POOLS,
  queue: [{ metric: 'queue_depth', aggregate: 'sum' }],
}
