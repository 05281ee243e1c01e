// Redis behind redis_exporter: the queue is a list, told with --check-single-keys; patterns of --check-keys drop an empty list.
import type { ProfileSources } from './profiles.ts'

export const redis: ProfileSources<'redis'> = {
  rps: [{ metric: 'redis_commands_processed_total' }],
  errors: [{ metric: 'redis_commands_failed_calls_total' }],
  pool: [{ used: { metric: 'redis_connected_clients' }, max: { metric: 'redis_config_maxclients' } }],
  // The exporters of a primary and of its replicas all tell the same list.
  queue: [{ metric: 'redis_key_size', aggregate: 'max' }],
}
