// What the queries mean, on a real Prometheus with a history that is known to the last sample.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GUARD_SPEC } from '../../../controller/model/guard.ts'
import type { Observations } from '../../../controller/model/signal.ts'
import { createPrometheusApi } from '../../../controller/observe/prometheus/api.ts'
import { staleAfter } from '../../../controller/observe/prometheus/batch.ts'
import { historyQueries, readHistory } from '../../../controller/observe/prometheus/history.ts'
import { queryOf } from '../../../controller/observe/prometheus/query.ts'
import { createSignalReader, type KnownPods } from '../../../controller/observe/prometheus/read.ts'
import { createCatalog, SOURCES } from '../../../controller/observe/scrape/catalog.ts'
import { planOf } from '../../../controller/reconcile/guard-plan.ts'
import { type HistorySeries, historyOf, startTestPrometheus, type TestPrometheus } from './server.ts'

const START = 1_700_000_000
const LENGTH = 600
const EVERY = 5

/** A service is a namespace; its pods are checkout-7d9f8c6b5-bcd2x and so on. */
const POD = 'checkout-7d9f8c6b5-bcd2x'
const OTHER = 'checkout-7d9f8c6b5-zzz9q'
const linear = (perSecond: number) => (at: number) => perSecond * at
const constant = (value: number) => () => value
const until = (end: number, valueAt: (at: number) => number) => (at: number) => (at <= end ? valueAt(at) : undefined)

function of(namespace: string, pod: string, ...series: HistorySeries[]): HistorySeries[] {
  return series.map((one) => ({ ...one, labels: { namespace, pod, ...one.labels } }))
}
const requests = (perSecond: number, labels: Record<string, string> = { status_code: '200' }): HistorySeries => ({
  metric: 'http_requests_total',
  labels,
  valueAt: linear(perSecond),
})
const buckets = (metric: string, rates: Record<string, number>): HistorySeries[] =>
  Object.entries(rates).map(([le, perSecond]) => ({
    metric: `${metric}_bucket`,
    labels: { le },
    valueAt: linear(perSecond),
  }))

const HISTORY: HistorySeries[] = [
  ...of(
    'plain',
    POD,
    requests(90),
    requests(10, { status_code: '503' }),
    ...buckets('http_request_duration_seconds', { '0.1': 50, '0.5': 90, '1': 100, '+Inf': 100 }),
    { metric: 'process_cpu_seconds_total', valueAt: linear(0.5) },
    { metric: 'db_pool_connections_in_use', valueAt: constant(8) },
    { metric: 'db_pool_connections_max', valueAt: constant(10) },
    { metric: 'queue_depth', valueAt: constant(40) },
  ),
  ...of(
    'plain',
    OTHER,
    requests(50),
    requests(50, { status_code: '500' }),
    ...buckets('http_request_duration_seconds', { '0.1': 100, '0.5': 100, '1': 100, '+Inf': 100 }),
    { metric: 'process_cpu_seconds_total', valueAt: linear(0.7) },
    { metric: 'db_pool_connections_in_use', valueAt: constant(2) },
    { metric: 'db_pool_connections_max', valueAt: constant(10) },
    { metric: 'queue_depth', valueAt: constant(2) },
  ),
  // Another workload in the same namespace, and one whose name begins alike.
  ...of('plain', 'payments-7d9f8c6b5-bcd2x', requests(1_000)),
  ...of('plain', 'checkout-worker-7d9f8c6b5-bcd2x', requests(1_000)),
  ...of('no-errors', POD, requests(20)),
  ...of('no-status', POD, requests(20, { route: '/' })),
  ...of('idle', POD, requests(0)),
  ...of('few', POD, requests(0.5)),
  ...of('named', POD, { metric: 'shop_hits', valueAt: linear(10) }),
  ...of(
    'named-failing',
    POD,
    { metric: 'shop_hits', valueAt: linear(10) },
    { metric: 'shop_failures', valueAt: linear(1) },
  ),
  ...['admin', 'ingress_http'].flatMap((envoy_http_conn_manager_prefix, index) =>
    of(
      'envoy',
      POD,
      ...['2', '5'].map((envoy_response_code_class) => ({
        metric: 'envoy_http_downstream_rq_xx',
        labels: { envoy_http_conn_manager_prefix, envoy_response_code_class },
        valueAt: linear(envoy_response_code_class === '5' ? 1 + 3 * index : 50),
      })),
      {
        metric: 'envoy_http_downstream_rq_total',
        labels: { envoy_http_conn_manager_prefix },
        valueAt: linear(index === 0 ? 51 : 40),
      },
    ),
  ),
  ...of('stale', POD, { ...requests(30), valueAt: until(LENGTH - 60, linear(30)) }),
  ...of('half', POD, requests(30)),
  ...of('half', OTHER, { ...requests(30), valueAt: until(LENGTH - 60, linear(30)) }),
  ...of('odd', POD, { metric: 'queue_depth', valueAt: constant(Number.NaN) }, requests(20)),
  ...of('pool-of-20', POD, { metric: 'busy', valueAt: constant(5) }),
  ...of('pool-of-20', OTHER, { metric: 'busy', valueAt: constant(25) }),
  ...of('shared', POD, { metric: 'jobs', valueAt: constant(70) }),
  ...of('shared', OTHER, { metric: 'jobs', valueAt: constant(71) }),
  ...of(
    'milliseconds',
    POD,
    ...buckets('http_request_duration_ms', { '100': 50, '500': 100, '+Inf': 100 }),
    requests(100),
  ),
  // Both names at once: the first of the profile's candidates is used, and only that.
  ...of('both', POD, requests(10), {
    metric: 'http_request_duration_seconds_count',
    labels: { status_code: '200' },
    valueAt: linear(10),
  }),
  // Two pods of one rollout, each with a name of its own.
  ...of('rollout', POD, requests(10)),
  ...of('rollout', OTHER, {
    metric: 'http_request_duration_seconds_count',
    labels: { code: '500' },
    valueAt: linear(30),
  }),
  { metric: 'http_requests_total', labels: { job: 'whole', status_code: '200' }, valueAt: linear(60) },
  { metric: 'process_cpu_seconds_total', labels: { job: 'whole' }, valueAt: linear(1.5) },
]

