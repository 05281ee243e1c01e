// What services tell of their own resources: the default metrics of client libraries, and those of common pools, servers and clients.
import type { CallsRecipe, Recipe } from '../recipe.ts'

const SERVER = ['server_address', 'client_name', 'clientName', 'net_peer_name', 'server', 'host', 'target', 'service']
const STATUS = ['http_response_status_code', 'http_status_code', 'status_code', 'status', 'code']
const calls = (metric: string, unitsPerSecond = 1): CallsRecipe => ({
  kind: 'calls',
  resource: 'dependency',
  metric,
  unitsPerSecond,
  server: SERVER,
  status: STATUS,
})

export const SERVICE: readonly Recipe[] = [
  // prom-client, prometheus_client (Python), client_golang, client_java.
  {
    kind: 'usage',
    resource: 'fileDescriptors',
    says: 'file descriptors are open',
    used: { metric: 'process_open_fds' },
    max: [{ metric: 'process_max_fds' }],
  },
  // Micrometer.
  {
    kind: 'usage',
    resource: 'fileDescriptors',
    says: 'files are open',
    used: { metric: 'process_files_open_files' },
    max: [{ metric: 'process_files_max_files' }],
  },
  // prom-client. Node's own histogram holds the time from one turn of a 10 ms timer to the next.
  {
    kind: 'lateness',
    resource: 'eventLoop',
    meanSeconds: { metric: 'nodejs_eventloop_lag_mean_seconds' },
    resolutionSeconds: 0.01,
    cpuSeconds: { metric: 'process_cpu_seconds_total' },
  },
  // OpenTelemetry's runtime instrumentation, with and without the unit in the name.
  {
    kind: 'share',
    resource: 'eventLoop',
    says: 'of the time the event loop is busy',
    share: { metric: 'nodejs_eventloop_utilization_ratio' },
  },
  {
    kind: 'share',
    resource: 'eventLoop',
    says: 'of the time the event loop is busy',
    share: { metric: 'nodejs_eventloop_utilization' },
  },
  // Tomcat and Jetty through Micrometer.
  {
    kind: 'usage',
    resource: 'workers',
    says: 'threads of Tomcat are busy',
    used: { metric: 'tomcat_threads_busy_threads' },
    max: [{ metric: 'tomcat_threads_config_max_threads' }],
  },
  {
    kind: 'usage',
    resource: 'workers',
    says: 'threads of Jetty are busy',
    used: { metric: 'jetty_threads_busy' },
    max: [{ metric: 'jetty_threads_config_max' }],
    waiting: [{ of: { metric: 'jetty_threads_jobs' }, says: 'jobs wait for a thread' }],
  },
  // HikariCP, OpenTelemetry's pools, and client_golang's collector of database/sql.
  {
    kind: 'usage',
    resource: 'pool',
    says: 'connections of the pool are in use',
    used: { metric: 'hikaricp_connections_active', by: 'pool' },
    max: [{ metric: 'hikaricp_connections_max', by: 'pool' }],
    waiting: [{ of: { metric: 'hikaricp_connections_pending', by: 'pool' }, says: 'threads wait for a connection' }],
  },
  {
    kind: 'usage',
    resource: 'pool',
    says: 'connections of the pool are in use',
    used: {
      metric: 'db_client_connection_count',
      match: { db_client_connection_state: 'used' },
      by: 'db_client_connection_pool_name',
    },
    max: [{ metric: 'db_client_connection_max', by: 'db_client_connection_pool_name' }],
    waiting: [
      {
        of: { metric: 'db_client_connection_pending_requests', by: 'db_client_connection_pool_name' },
        says: 'requests wait for a connection',
      },
    ],
  },
  {
    kind: 'usage',
    resource: 'pool',
    says: 'connections of the pool are in use',
    used: { metric: 'go_sql_in_use_connections', by: 'db_name' },
    max: [{ metric: 'go_sql_max_open_connections', by: 'db_name' }],
  },
  // Caches of Spring, through Micrometer.
  {
    kind: 'hits',
    resource: 'cache',
    hits: { metric: 'cache_gets_total', match: { result: 'hit' } },
    misses: { metric: 'cache_gets_total', match: { result: 'miss' } },
  },
  // OpenTelemetry and the prom-client users who follow it; OpenTelemetry before 1.23; Micrometer.
  calls('http_client_request_duration_seconds'),
  calls('http_client_request_duration'),
  calls('http_client_duration_milliseconds', 1000),
  calls('http_client_requests_seconds'),
]
