// RabbitMQ's own plugin: each node tells the queues whose leader it has; /metrics tells their sum, /metrics/per-object each.
import type { ProfileSources } from './profiles.ts'

export const rabbitmq: ProfileSources<'rabbitmq'> = {
  // The counters of channels fall when a channel closes; this one only rises.
  rps: [{ metric: 'rabbitmq_global_messages_received_total' }],
  queue: [
    { metric: 'rabbitmq_detailed_queue_messages_ready', aggregate: 'sum' },
    { metric: 'rabbitmq_queue_messages_ready', aggregate: 'sum' },
  ],
}
