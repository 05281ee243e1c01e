// Guards that share a server share its questions: as many as there are signals, however many Guards there are.
import { describe, expect, it } from 'vitest'
import { GUARD_SPEC } from '../../../controller/model/guard.ts'
import type { Answer } from '../../../controller/observe/prometheus/answer.ts'
import type { PrometheusApi } from '../../../controller/observe/prometheus/api.ts'
import { createPrometheusSource } from '../../../controller/observe/prometheus/source.ts'
import type { Target } from '../../../controller/observe/scrape/targets.ts'
import { planOf } from '../../../controller/reconcile/guard-plan.ts'
import { manualClock } from '../../runtime/manual-clock.ts'

const SUFFIX = '7d9f8c6b5-bcd2x'

/** A server that holds a service in each namespace: the rps of ns-7 is 7, and so on. */
function rig(options: { answer?: (query: string) => Answer | Promise<Answer> } = {}) {
  const queries: string[] = []
  const api: PrometheusApi = {
    query: async (_server, query) => {
      queries.push(query)
      return options.answer?.(query) ?? ALL(query)
    },
    queryRange: () => Promise.reject(new Error('no history is asked for')),
    close: () => Promise.resolve(),
  }
  const clock = manualClock()
  const source = createPrometheusSource({ api, clock })
  const observer = (namespace: string, name = 'checkout', prometheus: object = {}) => {
    const { prometheus: spec } = planOf(
      GUARD_SPEC.parse({
        target: { name },
        signals: { from: { prometheus: { url: 'http://p', interval: '10s', ...prometheus } } },
      }),
    )
    if (spec === undefined) throw new Error('not observed through Prometheus')
    return source.observer(namespace, spec)
  }
  return { queries, clock, observer }
}

let services = 0
const ALL = (query: string): Answer => {
  const series = Array.from(
    { length: query.startsWith('((sum by (namespace, pod) (rate(http') ? services : 0 },
    (_, index) => ({
      labels: { namespace: `ns-${index}`, pod: `checkout-${SUFFIX}` },
      points: [{ atMs: 0, value: index }],
    }),
  )
  return { kind: 'ok', series }
}

const pod = (namespace: string): Target => ({
  pod: `${namespace}/checkout-${SUFFIX}`,
  podUid: namespace,
  origin: 'http://10.0.0.1:0',
  path: '/',
  cpuCores: 1,
  expected: true,
})

