// The ledger in the loop: kept in status at the pace of status, through restarts and changes of the spec.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEventRecorder } from '../../controller/kube/events.ts'
import type { JsonObject } from '../../controller/kube/json.ts'
import { projectRaw } from '../../controller/kube/resources.ts'
import { GUARD_STATUS } from '../../controller/model/guard-status.ts'
import type { LedgerStatus } from '../../controller/model/ledger-status.ts'
import { ANNOTATIONS, METRICS } from '../../controller/model/names.ts'
import type { Workload } from '../../controller/model/workload.ts'
import { createPrometheusApi } from '../../controller/observe/prometheus/api.ts'
import { createPrometheusSource } from '../../controller/observe/prometheus/source.ts'
import { createFetcher } from '../../controller/observe/scrape/fetcher.ts'
import { createGuardLoop, type GuardLoop } from '../../controller/reconcile/guard.ts'
import { createMetrics, type Metrics } from '../../controller/record/metrics.ts'
import { SPEC, useRig } from './rig.ts'
import { DEPLOYMENT, GUARD } from './shop-api.ts'

const rig = useRig()
const KEY = 'shop/checkout'
const START = Date.UTC(2026, 0, 1)

/** Two replicas are wanted and none is ready: the service is down. */
const DOWN: Workload = {
  kind: 'Deployment',
  namespace: 'shop',
  name: 'checkout',
  uid: 'd',
  resourceVersion: '1',
  selector: {},
  replicas: 2,
  readyReplicas: 0,
}
/** Empty: the workload is not there, so that nothing is known. */
const deployments = new Map<string, Workload>()
let metadata: JsonObject
let spec: JsonObject
let loop: GuardLoop
let metrics: Metrics

beforeEach(async () => {
  deployments.clear()
  metadata = { uid: 'g', generation: 1 }
  spec = SPEC
  store()
  await begin()
})
afterEach(() => loop.close())

/** A controller process; the one before it is gone. */
async function begin(): Promise<void> {
  const { deps } = await rig.leader()
  metrics = createMetrics({ version: '1', isLeading: () => true, guards: () => loop.views(), events: () => ({}) })
  loop = createGuardLoop({
    ...deps,
    guards: { get: () => projectRaw(rig.api.get(GUARD)) },
    workloads: { Deployment: deployments, StatefulSet: new Map() },
    pods: { byNamespace: () => [], onChange: () => () => {} },
    features: { byNamespace: () => [], onChange: () => () => {} },
    failoverGroups: { byNamespace: () => [], onChange: () => () => {} },
    services: { get: () => undefined, onChange: () => () => {} },
    isOnDuty: () => true,
    fetcher: createFetcher(),
    prometheus: createPrometheusSource({ api: createPrometheusApi(), clock: deps.clock }),
    events: createEventRecorder({ client: deps.client, clock: deps.clock, instance: 'a', onError: () => {} }),
    metrics,
    signal: new AbortController().signal,
  })
}

function store(more: JsonObject = {}): void {
  metadata = { ...metadata, ...more }
  const { status } = rig.api.get(GUARD) ?? {}
  rig.api.put(GUARD, { metadata, spec, ...(status === undefined ? {} : { status }) })
}

/** Ticks each second for so long. */
async function tickFor(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await loop.reconcile(KEY)
    await rig.time.advance(1000)
  }
}

function ledger(): LedgerStatus {
  const found = GUARD_STATUS.parse(rig.api.get(GUARD)?.status).ledger
  if (found === undefined) throw new Error('there is no ledger')
  return found
}

const seconds = (time: string) => (Date.parse(time) - START) / 1000
const openNow = () => ledger().open.map(({ kind, start }) => [kind, seconds(start)])
const recent = () => ledger().recent.map(({ kind, start, end }) => [kind, seconds(start), seconds(end)])
const writes = () => rig.api.calls.filter((call) => call.startsWith('PATCH guards')).length

describe('the ledger in status', () => {
  it('is unknown while nothing is seen, and tells an outage at once', async () => {
    await tickFor(3)
    expect(openNow()).toEqual([['unknown', 0]])
    deployments.set(KEY, DOWN)
    await tickFor(1)
    expect([openNow(), recent()]).toEqual([[['down', 3]], [['unknown', 0, 3]]])
  })

  it('costs no write while only the clock goes on', async () => {
    await tickFor(2)
    const before = writes()
    await tickFor(300)
    expect(writes()).toBe(before)
    expect([...loop.views()][0]?.ledger()).toMatchObject({ unknown: 301, availability: null })
  })

  it('of an outage that goes on is written at the pace of readings, so that a successor loses no more', async () => {
    deployments.set(KEY, DOWN)
    await tickFor(2)
    const before = writes()
    await tickFor(60)
    expect(writes() - before).toBe(6)
    expect(seconds(ledger().seenAt)).toBe(60)
  })

  it('is told by the metrics', async () => {
    deployments.set(KEY, DOWN)
    await tickFor(62)
    const figures = [...loop.views()][0]?.ledger()
    expect(figures).toMatchObject({ down: 61, observed: 61, availability: 0, openIncidents: 1 })
    expect(await metrics.registry.metrics()).toContain(`${METRICS.guardMttr}{namespace="shop",guard="checkout"} 61`)
  })

  it('goes on without a gap when the spec is changed', async () => {
    deployments.set(KEY, DOWN)
    await tickFor(5)
    store({ generation: 2 })
    await tickFor(5)
    expect([openNow(), recent()]).toEqual([[['down', 0]], []])
    expect([...loop.views()][0]?.ledger()).toMatchObject({ down: 9, unknown: 0 })
  })

  it('after a restart counts the time since the last write as unknown', async () => {
    deployments.set(KEY, DOWN)
    await tickFor(1)
    deployments.delete(KEY)
    await tickFor(1)
    deployments.set(KEY, DOWN)
    await tickFor(1)
    loop.close()
    await rig.time.advance(57_000)
    await begin()
    await tickFor(1)
    expect([openNow(), recent()]).toEqual([
      [['down', 60]],
      [
        ['down', 0, 2],
        ['unknown', 2, 60],
      ],
    ])
  })

  it('is kept through a pause', async () => {
    deployments.set(KEY, DOWN)
    await tickFor(2)
    const before = ledger()
    rig.api.put(GUARD, {
      ...rig.api.get(GUARD),
      metadata: { ...metadata, generation: 2 },
      spec: { ...SPEC, mode: 'Paused' },
    })
    await loop.reconcile(KEY)
    expect(ledger()).toEqual(before)
  })
})

