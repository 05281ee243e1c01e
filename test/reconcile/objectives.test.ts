// Objectives in the loop: counted, kept in status through restarts, and told when a budget begins and ceases to burn.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventNote } from '../../controller/kube/events.ts'
import type { JsonObject } from '../../controller/kube/json.ts'
import { projectRaw } from '../../controller/kube/resources.ts'
import { GUARD_STATUS } from '../../controller/model/guard-status.ts'
import { EVENT_REASONS, METRICS } from '../../controller/model/names.ts'
import type { Workload } from '../../controller/model/workload.ts'
import type { Series } from '../../controller/observe/prometheus/answer.ts'
import { createPrometheusSource } from '../../controller/observe/prometheus/source.ts'
import { createFetcher } from '../../controller/observe/scrape/fetcher.ts'
import { createGuardLoop, type GuardLoop } from '../../controller/reconcile/guard.ts'
import { createMetrics, type Metrics } from '../../controller/record/metrics.ts'
import { SPEC, useRig } from './rig.ts'
import { GUARD } from './shop-api.ts'

const rig = useRig()
const KEY = 'shop/checkout'
const TICK_MS = 10_000
/** The watch knows no pods: with none wanted either, the service is not down. */
const CHECKOUT: Workload = {
  kind: 'Deployment',
  namespace: 'shop',
  name: 'checkout',
  uid: 'd',
  resourceVersion: '1',
  selector: {},
  replicas: 0,
  readyReplicas: 0,
}
const spec = (objectives: object) => ({
  ...SPEC,
  signals: { from: { prometheus: { url: 'http://p', interval: '10s' } } },
  objectives,
})

/** What the server says of the last 40 s, the range that an interval of 10 s leads to; undefined when it can't be asked. */
let said: { readonly requests: number; readonly failed: number; readonly slow: number } | undefined
let metadata: JsonObject
let loop: GuardLoop
let metrics: Metrics
let notes: EventNote[]

beforeEach(async () => {
  said = { requests: 4000, failed: 0, slow: 0 }
  metadata = { uid: 'g', generation: 1 }
  notes = []
  store(spec({ availability: '99.9%', latency: { p95: '70ms' } }))
  await begin()
})
afterEach(() => loop.close())

function answer(query: string): readonly Series[] {
  if (said === undefined) throw new Error('not answered')
  const { requests, failed, slow } = said
  const row = (value: number, labels: Record<string, string> = {}): Series => ({
    labels: { namespace: 'shop', pod: 'checkout-7d9f8c6b5-bcd2x', ...labels },
    points: [{ atMs: 0, value }],
  })
  if (query.includes('"errors"'))
    return [row(failed, { evenkeel_part: 'errors' }), row(requests, { evenkeel_part: 'requests' })]
  if (query.includes('_bucket'))
    return [
      row(requests - slow, { evenkeel_part: 'seconds', le: '0.07' }),
      row(requests, { evenkeel_part: 'seconds', le: '+Inf' }),
    ]
  return []
}

/** A controller process; the one before it is gone. */
async function begin(): Promise<void> {
  const { deps } = await rig.leader()
  metrics = createMetrics({ version: '1', isLeading: () => true, guards: () => loop.views(), events: () => ({}) })
  const api = {
    query: async (_server: unknown, query: string) =>
      said === undefined
        ? ({ kind: 'failed', why: 'refused' } as const)
        : ({ kind: 'ok', series: answer(query) } as const),
    queryRange: () => Promise.reject(new Error('no history is asked for')),
    close: () => Promise.resolve(),
  }
  loop = createGuardLoop({
    ...deps,
    guards: { get: () => projectRaw(rig.api.get(GUARD)) },
    workloads: { Deployment: new Map([[KEY, CHECKOUT]]), StatefulSet: new Map() },
    services: { get: () => undefined, onChange: () => () => {} },
    features: { byNamespace: () => [], onChange: () => () => {} },
    failoverGroups: { byNamespace: () => [], onChange: () => () => {} },
    pods: { byNamespace: () => [], onChange: () => () => {} },
    isOnDuty: () => true,
    fetcher: createFetcher(),
    prometheus: createPrometheusSource({ api, clock: deps.clock }),
    events: { record: (note) => notes.push(note) },
    metrics,
    signal: new AbortController().signal,
  })
}

function store(guardSpec: object): void {
  const { status } = rig.api.get(GUARD) ?? {}
  rig.api.put(GUARD, { metadata, spec: guardSpec, ...(status === undefined ? {} : { status }) })
}

async function tick(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await loop.reconcile(KEY)
    await rig.time.advance(TICK_MS)
  }
}

function objective(name: 'availability' | 'latency') {
  const found = GUARD_STATUS.parse(rig.api.get(GUARD)?.status).objectives?.find((one) => one.objective === name)
  if (found === undefined) throw new Error(`there is no objective ${name}`)
  return found
}

const burningPairs = (name: 'availability' | 'latency') =>
  objective(name)
    .burns.filter((burn) => burn.burningSince !== undefined)
    .map(({ pair }) => pair)
