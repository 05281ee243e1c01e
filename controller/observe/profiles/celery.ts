// Celery behind celery-exporter, whatever its broker is: tasks take the place of requests.
import type { ExporterSources } from './exporter.ts'

export const celery = {
  rps: [{ metric: 'celery_task_started_total' }],
  errors: [{ metric: 'celery_task_failed_total' }],
  latency: [{ metric: 'celery_task_runtime', unit: 'seconds' }],
  queue: [{ metric: 'celery_queue_length', aggregate: 'max' }],
} as const satisfies ExporterSources