describe('maintenance announced on the Guard', () => {
  const announce = (until: string) => store({ annotations: { [ANNOTATIONS.maintenanceUntil]: until } })

  it('is left out until its end, and an overrun counts', async () => {
    deployments.set(KEY, DOWN)
    announce(new Date(START + 10_000).toISOString())
    await tickFor(5)
    expect(openNow()).toEqual([
      ['down', 0],
      ['maintenance', 0],
    ])
    expect([...loop.views()][0]?.inMaintenance()).toBe(true)
    await tickFor(16)
    expect([...loop.views()][0]?.inMaintenance()).toBe(false)
    expect(recent()).toEqual([['maintenance', 0, 10]])
    expect([...loop.views()][0]?.ledger()).toMatchObject({ maintenance: 10, down: 10, outages: 1 })
  })

  it('that can’t be read is told, and counts for nothing', async () => {
    deployments.set(KEY, DOWN)
    announce('tomorrow')
    await tickFor(1)
    expect(ledger().fault).toMatch(/^the annotation evenkeel\.dev\/maintenance-until \("tomorrow"\) is not a time/)
    expect(openNow()).toEqual([['down', 0]])
  })
})

describe('maintenance by cron', () => {
  const NIGHT = { cron: '1 0 * * *', timezone: 'Etc/UTC', for: '1m' }

  beforeEach(() => {
    spec = { ...SPEC, maintenance: [NIGHT] }
    store()
    deployments.set(KEY, DOWN)
  })

  /** Ticks that never fall on a full second. */
  async function tickOddly(count: number): Promise<void> {
    for (let tick = 0; tick < count; tick++) {
      await loop.reconcile(KEY)
      await rig.time.advance(1_700)
    }
  }

  it('begins and ends at its very times, is told while it is on, and an overrun counts', async () => {
    await tickOddly(38)
    expect(openNow()).toEqual([
      ['down', 0],
      ['maintenance', 60],
    ])
    const until = new Date(START + 120_000).toISOString()
    expect(ledger().maintenance).toEqual([{ by: 'cron', cron: NIGHT.cron, timezone: NIGHT.timezone, until }])
    expect([...loop.views()][0]?.inMaintenance()).toBe(true)
    await tickOddly(50)
    expect([...loop.views()][0]?.inMaintenance()).toBe(false)
    expect(recent()).toEqual([['maintenance', 60, 120]])
    expect(ledger().maintenance).toBeUndefined()
    const figures = [...loop.views()][0]?.ledger()
    expect(figures).toMatchObject({ maintenance: 60, outages: 1 })
    expect((figures?.down ?? 0) + 60).toBe(figures?.observed)
  })

  it('ends at its time though no controller ran then', async () => {
    await tickOddly(40)
    loop.close()
    await rig.time.advance(200_000)
    await begin()
    await tickFor(1)
    expect(recent()).toContainEqual(['maintenance', 60, 120])
  })

  it('does not keep a schedule, or anything else, from acting', async () => {
    deployments.set(KEY, { ...DOWN, readyReplicas: 2 })
    const schedules = [{ cron: NIGHT.cron, for: '1h', scale: { min: 5 } }]
    spec = { ...SPEC, maintenance: [NIGHT], schedules }
    store({ generation: 2 })
    await tickOddly(35)
    expect(rig.api.get(DEPLOYMENT)?.spec).toEqual({ replicas: 2 })
    await tickOddly(3)
    expect(ledger().maintenance).toHaveLength(1)
    expect(rig.api.get(DEPLOYMENT)?.spec).toEqual({ replicas: 5 })
    const [act] = GUARD_STATUS.parse(rig.api.get(GUARD)?.status).recentActions ?? []
    expect(act).toMatchObject({
      to: 5,
      why: '2 replicas are fewer than min, which is 5 by the schedule "1 0 * * *" (UTC), until 2026-01-01T01:01:00.000Z',
    })
  })
})
