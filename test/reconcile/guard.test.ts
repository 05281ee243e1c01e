// The loop of one Guard from outside: which Guards it runs, refuses, begins again and forgets.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEventRecorder, type EventRecorder } from '../../controller/kube/events.ts'
import { projectRaw, type RawObject } from '../../controller/kube/resources.ts'
import type { Condition } from '../../controller/model/conditions.ts'
import { GUARD_STATUS } from '../../controller/model/guard-status.ts'
import { METRICS } from '../../controller/model/names.ts'
import type { Workload } from '../../controller/model/workload.ts'
import { createPrometheusApi } from '../../controller/observe/prometheus/api.ts'
import { createPrometheusSource } from '../../controller/observe/prometheus/source.ts'
import { createFetcher } from '../../controller/observe/scrape/fetcher.ts'
import { createGuardLoop, type GuardLoop } from '../../controller/reconcile/guard.ts'
import { createMetrics, type Metrics } from '../../controller/record/metrics.ts'
import { type Leader, SPEC, useRig } from './rig.ts'
import { GUARD } from './shop-api.ts'

const rig = useRig()
const KEY = 'shop/checkout'

const CHECKOUT: Workload = {
  kind: 'Deployment',
  namespace: 'shop',
  name: 'checkout',
  uid: 'd',
  resourceVersion: '1',
  selector: {},
  replicas: 2,
  readyReplicas: 2,
}
/** The watch's copy of the Deployments: empty at the start, so that the target does not exist. */
const deployments = new Map<string, Workload>()

let leader: Leader
let onDuty: boolean
/** The watch's copy of the Guard. */
let cached: RawObject | undefined
let events: EventRecorder
let metrics: Metrics
let loop: GuardLoop

beforeEach(async () => {
  leader = await rig.leader()
  const { client, clock } = leader.deps
  onDuty = true
  events = createEventRecorder({ client, clock, instance: 'a', onError: () => {} })
  metrics = createMetrics({ version: '1', isLeading: () => true, guards: () => loop.views(), events: () => ({}) })
  deployments.clear()
  loop = createGuardLoop({
    ...leader.deps,
    guards: { get: () => cached },
    workloads: { Deployment: deployments, StatefulSet: new Map() },
    pods: { byNamespace: () => [], onChange: () => () => {} },
    features: { byNamespace: () => [], onChange: () => () => {} },
    failoverGroups: { byNamespace: () => [], onChange: () => () => {} },
    services: { get: () => undefined, onChange: () => () => {} },
    isOnDuty: () => onDuty,
    fetcher: createFetcher(),
    prometheus: createPrometheusSource({ api: createPrometheusApi(), clock }),
    events,
    metrics,
    signal: new AbortController().signal,
  })
  store(SPEC, 1)
})
afterEach(() => loop.close())

function store(spec: unknown, generation: number): void {
  rig.api.put(GUARD, { ...rig.api.get(GUARD), metadata: { uid: 'g', generation }, spec })
  cached = projectRaw(rig.api.get(GUARD))
}

function conditions(): Record<string, string> {
  const status = GUARD_STATUS.parse(rig.api.get(GUARD)?.status)
  return Object.fromEntries(
    (status.conditions ?? []).map((one: Condition) => [one.type, `${one.status} ${one.message}`]),
  )
}

const writes = () => rig.api.calls.filter((call) => call.startsWith('PATCH guards')).length

describe('a Guard whose target does not exist', () => {
  it('is told so, keeps nothing healthy or broken, and is looked at again', async () => {
    expect(await loop.reconcile(KEY)).toEqual({ requeueAfterMs: 5_000 })
    expect(conditions()).toMatchObject({
      Accepted: 'True The spec is accepted.',
      Observed: expect.stringContaining('Deployment shop/checkout does not exist'),
      Healthy: expect.stringMatching(/^Unknown /),
    })
    expect([...loop.views()].map(({ name }) => name)).toEqual(['checkout'])
  })
})

