// The page of Evenkeel's own metrics, from the registry that /metrics serves.
import { Counter, Histogram } from 'prom-client'
import { z } from 'zod'
import { METRICS } from '../../controller/model/names.ts'
import { registerFailoverMetrics } from '../../controller/record/failover-metrics.ts'
import { registerFlagMetrics } from '../../controller/record/flag-metrics.ts'
import { createMetrics } from '../../controller/record/metrics.ts'
import { registerProbeMetrics } from '../../controller/record/probe-metrics.ts'
import { code, page, table } from './markdown.ts'

/** What every metric holds, though prom-client's types don't say so. */
const DESCRIBED = z.object({ help: z.string(), labelNames: z.array(z.string()) })

export function metricsPage(): string {
  const { registry } = createMetrics({ version: '', isLeading: () => false, guards: () => [], events: () => ({}) })
  registerFlagMetrics(registry, { now: () => 0, features: () => [], evaluations: () => ({}), streams: () => ({}) })
  registerProbeMetrics(registry, { answers: () => ({}), services: () => [] })
  registerFailoverMetrics(registry, () => [])
  const rows = Object.values(METRICS).map((name) => {
    const metric = registry.getSingleMetric(name)
    const type = metric instanceof Counter ? 'counter' : metric instanceof Histogram ? 'histogram' : 'gauge'
    const { help, labelNames } = DESCRIBED.parse(metric)
    return [code(name), type, labelNames.map(code).join(', '), help]
  })
  return page('Metrics', [
    'What Evenkeel tells of itself and of its Guards at `/metrics` (port 8080 unless `EVENKEEL_LISTEN` says otherwise), next to the usual `process_*` and `nodejs_*`.',
    table(['metric', 'type', 'labels', 'meaning'], rows),
    'Only the replica that leads has the series of Guards: `evenkeel_leader` tells which one. A signal that is unknown has no `evenkeel_guard_signal` at all, rather than a zero: watch `evenkeel_guard_signal_unknown`.',
    '`evenkeel alerts build` makes [the alerts](../guide/alerts.md) on these, with [a runbook](../runbooks/README.md) for each.',
  ])
}