let server: TestPrometheus
const api = createPrometheusApi()

beforeAll(async () => {
  server = await startTestPrometheus({
    history: historyOf(HISTORY, { startSeconds: START, seconds: LENGTH, everySeconds: EVERY }),
  })
})
afterAll(async () => {
  await api.close()
  await server?.stop()
})

function specOf(prometheus: object, signals: object = {}, limits: object = {}) {
  const from = { prometheus: { url: server.url, interval: '5s', ...prometheus } }
  const { prometheus: spec } = planOf(
    GUARD_SPEC.parse({ target: { name: 'checkout' }, signals: { from, ...signals }, limits }),
  )
  if (spec === undefined) throw new Error('the Guard is not observed through Prometheus')
  return spec
}

const NOBODY: KnownPods = { expected: [], isNew: () => false, coresOf: () => 1, count: undefined }
const both = (more: Partial<KnownPods> = {}): KnownPods => ({ ...NOBODY, expected: [POD, OTHER], count: 2, ...more })

interface Asked {
  readonly prometheus?: object
  readonly signals?: object
  readonly limits?: object
  readonly pods?: KnownPods
}

/** The signals of the Deployment checkout in the namespace at the end of the history. */
async function signalsIn(
  namespace: string,
  { prometheus = {}, signals, limits, pods = NOBODY }: Asked = {},
): Promise<Observations> {
  const spec = specOf(prometheus, signals, limits)
  const atMs = (START + LENGTH) * 1000
  const history = await readHistory(api, namespace, spec, { fromMs: atMs, toMs: atMs, stepMs: 1000 }, 10_000)
  if (history.kind === 'failed') throw new Error(history.why)
  const reading = { ...spec, staleMs: staleAfter(spec), optional: spec.optional ?? [] }
  return createSignalReader(createCatalog(spec.sources), reading).read(history.steps[0]?.rows ?? [], pods)
}

const ok = (value: number) => ({ kind: 'ok', value: expect.closeTo(value, 6) })
const unknown = (why: RegExp) => ({ kind: 'unknown', why: expect.stringMatching(why) })