const told = (reason: string) => notes.filter((note) => note.reason === reason).map(({ note }) => note)

describe('objectives', () => {
  it('are counted in metrics too, whence a Prometheus can reckon the same', async () => {
    said = { requests: 4000, failed: 2, slow: 100 }
    await tick(21)
    const text = await metrics.registry.metrics()
    for (const [name, count] of [
      [METRICS.guardRequests, 20_000],
      [METRICS.guardRequestsFailed, 10],
      [METRICS.guardRequestsTimed, 20_000],
      [METRICS.guardRequestsSlow, 500],
    ])
      expect(text).toContain(`${name}{namespace="shop",guard="checkout"} ${count}`)
  })

  it('are counted by rate and time, and stand in status with their budgets', async () => {
    said = { requests: 4000, failed: 2, slow: 100 }
    await tick(21)
    expect(objective('availability')).toMatchObject({
      text: '99.9 % of requests succeed over 30 d',
      requests: 20_000,
      bad: 10,
      budgetLeft: 0.5,
      coverage: 1,
    })
    expect(objective('latency')).toMatchObject({
      text: '95 % of requests are served within 70 ms over 30 d',
      within: 0.07,
      requests: 20_000,
      bad: 500,
      budgetLeft: 0.5,
    })
    // 5 % leave room for a burn rate of 20 at most.
    expect(objective('latency').burns.map(({ pair }) => pair)).toEqual(['1h/5m', '6h/30m', '1d/2h', '3d/6h'])
    expect(told(EVENT_REASONS.budgetBurning)).toEqual([])
  })

  it('that begin to burn are told once, at once in status, and by the metrics; and so when they cease', async () => {
    await tick(5)
    said = { requests: 4000, failed: 400, slow: 0 }
    await tick(3)
    expect(burningPairs('availability')).toEqual(['1h/5m', '6h/30m', '1d/2h', '3d/6h'])
    expect(burningPairs('latency')).toEqual([])
    const began = told(EVENT_REASONS.budgetBurning)
    expect(began).toHaveLength(4)
    expect(began[0]).toMatch(
      /^The error budget of “99\.9 % of requests succeed over 30 d” is spent \S+ and \S+ times as fast as it may over 1h and 5m: past 14\.4\.$/,
    )
    const exposed = await metrics.registry.metrics()
    const labels = 'namespace="shop",guard="checkout",objective="availability"'
    expect(exposed).toContain(`${METRICS.guardBudgetBurning}{${labels},pair="1h/5m"} 1`)
    expect(exposed).toContain(`${METRICS.guardObjective}{${labels}} 0.999`)
    expect(exposed).toMatch(new RegExp(`${METRICS.guardBudgetRemaining}{${labels}} -\\d`))
    expect(exposed).toMatch(new RegExp(`${METRICS.guardBurnRate}{${labels},window="6h"} \\d`))
    said = { requests: 4_000_000, failed: 0, slow: 0 }
    await tick(70)
    expect(burningPairs('availability')).toEqual([])
    expect(told(EVENT_REASONS.budgetBurning)).toHaveLength(4)
    expect(told(EVENT_REASONS.budgetSteady)).toHaveLength(4)
  })

  it('go on after a restart from what was written, say no news twice, and count nothing for the time between', async () => {
    said = { requests: 4000, failed: 400, slow: 0 }
    await tick(10)
    const before = objective('availability')
    expect(told(EVENT_REASONS.budgetBurning)).toHaveLength(4)
    loop.close()
    await rig.time.advance(600_000)
    await begin()
    await tick(1)
    const after = objective('availability')
    expect([after.requests, after.bad, after.since]).toEqual([before.requests, before.bad, before.since])
    expect(told(EVENT_REASONS.budgetBurning)).toHaveLength(4)
    await tick(2)
    const later = objective('availability')
    expect(later.requests).toBe(before.requests + 2000)
    expect(later.coverage).toBeLessThan(0.2)
  })

  it('are kept when the spec changes, but for a latency that is asked for anew', async () => {
    await tick(10)
    const { requests } = objective('availability')
    metadata = { ...metadata, generation: 2 }
    store(spec({ availability: '99.99%', latency: { p95: '50ms' } }))
    await tick(1)
    expect(objective('availability')).toMatchObject({ target: 0.9999, requests })
    expect(objective('latency')).toMatchObject({ within: 0.05, requests: 0 })
    metadata = { ...metadata, generation: 3 }
    store({ ...spec({}), objectives: undefined })
    await tick(1)
    expect(GUARD_STATUS.parse(rig.api.get(GUARD)?.status).objectives).toBeUndefined()
  })

  it('count nothing while nothing is known, and cost no write for it', async () => {
    await tick(10)
    const before = objective('availability')
    said = undefined
    await tick(1)
    const writes = rig.api.calls.filter((call) => call.startsWith('PATCH guards')).length
    await tick(20)
    expect(objective('availability').requests).toBe(before.requests)
    expect(rig.api.calls.filter((call) => call.startsWith('PATCH guards')).length).toBe(writes)
  })
})
