// nginx behind nginx-prometheus-exporter: its status page counts requests, and knows neither statuses nor durations.
import type { ProfileSources } from './profiles.ts'

export const nginx: ProfileSources<'nginx'> = {
  rps: [{ metric: 'nginx_http_requests_total' }],
}