describe('every query', () => {
  const overrides = {
    rps: { metric: 'shop.hits', match: { route: '/.*"' } },
    errors: { metric: 'shop_failures', match: { kind: 'a|b', why: '\\d+' } },
    latency: { metric: 'took', unit: 'milliseconds' },
    cpu: { metric: 'burnt', match: {} },
    pool: { used: { metric: 'busy' }, max: 20 },
    queue: { metric: 'jobs', aggregate: 'max' },
  }

  it.each([
    ['prom-client', {}],
    ['otel', {}],
    ['fastapi', {}],
    ['generic', overrides],
  ])('of the profile %s is accepted by Prometheus', async (profile, more) => {
    for (const match of [undefined, {}, { service: 'a"b\\\\c|d', team: '' }]) {
      const spec = specOf(match === undefined ? {} : { match }, { profile, ...more })
      const queries = historyQueries('shop', spec)
      expect(queries.filter((query) => query !== undefined)).toHaveLength(SOURCES.length)
      for (const query of queries) {
        const answer = await api.query({ url: server.url }, query ?? '', 10_000)
        expect(answer, query).toEqual({ kind: 'ok', series: [] })
      }
    }
  })

  it('of a signal for which nothing is named is none', () => {
    const spec = { ...specOf({}, { profile: 'generic', rps: { metric: 'hits' } }), staleMs: 1 }
    const asked = SOURCES.map((source) => queryOf(source, spec, { matchers: [], by: ['pod'] }) !== undefined)
    expect(asked).toEqual([true, false, false, false, false, false])
  })

  it('reads as one would write it', () => {
    const spec = specOf({ match: { service: 'checkout' } }, { profile: 'generic', rps: { metric: 'hits' } })
    expect(historyQueries('shop', spec)[0]).toBe(
      '((sum by (pod) (rate(hits{service="checkout"}[20000ms])) and on (pod) (max by (pod) (timestamp(hits{service="checkout"})) > time() - 20)))',
    )
  })
})

describe('the signals of a service', () => {
  it('are those that its samples say, over all its pods and no others', async () => {
    const seen = await signalsIn('plain', { pods: both() })
    expect(seen.rps).toEqual(ok(200))
    expect(seen.errors).toEqual(ok(60 / 200))
    // 150 of 200 up to 0.1 s, 190 up to 0.5 s, all up to 1 s.
    expect(seen.latencyP50).toEqual(ok((0.1 * 100) / 150))
    expect(seen.latencyP95).toEqual(ok(0.5))
    expect(seen.latencyP99).toEqual(ok(0.5 + 0.5 * 0.8))
    expect(seen.cpu).toEqual(ok(0.6))
    expect(seen.pool).toEqual(ok(0.5))
    expect(seen.queue).toEqual(ok(42))
  })

  it('CPU is a share of the cores that the pods may use', async () => {
    const pods = both({ coresOf: (pod) => (pod === POD ? 2 : 1) })
    expect((await signalsIn('plain', { pods })).cpu).toEqual(ok(1.2 / 3))
  })

  it('without a failure yet has no errors', async () => {
    expect((await signalsIn('no-errors')).errors).toEqual(ok(0))
  })

  it('whose requests have no status has errors that are unknown, rather than none', async () => {
    const { rps, errors } = await signalsIn('no-status')
    expect(rps).toEqual(ok(20))
    expect(errors).toEqual(unknown(/no series that tells which of them failed/))
  })

  it('are without what its profile leaves out', async () => {
    const { rps, errors } = await signalsIn('envoy', { signals: { profile: 'envoy' } })
    expect(rps).toEqual(ok(40))
    expect(errors).toEqual(ok(0.1))
  })

  it('without requests is idle, and not blind', async () => {
    const { rps, errors } = await signalsIn('idle')
    expect(rps).toEqual(ok(0))
    expect(errors).toEqual({ kind: 'unknown', why: 'no requests in 20 s', idle: true })
  })

  it('with fewer requests than the minimum is idle too', async () => {
    const { errors } = await signalsIn('few')
    expect(errors).toEqual({ kind: 'unknown', why: '10 requests in 20 s, fewer than the minimum of 20', idle: true })
    expect((await signalsIn('few', { limits: { minimumRequests: 10 } })).errors).toEqual(ok(0))
  })

  it('with an error counter that is named has no errors while that counter has no series', async () => {
    const signals = { rps: { metric: 'shop_hits' }, errors: { metric: 'shop_failures' } }
    expect((await signalsIn('named', { signals })).errors).toEqual(ok(0))
    expect((await signalsIn('named-failing', { signals })).errors).toEqual(ok(0.1))
  })

  it('with latency in milliseconds has it in seconds', async () => {
    const { latencyP50, latencyP99 } = await signalsIn('milliseconds')
    expect(latencyP50).toEqual(ok(0.1))
    expect(latencyP99).toEqual(ok(0.1 + 0.4 * 0.98))
  })

  it('that has two names for one thing is counted once', async () => {
    expect((await signalsIn('both')).rps).toEqual(ok(10))
  })

  it('whose pods have different names for one thing is counted whole', async () => {
    const { rps, errors } = await signalsIn('rollout', { pods: both() })
    expect(rps).toEqual(ok(40))
    expect(errors).toEqual(ok(0.75))
  })

  it('with so many connections a pod has a pool of that many for each', async () => {
    const signals = { pool: { used: { metric: 'busy' }, max: 20 } }
    expect((await signalsIn('pool-of-20', { signals, pods: both() })).pool).toEqual(ok(30 / 40))
  })

  it('with one queue that all pods report has that queue once', async () => {
    const signals = { queue: { metric: 'jobs', aggregate: 'max' } }
    expect((await signalsIn('shared', { signals })).queue).toEqual(ok(71))
  })

  it('selected by other labels, without a pod, is judged as a whole', async () => {
    const prometheus = { match: { job: 'whole' } }
    const { rps, errors, cpu } = await signalsIn('anywhere', {
      prometheus,
      pods: both({ coresOf: (pod) => (pod === '' ? 3 : undefined) }),
    })
    expect({ rps, errors, cpu }).toEqual({ rps: ok(60), errors: ok(0), cpu: ok(0.5) })
    expect((await signalsIn('anywhere', { prometheus, pods: { ...NOBODY, coresOf: () => undefined } })).cpu).toEqual(
      unknown(/no pod is known/),
    )
  })
})

