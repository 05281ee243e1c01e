// A service's metrics, with the names that prom-client users give them.
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** The client went away before the answer; nginx counts it so. */
export const CLIENT_CLOSED_REQUEST = 499
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 10]

export function createRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}

/** Times requests; a route is a pattern and not a path, so that no label has as many values as there are orders. */
export function createRequestTimer(registry: Registry) {
  return new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of the response.',
    labelNames: ['method', 'route', 'status_code'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  })
}

/** A gauge that is read when it is scraped. */
export function addGauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}
