// Evenkeel's own /metrics: every name that names.ts promises is there after one use, and a Guard that is gone leaves no series.
import parse from 'parse-prometheus-text-format'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { projectFeature } from '../../controller/kube/feature.ts'
import { ALL_CALM } from '../../controller/model/assessment.ts'
import type { Counts } from '../../controller/model/counts.ts'
import type { Action } from '../../controller/model/guard-status.ts'
import type { LedgerFigures } from '../../controller/model/ledger.ts'
import { METRICS } from '../../controller/model/names.ts'
import { type FailoverMetrics, registerFailoverMetrics } from '../../controller/record/failover-metrics.ts'
import { registerFlagMetrics } from '../../controller/record/flag-metrics.ts'
import { createMetrics, type GuardView, type Metrics } from '../../controller/record/metrics.ts'
import { registerProbeMetrics } from '../../controller/record/probe-metrics.ts'
import { DB } from './a-group.ts'

const FIGURES: LedgerFigures = {
  window: 3600,
  observed: 1800,
  unknown: 300,
  maintenance: 100,
  down: 140,
  outages: 2,
  availability: 0.9,
  availabilityWeighted: 0.85,
  mtbfSeconds: 630,
  mttrSeconds: 70,
  mttrClosedSeconds: 70,
  mttrMedianSeconds: 70,
  mttrP90Seconds: 80,
  openIncidents: 0,
  coverage: 0.8,
}

const actionAt = (second: string, outcome: Action['outcome']): Action => ({
  id: second,
  at: `1970-01-01T00:00:${second}.500Z`,
  remedy: 'scale',
  field: 'Deployment/checkout replicas',
  from: 2,
  to: 4,
  why: 'w',
  outcome,
})

const CHECKOUT: GuardView = {
  namespace: 'shop',
  name: 'checkout',
  observations: {
    rps: { kind: 'ok', value: 1840 },
    cpu: { kind: 'unknown', why: 'timeout' },
    replicasWanted: { kind: 'ok', value: 4 },
    replicasReady: { kind: 'ok', value: 3 },
  },
  limits: {
    ...ALL_CALM,
    rps: { phase: 'breached', onset: 0, confirmedAt: 0, peak: 1, threshold: 1, eased: false },
    cpu: { phase: 'holding', since: 0, peak: 1, threshold: 1 },
  },
  conditions: [
    { type: 'Accepted', status: 'True', reason: 'A', message: 'a', lastTransitionTime: 't' },
    { type: 'Healthy', status: 'False', reason: 'A', message: 'a', lastTransitionTime: 't' },
    { type: 'Observed', status: 'Unknown', reason: 'A', message: 'a', lastTransitionTime: 't' },
  ],
  ladder: () => ({ rung: 2, featuresOff: 3 }),
  flows: [{ flow: 'browse', limit: 120, since: 't', reason: 'r' }],
  podsIsolated: 1,
  circuit: {
    mode: 'Auto',
    judged: 'HalfOpen',
    since: 0,
    until: 1,
    trips: 1,
    inARow: 1,
    causes: ['cpu'],
    reason: 'r',
  },
  thresholds: { cpu: 0.9, latency: 0.5, rps: undefined },
  seenAt: 10_000,
  recentActions: [actionAt('01', 'Done'), actionAt('02', 'Done'), actionAt('03', 'Failed')],
  incidentOpen: true,
  inMaintenance: () => true,
  bindingResource: 'sockets',
  objectives: () => [
    {
      state: {
        rule: { name: 'availability', target: 0.9, withinMs: undefined, windowMs: 1, minimumEvents: 1 },
        at: 1,
        closed: undefined,
        between: undefined,
        burningSince: [undefined, 1, undefined, undefined],
        series: { since: 0, open: { start: 0, events: 1, bad: 1, watchedMs: 1 }, minutes: [], hours: [], days: [] },
      },
      figures: {
        events: 1,
        bad: 1,
        budgetLeft: -9,
        coverage: 1,
        burns: [
          { long: 10, short: 9 },
          { long: 8, short: 7 },
          { long: 6, short: null },
          { long: 5, short: 8 },
        ],
      },
    },
  ],
  ledger: () => FIGURES,
}
const COUNTS: Counts = {
  requests: { events: 20, bad: 3, watchedMs: 1 },
  timed: { events: 18, bad: 2, watchedMs: 1 },
}
const GUARD = { namespace: 'shop', guard: 'checkout' }

let guards: Map<string, GuardView>
let leading: boolean
let metrics: Metrics
let failovers: FailoverMetrics