describe('a Guard whose spec can’t be used', () => {
  const BAD = { ...SPEC, limits: { cpu: 90 } }

  it('is refused in one clear sentence, once, with an Event, and is not run', async () => {
    store(BAD, 1)
    expect(await loop.reconcile(KEY)).toEqual({})
    await loop.reconcile(KEY)
    await events.flush()
    expect(conditions()).toMatchObject({
      Accepted: expect.stringMatching(/^False spec\.limits\.cpu \(90\) is a number, not a string: /),
      Healthy: expect.stringMatching(/^Unknown /),
    })
    expect([writes(), events.counts, [...loop.views()]]).toMatchObject([1, { sent: 1 }, []])
    expect([...loop.refused()]).toMatchObject([{ namespace: 'shop', name: 'checkout' }])
    expect(rig.api.bodiesOf('POST events')).toMatchObject([{ reason: 'SpecRejected', regarding: { name: 'checkout' } }])
  })

  it('is refused again later when the API server did not take it', async () => {
    store(BAD, 1)
    rig.api.failNext('PATCH guards/checkout/status', 500)
    expect(await loop.reconcile(KEY)).toEqual({ requeueAfterMs: 1_000 })
    expect(await loop.reconcile(KEY)).toEqual({})
    expect(conditions().Accepted).toMatch(/^False /)
  })

  it('is run as soon as it is corrected', async () => {
    store(BAD, 1)
    await loop.reconcile(KEY)
    store(SPEC, 2)
    await loop.reconcile(KEY)
    expect([conditions().Accepted, loop.generationOf(KEY)]).toEqual(['True The spec is accepted.', 2])
    expect([...loop.refused()]).toEqual([])
  })
})

it('a Guard that is paused says so, and nothing is done', async () => {
  await loop.reconcile(KEY)
  expect(GUARD_STATUS.parse(rig.api.get(GUARD)?.status).circuit?.state).toBe('Closed')
  store({ ...SPEC, mode: 'Paused' }, 2)
  expect(await loop.reconcile(KEY)).toEqual({})
  // A circuit that nobody judges would stay as it was for ever.
  expect(GUARD_STATUS.parse(rig.api.get(GUARD)?.status).circuit).toBeUndefined()
  expect(conditions().Healthy).toBe('Unknown The Guard is paused: nothing is observed, decided or done.')
  expect([[...loop.views()], [...loop.refused()]]).toEqual([[], []])
})

it('a Guard whose status another replica wrote is begun again from that', async () => {
  await loop.reconcile(KEY)
  rig.api.put(GUARD, { ...rig.api.get(GUARD), metadata: { uid: 'g' }, status: { incident: 'theirs' } })
  // Something to write: the target is there now.
  deployments.set(KEY, CHECKOUT)
  expect(await loop.reconcile(KEY)).toEqual({ requeueAfterMs: 100 })
  expect([...loop.views()]).toEqual([])
  await loop.reconcile(KEY)
  expect(conditions().Accepted).toBe('True The spec is accepted.')
})

describe('a Guard is forgotten', () => {
  const series = async () =>
    (await metrics.registry.metrics()).split('\n').filter((line) => line.includes('guard="checkout"'))

  beforeEach(async () => {
    await loop.reconcile(KEY)
    metrics.decisions.inc({ namespace: 'shop', guard: 'checkout', verdict: 'Acted' })
    expect((await series()).length).toBeGreaterThan(2)
  })

  it('when it is deleted: no session and no series is left', async () => {
    cached = undefined
    expect(await loop.reconcile(KEY)).toEqual({})
    expect([loop.generationOf(KEY), await series()]).toEqual([undefined, []])
  })

  it('when this replica stands by: what it counted itself stays', async () => {
    onDuty = false
    expect(await loop.reconcile(KEY)).toEqual({})
    expect(loop.generationOf(KEY)).toBeUndefined()
    const counters = (await series()).map((line) => line.replace(/\{.*/, ''))
    expect(counters.toSorted()).toEqual([
      METRICS.decisions,
      METRICS.guardRequestsFailed,
      METRICS.guardRequestsSlow,
      METRICS.guardRequestsTimed,
      METRICS.guardRequests,
    ])
  })
})
