// What one tick of evaluation costs for 1,000 and 10,000 Guards, against a Prometheus that evaluates ten equivalent rules a service.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import type { Extract } from '../controller/observe/scrape/extract.ts'
import { SUM } from '../controller/observe/scrape/extract.ts'
import { Signals } from '../controller/observe/signals.ts'
import { benchSpec, createJudge } from './lib/judge.ts'
import { startPrometheus } from './lib/prometheus.ts'
import { lessIsBetter, median, report, say } from './lib/report.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, ticks: { type: 'string', default: '200' } },
})
const ticks = Number(values.ticks)

const BOUNDS = Float64Array.from([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, Number.POSITIVE_INFINITY])
const TELLS = [true, true, true, true, true, true]
const COVERAGE = TELLS.map(() => ({ kind: 'ok', missing: undefined }) as const)

/** One pod's extract of a scrape: what the evaluation starts from. */
function extractOf(): { extract: Extract; move: (tick: number, guard: number) => void } {
  const sums = new Float64Array(SUM.buckets + BOUNDS.length)
  const extract: Extract = {
    sums,
    bounds: BOUNDS,
    requests: 0,
    atMs: 0,
    spanMs: 1000,
    hasIncreases: true,
    queueIsShared: false,
    problems: [],
    absent: [],
    skipped: undefined,
  }
  const move = (tick: number, guard: number) => {
    const requests = 800 + ((tick * 7 + guard) % 50)
    sums[SUM.rps] = requests
    sums[SUM.errors] = (tick + guard) % 5
    sums[SUM.cpu] = 0.4
    sums[SUM.poolUsed] = tick % 12
    sums[SUM.poolMax] = 20
    sums[SUM.queue] = guard % 90
    for (let bucket = 0; bucket < BOUNDS.length; bucket++)
      sums[SUM.buckets + bucket] = Math.min(requests, (requests * (bucket + 3)) / 9)
  }
  return { extract, move }
}

/**
 * Milliseconds per tick (median): windows, observations with quantiles, limits, findings and the ladder of every Guard; with
 * `keepsBooks` its circuit and its ledger too, and with `objectives` its error budgets as well.
 */
function measureOurs(count: number, { keepsBooks = false, objectives = {} } = {}): number {
  const spec = benchSpec(objectives)
  const guards = Array.from({ length: count }, () => {
    const signals = new Signals({
      intervalMs: 1000,
      windowMs: spec.limits.window,
      minimumRequests: spec.limits.minimumRequests,
      slowAboveMs: spec.objectives?.latency?.withinMs,
    })
    return { signals, judge: createJudge(spec, { countedBy: keepsBooks ? signals : undefined }) }
  })
  const { extract, move } = extractOf()
  const times: number[] = []
  let found = 0
  let known = 0
  for (let tick = 0; tick < ticks + 20; tick++) {
    const at = 1_700_000_000_000 + tick * 1000
    let ms = 0
    // In slices, so that making the input is not measured.
    for (let guard = 0; guard < count; guard += 1000) {
      move(tick, guard)
      const start = performance.now()
      for (let index = guard; index < Math.min(count, guard + 1000); index++) {
        const one = guards[index]
        if (one === undefined) continue
        one.signals.begin()
        one.signals.add(extract, TELLS, 1, 820)
        const observations = one.signals.end(COVERAGE, 1000)
        if (observations.latencyP99?.kind === 'ok') known++
        if (one.judge(observations, at)) found++
      }
      ms += performance.now() - start
    }
    if (tick >= 20) times.push(ms)
  }
  if (known < count * ticks || found === count * ticks)
    throw new Error(`the bench judged nothing real: ${known} known, ${found} found`)
  return median(times)
}

const RULES = `groups:
- name: guards
  rules:
  - { record: g:rps, expr: 'sum by (service) (rate(http_requests_total[10s]))' }
  - { record: g:errors, expr: 'sum by (service) (rate(http_requests_total{code="500"}[10s])) / sum by (service) (rate(http_requests_total[10s])) > 0.05' }
  - { record: g:p50, expr: 'histogram_quantile(0.5, sum by (service, le) (rate(http_request_duration_seconds_bucket[10s])))' }
  - { record: g:p95, expr: 'histogram_quantile(0.95, sum by (service, le) (rate(http_request_duration_seconds_bucket[10s])))' }
  - { record: g:p99, expr: 'histogram_quantile(0.99, sum by (service, le) (rate(http_request_duration_seconds_bucket[10s])))' }
  - { record: g:slow, expr: 'histogram_quantile(0.99, sum by (service, le) (rate(http_request_duration_seconds_bucket[10s]))) > 0.5' }
  - { record: g:cpu, expr: 'rate(process_cpu_seconds_total[10s]) > 0.9' }
  - { record: g:pool, expr: 'pool_used / pool_max > 0.8' }
  - { record: g:queue, expr: 'queue_depth > 1000' }
  - { record: g:load, expr: 'sum by (service) (rate(http_requests_total[10s])) > 20000' }
`

/** Milliseconds per evaluation of the rule group (median of several), as Prometheus itself reports it. */
async function measurePrometheus(services: number, everySeconds: number): Promise<{ name: string; ms: number }> {
  const server = fork(fileURLToPath(new URL('./lib/rules-server.ts', import.meta.url)), [String(services)])
  const [message] = await once(server, 'message')
  const { port } = z.object({ port: z.number() }).parse(message)
  const config = `global: { scrape_interval: 1s, evaluation_interval: ${everySeconds}s }
rule_files: [rules.yml]
scrape_configs: [{ job_name: services, static_configs: [{ targets: ['127.0.0.1:${port}'] }] }]
`
  const prometheus = await startPrometheus(config, RULES)
  try {
    await sleep(15_000 + everySeconds * 1000)
    const times: number[] = []
    for (let read = 0; read < 7; read++) {
      await sleep(everySeconds * 1000)
      const text = await (await fetch(`${prometheus.url}/metrics`)).text()
      times.push(Number(/^prometheus_rule_group_last_duration_seconds\{.*\} (\S+)$/m.exec(text)?.[1]) * 1000)
    }
    return { name: `${prometheus.version}, 10 rules a service`, ms: median(times) }
  } finally {
    await prometheus.stop()
    server.disconnect()
  }
}

const results = []
for (const [count, everySeconds] of [
  [1_000, 1],
  [10_000, 5],
] as const) {
  say(`${count} Guards: ours`)
  const ours = measureOurs(count)
  const withBooks = measureOurs(count, { keepsBooks: true })
  const objectives = { availability: '99.99%', latency: { p95: '70ms' } }
  const withAll = measureOurs(count, { keepsBooks: true, objectives: { objectives } })
  say(`${count} Guards: Prometheus, about ${20 + everySeconds * 8} s`)
  const peer = await measurePrometheus(count, everySeconds)
  results.push(lessIsBetter(`${count} Guards`, 'ms per tick', ours, peer.name, peer.ms))
  results.push(lessIsBetter(`${count} Guards, with circuit and ledger`, 'ms per tick', withBooks, peer.name, peer.ms))
  results.push(lessIsBetter(`${count} Guards, and with objectives`, 'ms per tick', withAll, peer.name, peer.ms))
}
report('evaluate', results)
