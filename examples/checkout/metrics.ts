// The service's metrics, with the names that prom-client users give them.
import type { RequestHandler } from 'express'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Pool } from './pool.ts'
import type { Queue } from './queue.ts'

/** The client went away before the answer; nginx counts it so. */
const CLIENT_CLOSED_REQUEST = 499
const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.07, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export interface Metrics {
  readonly registry: Registry
  /** Times each request of the routes behind it. */
  readonly time: RequestHandler
}

export function createMetrics(pool: Pool, queue: Queue): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of the response.',
    labelNames: ['method', 'route', 'status_code'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  })
  gauge(registry, 'db_pool_connections_in_use', 'Database connections in use.', () => pool.inUse())
  gauge(registry, 'db_pool_connections_max', 'Database connections that the pool may open.', () => pool.max)
  gauge(registry, 'queue_depth', 'Confirmations that wait to be sent.', () => queue.depth())

  return {
    registry,
    time(request, response, next) {
      const startedAt = performance.now()
      response.once('close', () => {
        // The pattern, not the path: a label must not have as many values as there are orders.
        const route = typeof request.route?.path === 'string' ? request.route.path : 'unmatched'
        const status_code = response.writableFinished ? response.statusCode : CLIENT_CLOSED_REQUEST
        duration.observe({ method: request.method, route, status_code }, (performance.now() - startedAt) / 1000)
      })
      next()
    },
  }
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}
