// The requests of each Guard as counters, by which error budgets can be reckoned from outside too.
import { Counter, type Registry } from 'prom-client'
import type { Counts } from '../model/counts.ts'
import { METRICS } from '../model/names.ts'

export interface RequestCounters {
  /** Adds what an observer has counted; the first time, every series begins. */
  count(namespace: string, guard: string, counts: Counts): void
  forget(namespace: string, guard: string): void
}

export function registerRequestCounters(registry: Registry): RequestCounters {
  const counter = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ['namespace', 'guard'], registers: [registry] })
  const requests = counter(METRICS.guardRequests, 'Requests to the service whose outcome is known.')
  const failed = counter(METRICS.guardRequestsFailed, 'Those of them that failed.')
  const timed = counter(METRICS.guardRequestsTimed, 'Requests to the service whose duration is known.')
  const slow = counter(METRICS.guardRequestsSlow, 'Those of them that took longer than the objective of latency says.')
  return {
    count(namespace, guard, counts) {
      const labels = { namespace, guard }
      requests.inc(labels, counts.requests.events)
      failed.inc(labels, counts.requests.bad)
      timed.inc(labels, counts.timed.events)
      slow.inc(labels, counts.timed.bad)
    },
    forget(namespace, guard) {
      for (const one of [requests, failed, timed, slow]) one.remove({ namespace, guard })
    },
  }
}