beforeEach(() => {
  guards = new Map([['shop/checkout', CHECKOUT]])
  leading = true
  metrics = createMetrics({
    version: '1.2.3',
    isLeading: () => leading,
    guards: () => guards.values(),
    refused: () => [{ namespace: 'shop', name: 'mistyped' }],
    events: () => ({ sent: 3, dropped: 0 }),
  })
  registerFlagMetrics(metrics.registry, {
    now: () => 0,
    features: () => [
      projectFeature({
        metadata: { namespace: 'shop', name: 'reviews' },
        spec: { tier: 'Sheddable' },
        status: { demandedBy: { checkout: { since: '2026-01-01T00:00:00Z', reason: 'slow' } } },
      }),
    ],
    evaluations: () => ({ one: 7 }),
    streams: () => ({ ofrep: 2, flagd: 3 }),
  })
  failovers = registerFailoverMetrics(metrics.registry, () => [DB])
  registerProbeMetrics(metrics.registry, {
    answers: () => ({ http: { in: 4, out: 1 } }),
    services: () => [
      { service: { namespace: 'shop', name: 'checkout' }, isPanic: false, pods: [{ place: 'in' }, { place: 'out' }] },
    ],
  })
})

const text = z.string().optional()
const FAMILIES = z.array(
  z.object({
    name: z.string(),
    metrics: z.array(z.object({ labels: z.record(z.string(), z.string()).optional(), value: text, count: text })),
  }),
)

const families = async () => FAMILIES.parse(parse(await metrics.registry.metrics()))

/** The series of one metric, by the values of their labels but the Guard's. */
async function seriesOf(name: string): Promise<Record<string, number>> {
  const family = (await families()).find((one) => one.name === name)
  const series: Record<string, number> = {}
  for (const { labels = {}, value, count } of family?.metrics ?? []) {
    const { namespace: _n, guard: _g, ...rest } = labels
    series[Object.values(rest).join(' ')] = Number(value ?? count)
  }
  return series
}

function useAll(): void {
  metrics.actions.inc({ ...GUARD, remedy: 'scale', direction: 'up', outcome: 'Done' })
  metrics.decisions.inc({ ...GUARD, verdict: 'Acted' })
  metrics.vetoes.inc({ ...GUARD, interlock: 'cooldown' })
  metrics.queries.inc({ outcome: 'ok' })
  metrics.alertPushes.inc({ outcome: 'ok' })
  metrics.requests.count('shop', 'checkout', COUNTS)
  metrics.scrapes.inc({ outcome: 'ok' })
  metrics.tickDuration.observe(0.01)
  metrics.tickLag.observe(0)
  failovers.ended(DB, { kind: 'Failover', outcome: 'Done', tookMs: 1_500 })
  metrics.kubeRequests.observe({ method: 'GET', status: '200' }, 0.01)
}

describe('after one use', () => {
  it.each(Object.values(METRICS))('%s has a series, a type and a help', async (name) => {
    useAll()
    const text = await metrics.registry.metrics()
    expect(text).toMatch(new RegExp(`^# HELP ${name} \\S`, 'm'))
    expect(text).toMatch(new RegExp(`^# TYPE ${name} (counter|gauge|histogram)$`, 'm'))
    expect(Object.keys(await seriesOf(name)).length).toBeGreaterThan(0)
  })

  it('there is no metric of ours that names.ts does not name', async () => {
    useAll()
    const ours = (await families()).map((family) => family.name).filter((name) => name.startsWith('evenkeel_'))
    expect(ours.toSorted()).toEqual(Object.values(METRICS).toSorted())
  })
})

it('counters of scrapes, queries and pushes begin at zero, so that rate() sees the first failure', async () => {
  expect([
    await seriesOf(METRICS.scrapes),
    await seriesOf(METRICS.queries),
    await seriesOf(METRICS.alertPushes),
  ]).toEqual([
    { ok: 0, failed: 0 },
    { ok: 0, failed: 0 },
    { ok: 0, failed: 0 },
  ])
})

it('requests are added up, those that failed or were slow apart', async () => {
  metrics.requests.count('shop', 'checkout', COUNTS)
  metrics.requests.count('shop', 'checkout', COUNTS)
  const counted = [
    METRICS.guardRequests,
    METRICS.guardRequestsFailed,
    METRICS.guardRequestsTimed,
    METRICS.guardRequestsSlow,
  ].map(seriesOf)
  expect(await Promise.all(counted)).toEqual([{ '': 40 }, { '': 6 }, { '': 36 }, { '': 4 }])
})

it.each([
  [METRICS.probeAnswers, { 'http in': 4, 'http out': 1 }],
  [METRICS.serviceBackends, { 'checkout in': 1, 'checkout out': 1 }],
  [METRICS.servicePanic, { checkout: 0 }],
])('%s', async (name, series) => {
  expect(await seriesOf(name)).toEqual(series)
})

describe('flags', () => {
  it.each([
    [
      METRICS.featureState,
      { 'reviews Sheddable Normal': 0, 'reviews Sheddable Degraded': 1, 'reviews Sheddable Overridden': 0 },
    ],
    [METRICS.flagEvaluations, { one: 7 }],
    [METRICS.flagStreams, { ofrep: 2, flagd: 3 }],
  ])('%s', async (name, series) => {
    expect(await seriesOf(name)).toEqual(series)
  })
})