describe('what is not there', () => {
  it('is unknown, with what was looked for and for how long', async () => {
    const { rps, latencyP99, cpu } = await signalsIn('nowhere', { pods: both() })
    expect(rps).toEqual(unknown(/^no sample of http_requests_total, .* in the last 20 s: does it scrape the pods\?$/))
    expect(latencyP99).toEqual(unknown(/no sample of http_request_duration_seconds_bucket/))
    expect(cpu).toEqual(unknown(/no sample of process_cpu_seconds_total/))
  })

  it('is absent when only the profile guesses it, and unknown when the Guard names it', async () => {
    const guessed = await signalsIn('no-errors')
    expect([guessed.pool, guessed.queue]).toEqual([undefined, undefined])
    const named = await signalsIn('no-errors', { signals: { queue: { metric: 'jobs' } } })
    expect(named.queue).toEqual(unknown(/no sample of jobs/))
  })

  it('any more is unknown once its last sample is older than four intervals', async () => {
    expect((await signalsIn('stale', { limits: { window: '5m' } })).rps).toEqual(unknown(/no sample of/))
    expect((await signalsIn('stale', { limits: { window: '5m' } })).errors).toEqual(unknown(/no sample of/))
  })

  it('on one of two pods is told from the other, and named', async () => {
    const { rps } = await signalsIn('half', { pods: both() })
    expect(rps).toEqual({
      kind: 'ok',
      value: expect.closeTo(30, 6),
      missing: expect.stringMatching(new RegExp(`^1 of 2 pods not seen: ${OTHER}: no sample of`)),
    })
  })

  it('on two of three pods makes it unknown', async () => {
    const pods = both({ expected: [POD, OTHER, 'checkout-7d9f8c6b5-n4mes'] })
    expect((await signalsIn('half', { pods })).rps).toEqual(unknown(/^only 1 of 3 pods seen: /))
  })

  it('yet on a pod that is new is waited for', async () => {
    const pods = both({ isNew: (pod) => pod === OTHER })
    expect((await signalsIn('half', { pods })).rps).toEqual(ok(30))
    expect((await signalsIn('nowhere', { pods: both({ isNew: () => true }) })).rps).toEqual(unknown(/second sample/))
  })

  it('a number is unknown', async () => {
    expect((await signalsIn('odd')).queue).toEqual(unknown(/has the value NaN/))
  })
})
