// HAProxy: its own exporter (label `proxy`) and haproxy_exporter (`frontend`, `backend`) use the same names.
import type { ProfileSources } from './profiles.ts'

export const haproxy: ProfileSources<'haproxy'> = {
  rps: [{ metric: 'haproxy_frontend_http_requests_total' }],
  errors: [{ metric: 'haproxy_frontend_http_responses_total', match: { code: '5xx' } }],
  pool: [
    {
      used: { metric: 'haproxy_frontend_current_sessions' },
      max: { metric: 'haproxy_frontend_limit_sessions' },
    },
  ],
  queue: [{ metric: 'haproxy_backend_current_queue', aggregate: 'sum' }],
}