describe('the gauges of a Guard', () => {
  it.each([
    [METRICS.guardSignal, { rps: 1840 }],
    [METRICS.guardSignalUnknown, { rps: 0, cpu: 1, replicasWanted: 0, replicasReady: 0 }],
    [METRICS.guardLimit, { cpu: 0.9, latency: 0.5 }],
    [METRICS.guardLastAction, { scale: 2.5 }],
    [METRICS.guardRemedyPending, { '': 1 }],
    [METRICS.guardActsFailing, { '': 1 }],
    [METRICS.guardActReversals, { '': 0 }],
    [METRICS.guardBreached, { rps: 1, errors: 0, latency: 0, cpu: 0, pool: 0, queue: 0 }],
    [METRICS.guardCircuitState, { Closed: 0, HalfOpen: 1, Open: 0 }],
    [METRICS.guardCondition, { Accepted: 1, Healthy: 0, Observed: -1 }],
    [METRICS.guardReplicas, { wanted: 4, ready: 3 }],
    [METRICS.guardIncidentOpen, { '': 1 }],
    [METRICS.guardInMaintenance, { '': 1 }],
    [METRICS.guardAvailability, { '': 0.9 }],
    [METRICS.guardMtbf, { '': 630 }],
    [METRICS.guardMttr, { '': 70 }],
    [METRICS.guardOutages, { '': 2 }],
    [METRICS.guardLedgerCoverage, { '': 0.8 }],
    [METRICS.guardLedgerSeconds, { observed: 1800, down: 140, unknown: 300, maintenance: 100 }],
  ])('%s', async (name, series) => {
    expect(await seriesOf(name)).toEqual(series)
  })

  it('are those of this moment: a signal that turned unknown has no value any more', async () => {
    await metrics.registry.metrics()
    guards.set('shop/checkout', { ...CHECKOUT, observations: { rps: { kind: 'unknown', why: 'timeout' } } })
    expect(await seriesOf(METRICS.guardSignal)).toEqual({})
    expect(await seriesOf(METRICS.guardSignalUnknown)).toEqual({ rps: 1 })
  })

  it('tell where the ladder stands, what is off and what is limited', async () => {
    expect(await seriesOf('evenkeel_guard_rung')).toEqual({ '': 2 })
    expect(await seriesOf('evenkeel_guard_features_off')).toEqual({ '': 3 })
    expect(await seriesOf('evenkeel_guard_flow_limit')).toEqual({ browse: 120 })
    expect(await seriesOf('evenkeel_fleet_panic')).toEqual({ '': 0 })
  })

  it('leave out a figure that there is nothing to make of', async () => {
    guards.set('shop/checkout', { ...CHECKOUT, ledger: () => ({ ...FIGURES, outages: 0, mttrSeconds: null }) })
    expect([await seriesOf(METRICS.guardMttr), await seriesOf(METRICS.guardOutages)]).toEqual([{}, { '': 0 }])
    guards.set('shop/checkout', { ...CHECKOUT, ledger: () => undefined })
    expect([await seriesOf(METRICS.guardOutages), await seriesOf(METRICS.guardLedgerSeconds)]).toEqual([{}, {}])
  })

  it('name the namespace and the Guard', async () => {
    const text = await metrics.registry.metrics()
    expect(text).toContain(`${METRICS.guardSignal}{namespace="shop",guard="checkout",signal="rps"} 1840`)
    expect(text).toContain(`${METRICS.guardIncidentOpen}{namespace="shop",guard="checkout"} 1`)
  })
})

describe('a Guard that is deleted', () => {
  it('leaves no series behind, and the others keep theirs', async () => {
    useAll()
    guards.set('shop/cart', { ...CHECKOUT, name: 'cart' })
    expect(await metrics.registry.metrics()).toContain('guard="checkout"')
    guards.delete('shop/checkout')
    await metrics.forgetGuard('shop', 'checkout')
    const text = await metrics.registry.metrics()
    expect(text.split('\n').filter((line) => line.includes('guard="checkout"'))).toEqual([])
    expect(text).toContain('guard="cart"')
  })
})

it('Kubernetes Events are counted by what became of them, and no scrape counts them twice', async () => {
  await metrics.registry.metrics()
  expect(await seriesOf(METRICS.events)).toEqual({ sent: 3, dropped: 0 })
})

it('a Guard whose spec is refused is told beside those that run, and has no other series', async () => {
  const text = await metrics.registry.metrics()
  expect(text.split('\n').filter((line) => line.includes('mistyped'))).toEqual([
    `${METRICS.guardRefused}{namespace="shop",guard="mistyped"} 1`,
  ])
  expect(text).toContain(`${METRICS.guardRefused}{namespace="shop",guard="checkout"} 0`)
})

it('the leader says so, and what is not the leader says 0', async () => {
  expect(await seriesOf(METRICS.leader)).toEqual({ '': 1 })
  leading = false
  expect(await seriesOf(METRICS.leader)).toEqual({ '': 0 })
})

it('the build says its version', async () => {
  expect(await metrics.registry.metrics()).toContain(`${METRICS.buildInfo}{version="1.2.3"} 1`)
})

it('the process itself is measured too', async () => {
  expect(await metrics.registry.metrics()).toMatch(/^process_cpu_seconds_total /m)
})
