// Celery behind celery-exporter, whatever its broker is: tasks take the place of requests.
import type { ProfileSources } from './profiles.ts'

export const celery: ProfileSources<'celery'> = {
  rps: [{ metric: 'celery_task_started_total' }],
  errors: [{ metric: 'celery_task_failed_total' }],
  latency: [{ metric: 'celery_task_runtime', unit: 'seconds' }],
  queue: [{ metric: 'celery_queue_length', aggregate: 'max' }],
}
