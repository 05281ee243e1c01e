// Envoy's /stats/prometheus: what its listeners receive, and the requests that wait for a connection to a cluster.
import type { ProfileSources } from './profiles.ts'

/** Its administration is a listener too, and counts our own scrapes. */
const TRAFFIC = { except: { envoy_http_conn_manager_prefix: 'admin' } }

export const envoy: ProfileSources<'envoy'> = {
  rps: [{ metric: 'envoy_http_downstream_rq_total', ...TRAFFIC }],
  errors: [{ metric: 'envoy_http_downstream_rq_xx', match: { envoy_response_code_class: '5' }, ...TRAFFIC }],
  latency: [{ metric: 'envoy_http_downstream_rq_time', unit: 'milliseconds', ...TRAFFIC }],
  queue: [{ metric: 'envoy_cluster_upstream_rq_pending_active', aggregate: 'sum' }],
}
