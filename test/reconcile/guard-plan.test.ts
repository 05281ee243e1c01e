// From a Guard's spec to what its loop uses.
import { describe, expect, it } from 'vitest'
import { GUARD_SPEC } from '../../controller/model/guard.ts'
import { PROFILES } from '../../controller/observe/profiles/profiles.ts'
import { planOf, targetOf } from '../../controller/reconcile/guard-plan.ts'

const plan = (spec: Record<string, unknown> = {}) => planOf(GUARD_SPEC.parse({ target: { name: 'checkout' }, ...spec }))

describe('with nothing but a target', () => {
  it('the defaults of the reference hold', () => {
    const { endpoint, rules, scrape } = plan()
    expect(endpoint).toEqual({ port: 'metrics', path: '/metrics', scheme: 'http' })
    expect(scrape).toEqual({
      intervalMs: 1_000,
      timeoutMs: 800,
      windowMs: 10_000,
      rateWindowMs: 2_000,
      minimumRequests: 20,
      sources: PROFILES['prom-client'],
      optional: ['pool', 'queue'],
    })
    expect(rules).toEqual({
      thresholds: { errors: 0.05, latency: 0.5, cpu: 0.9, pool: 0.8, queue: 1000 },
      perReplicaRps: undefined,
      windowMs: 10_000,
      holdMs: 1_800,
      releaseBelow: 0.8,
      releaseForMs: 30_000,
    })
  })

  it.each(['prom-client', 'otel', 'fastapi'] as const)('the profile %s gives all sources', (profile) => {
    expect(plan({ signals: { profile } }).scrape.sources).toEqual(PROFILES[profile])
  })
})

describe('a signal that is named in the Guard', () => {
  it.each<[string, unknown, unknown]>([
    ['rps', { metric: 'hits' }, { metric: 'hits' }],
    ['errors', { metric: 'hits', match: { code: '5..' } }, { metric: 'hits', match: { code: '5..' } }],
    ['latency', { metric: 'took' }, { metric: 'took', unit: 'seconds' }],
    ['cpu', { metric: 'burnt', match: {} }, { metric: 'burnt', match: {} }],
    ['pool', { used: { metric: 'busy' }, max: 20 }, { used: { metric: 'busy' }, max: 20 }],
    [
      'pool',
      { used: { metric: 'busy' }, max: { metric: 'size', match: { pool: 'main' } } },
      { used: { metric: 'busy' }, max: { metric: 'size', match: { pool: 'main' } } },
    ],
    ['queue', { metric: 'jobs', aggregate: 'max' }, { metric: 'jobs', aggregate: 'max' }],
  ])('%s replaces every candidate of the profile, and only its own', (name, override, candidate) => {
    const { sources } = plan({ signals: { [name]: override } }).scrape
    expect(sources).toStrictEqual({ ...PROFILES['prom-client'], [name]: [candidate] })
  })

  it('must be there, while what only the profile guesses may be absent', () => {
    const pool = { used: { metric: 'busy' }, max: 20 }
    expect(plan({ signals: { pool } }).scrape.optional).toEqual(['queue'])
    expect(plan({ signals: { pool, queue: { metric: 'jobs' } } }).scrape.optional).toEqual([])
  })
})

describe('times', () => {
  const timeout = (scrape: Record<string, unknown>, limits: Record<string, unknown> = {}) =>
    plan({ signals: { from: { scrape } }, limits }).scrape

  it.each([
    ['200ms', 160],
    ['5s', 4_000],
    ['1m', 10_000],
  ])('a pod may take 80 %% of an interval of %s, and at most 10 s', (interval, timeoutMs) => {
    expect(timeout({ interval }, { window: '5m' }).timeoutMs).toBeCloseTo(timeoutMs)
  })

  it('a timeout that is given holds', () => {
    expect(timeout({ interval: '1m', timeout: '30s' }, { window: '5m' }).timeoutMs).toBe(30_000)
  })

  it.each([
    ['1s', '2s', '10s', 2_000],
    ['1s', '0s', '10s', 1_000],
    ['5s', '2s', '10s', 5_000],
    ['1s', '30s', '10s', 10_000],
  ])(
    'load is taken over the hold, no less than an interval, no more than the window (%s, %s, %s)',
    (interval, hold, window, ms) => {
      expect(timeout({ interval }, { hold, window }).rateWindowMs).toBe(ms)
    },
  )
})

describe('signals from a Prometheus', () => {
  const from = (prometheus: object, limits: object = {}) =>
    plan({ signals: { from: { prometheus: { url: 'http://p/prom', ...prometheus } } }, limits })

  it('are asked of its server, by the pods of the workload, at its interval', () => {
    const { prometheus, scrape, rules } = from({ tenant: 'shop' })
    expect(prometheus).toEqual({
      server: { url: 'http://p/prom', tenant: 'shop' },
      workload: { kind: 'Deployment', name: 'checkout' },
      podLabel: 'pod',
      intervalMs: 15_000,
      timeoutMs: 10_000,
      windowMs: 60_000,
      rateWindowMs: 60_000,
      minimumRequests: 20,
      sources: PROFILES['prom-client'],
      optional: ['pool', 'queue'],
    })
    expect(scrape.intervalMs).toBe(15_000)
    expect(rules).toMatchObject({ windowMs: 60_000, holdMs: 0 })
    expect(plan().prometheus).toBeUndefined()
  })

  it.each([
    ['1s', '10s', '2s', 10_000, 4_000],
    ['1s', '10s', '8s', 10_000, 8_000],
    ['5s', '10s', '2s', 20_000, 20_000],
    ['5s', '1m', '2m', 60_000, 60_000],
  ])(
    'at an interval of %s, a window of %s and a hold of %s are taken over %i and %i ms',
    (interval, window, hold, windowMs, rateWindowMs) => {
      expect(from({ interval }, { window, hold }).prometheus).toMatchObject({ windowMs, rateWindowMs })
    },
  )

  it('are selected by what the Guard says, when it says something', () => {
    expect(from({ match: { service: 'checkout' } }).prometheus?.match).toEqual({ service: 'checkout' })
  })
})

it('the baseline of a replica is that of the scale remedy', () => {
  expect(plan({ remedies: [{ scale: { min: 1, max: 3, perReplica: { rps: 500 } } }] }).rules.perReplicaRps).toBe(500)
})

it('a target is always in the namespace of its Guard', () => {
  expect(targetOf('shop', { kind: 'StatefulSet', name: 'db' })).toEqual({
    kind: 'StatefulSet',
    namespace: 'shop',
    name: 'db',
  })
})