describe('a thousand Guards on one server', () => {
  it('are one question per signal and interval, and each gets what is its own', async () => {
    services = 1_000
    const { observer, queries, clock } = rig()
    const observers = Array.from({ length: 1_000 }, (_, index) => observer(`ns-${index}`))
    for (const [index, one] of observers.entries()) one.setTargets([pod(`ns-${index}`)])
    const rounds = await Promise.all(observers.map((one) => one.observe()))
    expect(queries).toHaveLength(6)
    expect(rounds.map((round) => round.observations.rps)).toEqual(
      rounds.map((_, index) => ({ kind: 'ok', value: index })),
    )
    await clock.advance(5_000)
    await Promise.all(observers.map((one) => one.observe()))
    expect(queries).toHaveLength(6)
    await clock.advance(5_000)
    await Promise.all(observers.map((one) => one.observe()))
    expect(queries).toHaveLength(12)
  })

  it('that come one by one do not each ask for all', async () => {
    services = 100
    const { observer, queries, clock } = rig()
    const seen: unknown[] = []
    const running: Promise<unknown>[] = []
    for (let index = 0; index < 100; index++) {
      running.push(
        observer(`ns-${index}`)
          .observe()
          .then((round) => seen.push(round.observations.rps)),
      )
      await clock.advance(10)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await clock.advance(250)
    await Promise.all(running)
    expect(seen).toHaveLength(100)
    // A second in all, four batches in it, and the first and the last.
    expect(queries.length).toBeLessThanOrEqual(6 * 6)
  })
})

describe('Guards', () => {
  it('of different servers, tenants, intervals or labels ask apart', async () => {
    services = 1
    const { observer, queries } = rig()
    const shapes = [
      {},
      { url: 'http://q' },
      { tenant: 'shop' },
      { interval: '20s' },
      { match: { service: 'checkout' } },
      { podLabel: 'kubernetes_pod_name' },
    ]
    await Promise.all(shapes.map((prometheus) => observer('ns-0', 'checkout', prometheus).observe()))
    expect(queries).toHaveLength(6 * shapes.length)
  })

  it('in one namespace get the pods of their own workload only', async () => {
    const of = (name: string, value: number) => ({
      labels: { namespace: 'shop', pod: `${name}-${SUFFIX}` },
      points: [{ atMs: 0, value }],
    })
    const series = [of('checkout', 1), of('payments', 2), of('checkout-worker', 4)]
    const { observer } = rig({ answer: () => ({ kind: 'ok', series }) })
    const names = ['checkout', 'payments', 'checkout-worker']
    const rounds = await Promise.all(names.map((name) => observer('shop', name)).map((one) => one.observe()))
    expect(rounds.map((round) => round.observations.rps)).toEqual([1, 2, 4].map((value) => ({ kind: 'ok', value })))
  })

  it('whose server fails for one signal know the others', async () => {
    services = 1
    const { observer } = rig({
      answer: (query) => (query.includes('cpu') ? { kind: 'failed', why: 'http://p: HTTP 500' } : ALL(query)),
    })
    const { observations } = await observer('ns-0').observe()
    expect(observations.rps).toEqual({ kind: 'ok', value: 0 })
    expect(observations.cpu).toEqual({ kind: 'unknown', why: 'http://p: HTTP 500' })
  })

  it('that are gone are asked for no more', async () => {
    services = 2
    const { observer, queries, clock } = rig()
    const [first, second] = [observer('ns-0'), observer('ns-1')]
    await first.observe()
    expect(queries[0]).toContain('namespace=~"ns-0|ns-1"')
    first.close()
    await clock.advance(10_000)
    await second.observe()
    expect(queries[6]).toContain('namespace="ns-1"')
  })
})

it('an observer that is told to stop does not wait for the server', async () => {
  const { observer } = rig({ answer: () => new Promise(() => undefined) })
  const stop = new AbortController()
  const round = observer('ns-0').observe(stop.signal)
  stop.abort()
  expect((await round).observations.rps).toEqual({ kind: 'unknown', why: 'the controller stops' })
})

it('an exporter of which only the namespace is known is asked for that, and nobody’s pods are missed', async () => {
  const queries: string[] = []
  const series = [3, 4].map((value, index) => ({
    labels: { namespace: 'shop', pod: `exporter-${index}`, evenkeel_part: 'max' },
    points: [{ atMs: 0, value }],
  }))
  const api: PrometheusApi = {
    query: async (_server, query) => {
      queries.push(query)
      return { kind: 'ok', series }
    },
    queryRange: () => Promise.reject(new Error('no history is asked for')),
    close: () => Promise.resolve(),
  }
  const [side] = planOf(
    GUARD_SPEC.parse({
      target: { name: 'checkout' },
      signals: {
        queue: { metric: 'jobs', aggregate: 'max', match: { queue: 'mail' }, prometheus: { url: 'http://p' } },
      },
    }),
  ).sides
  if (side?.kind !== 'prometheus') throw new Error('not asked of a Prometheus')
  const eyes = createPrometheusSource({ api, clock: manualClock() }).observer('shop', side.spec)
  eyes.setTargets([pod('shop')])
  expect((await eyes.observe()).observations.queue).toEqual({ kind: 'ok', value: 4 })
  expect(queries).toHaveLength(1)
  expect(queries[0]).toContain('jobs{namespace="shop",queue=~"mail"}')
})
