// nginx behind nginx-prometheus-exporter: its status page counts requests, and knows neither statuses nor durations.
import type { ExporterSources } from './exporter.ts'

export const nginx = {
  rps: [{ metric: 'nginx_http_requests_total' }],
} as const satisfies ExporterSources
