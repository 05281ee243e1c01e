// From what a Guard says of single signals to what is read elsewhere for them.
import { describe, expect, it } from 'vitest'
import { GUARD_SPEC } from '../../controller/model/guard.ts'
import { EVERY_SIGNAL, EXPORTER_PROFILES, SERVICE_PROFILES, TOLD_BY } from '../../controller/model/profiles.ts'
import { PROFILES } from '../../controller/observe/profiles/profiles.ts'
import { narrowed } from '../../controller/reconcile/candidates.ts'
import { planOf } from '../../controller/reconcile/guard-plan.ts'

const plan = (signals: object, limits: object = {}) =>
  planOf(GUARD_SPEC.parse({ target: { name: 'checkout' }, signals, limits }))
const NOTHING = { rps: [], errors: [], latency: [], cpu: [], pool: [], queue: [] }
const PROMETHEUS = { url: 'http://p:9090', interval: '5s' }

describe('an exporter behind a Service', () => {
  it('is scraped at the pace of the Guard, for its own signal, with the Guard’s labels in every selector', () => {
    const { scrape, sides, origins, hasOwn } = plan({
      pool: { profile: 'pgbouncer', service: 'pgb', port: 9127, match: { database: 'shop' } },
    })
    expect(scrape).toMatchObject({ sources: { ...PROFILES['prom-client'], pool: [] }, optional: ['queue'] })
    expect(hasOwn).toBe(true)
    expect(sides).toHaveLength(1)
    expect(sides[0]).toMatchObject({
      kind: 'service',
      signals: ['pool'],
      endpoint: { service: 'pgb', port: 9127, path: '/metrics', scheme: 'http' },
      spec: { intervalMs: 1_000, timeoutMs: 800, windowMs: 10_000, sources: { ...NOTHING, pool: expect.anything() } },
    })
    const used = sides[0]?.spec.sources.pool.map((one) => one.used)
    expect(used?.length).toBeGreaterThan(0)
    for (const one of used ?? []) expect(one).toMatchObject({ match: { database: 'shop' } })
    expect(origins).toEqual({ pool: 'pgbouncer at Service pgb' })
  })

  it('tells several signals in one scrape', () => {
    const place = { service: 'edge', path: '/stats' }
    const { sides, scrape } = plan({
      rps: { metric: 'hits', ...place },
      errors: { metric: 'hits', match: { code: '5..' }, ...place },
      latency: { metric: 'took', unit: 'milliseconds', ...place },
      queue: { metric: 'waiting', service: 'edge' },
    })
    expect(sides.map(({ signals }) => signals)).toEqual([['rps', 'errors', 'latency'], ['queue']])
    expect(sides[0]?.spec.sources).toEqual({
      ...NOTHING,
      rps: [{ metric: 'hits' }],
      errors: [{ metric: 'hits', match: { code: '5..' } }],
      latency: [{ metric: 'took', unit: 'milliseconds' }],
    })
    expect(sides[1]?.spec.sources).toEqual({ ...NOTHING, queue: [{ metric: 'waiting', aggregate: 'sum' }] })
    expect(scrape.sources).toMatchObject({ rps: [], errors: [], latency: [], queue: [] })
  })

  it('may be all that a Guard reads: then its own pods are only counted', () => {
    const { hasOwn, endpoint } = plan({ profile: 'generic', queue: { metric: 'jobs', service: 'jobs' } })
    expect(hasOwn).toBe(false)
    expect(endpoint.port).toBe(0)
  })

  it('that tells requests leaves the Guard’s own for its own errors', () => {
    const { scrape } = plan({ rps: { metric: 'hits', service: 'edge' } })
    expect(scrape.sources).toEqual(PROFILES['prom-client'])
  })
})

it('what a Guard says of a label stands over what the profile says of it', () => {
  const series = { metric: 'a', match: { code: '5..', verb: 'GET' } }
  expect(narrowed(series, { code: '503', host: 'x' })).toEqual({
    metric: 'a',
    match: { code: '503', verb: 'GET', host: 'x' },
  })
  expect(narrowed(series, undefined)).toBe(series)
})

describe('one signal from a Prometheus', () => {
  it('is asked over the ranges of that server, of whatever is in the namespace', () => {
    const { sides, origins } = plan({
      queue: { metric: 'jobs', aggregate: 'max', prometheus: { ...PROMETHEUS, tenant: 't', match: { job: 'x' } } },
    })
    expect(sides[0]).toEqual({
      kind: 'prometheus',
      signals: ['queue'],
      spec: {
        server: { url: 'http://p:9090', tenant: 't' },
        podLabel: 'pod',
        match: { job: 'x' },
        intervalMs: 5_000,
        timeoutMs: 4_000,
        windowMs: 20_000,
        rateWindowMs: 20_000,
        minimumRequests: 20,
        sources: { ...NOTHING, queue: [{ metric: 'jobs', aggregate: 'max' }] },
      },
    })
    expect(origins).toEqual({ queue: 'http://p:9090' })
  })

  it('is of the workload’s pods when it is their CPU', () => {
    const { sides } = plan({ cpu: { metric: 'container_cpu_usage_seconds_total', prometheus: PROMETHEUS } })
    expect(sides[0]?.spec).toMatchObject({ workload: { kind: 'Deployment', name: 'checkout' } })
  })
})

it('a Guard without any has none, and the list costs nothing', () => {
  expect(plan({}).sides).toEqual([])
  expect(plan({}).sides).toBe(plan({ queue: { metric: 'jobs' } }).sides)
})

it.each(Object.entries(PROFILES))('the profile %s tells what the model says, and nothing else', (name, sources) => {
  const told = EVERY_SIGNAL.filter((signal) =>
    Object.entries(sources).some(([key, some]) => key === signal && some.length > 0),
  )
  expect(told).toEqual(Object.entries(TOLD_BY).find(([known]) => known === name)?.[1])
})

it('a profile that stands in both lists tells the same in both', () => {
  const [services, exporters] = [
    new Map<string, unknown>(Object.entries(SERVICE_PROFILES)),
    Object.entries(EXPORTER_PROFILES),
  ]
  for (const [name, signals] of exporters) expect(services.get(name) ?? signals).toEqual(signals)
})
