// What is written of a Guard and its Incident, when, and what happens when it can't be: over real HTTP.
import { describe, expect, it } from 'vitest'
import { KubeError } from '../../controller/model/errors.ts'
import type { GuardStatus } from '../../controller/model/guard-status.ts'
import type { Incident } from '../../controller/model/incident.ts'
import {
  keepIncident,
  keepStatus,
  noteFailure,
  Superseded,
  writeStatusNow,
} from '../../controller/reconcile/write-status.ts'
import { anAct, useRig } from './rig.ts'
import { GUARD, INCIDENTS } from './shop-api.ts'

const rig = useRig()

const WRITE = 'PATCH guards/checkout/status'
const T = '2026-01-01T00:00:00.000Z'
const healthy = (message: string) =>
  ({ type: 'Healthy', status: 'True', reason: 'Well', message, lastTransitionTime: T }) as const
const reading = (text: string): GuardStatus => ({ conditions: [healthy('fine')], signals: { cpu: { text } } })

const written = () => rig.api.bodiesOf(WRITE)
/** What was written as status, without its precondition. */
const statuses = () =>
  written().map((body) => (typeof body === 'object' && body !== null ? Reflect.get(body, 'status') : body))

describe('a status', () => {
  it('is written as what differs, each time with the version that the last answer gave', async () => {
    const { deps, begin } = await rig.leader()
    const session = await begin()
    await writeStatusNow(deps, session, { ...reading('45 %'), incident: 'one' })
    const version = session.status.resourceVersion
    await writeStatusNow(deps, session, { ...reading('46 %'), replicas: { wanted: 2, ready: 2 } })
    expect(written()).toEqual([
      { metadata: { resourceVersion: '101' }, status: { ...reading('45 %'), incident: 'one' } },
      {
        metadata: { resourceVersion: version },
        status: { signals: { cpu: { text: '46 %' } }, replicas: { wanted: 2, ready: 2 }, incident: null },
      },
    ])
    expect(rig.api.get(GUARD)?.status).toEqual({ ...reading('46 %'), replicas: { wanted: 2, ready: 2 } })
  })

  it('that is as it was costs no request', async () => {
    const { deps, begin } = await rig.leader()
    const session = await begin()
    await writeStatusNow(deps, session, reading('45 %'))
    await writeStatusNow(deps, session, structuredClone(reading('45 %')))
    await keepStatus(deps, session, structuredClone(reading('45 %')))
    expect(written().length).toBe(1)
  })

  it('is written by the leader alone', async () => {
    const leader = await rig.leader()
    const session = await leader.begin()
    leader.lead(false)
    await keepStatus(leader.deps, session, reading('45 %'))
    expect(written()).toEqual([])
  })

  it('tells news at once, and mere readings every ten seconds', async () => {
    const { deps, begin } = await rig.leader()
    const session = await begin()
    await keepStatus(deps, session, reading('45 %'))
    await rig.time.advance(9_999)
    await keepStatus(deps, session, reading('46 %'))
    expect(statuses()).toEqual([reading('45 %')])
    await rig.time.advance(1)
    await keepStatus(deps, session, reading('47 %'))
    await keepStatus(deps, session, { ...reading('48 %'), recentActions: [anAct()] })
    expect(statuses().slice(1)).toEqual([
      { signals: { cpu: { text: '47 %' } } },
      { signals: { cpu: { text: '48 %' } }, recentActions: [anAct()] },
    ])
  })

  it('keeps its readings back when all Guards together have written too many, but never its news', async () => {
    const { deps, begin } = await rig.leader({ readings: 1 })
    const session = await begin()
    await keepStatus(deps, session, reading('45 %'))
    for (const text of ['46 %', '47 %']) {
      await rig.time.advance(10_000)
      await keepStatus(deps, session, reading(text))
    }
    await keepStatus(deps, session, { ...reading('48 %'), conditions: [] })
    expect(statuses().slice(1)).toEqual([
      { signals: { cpu: { text: '46 %' } } },
      { signals: { cpu: { text: '48 %' } }, conditions: [] },
    ])
  })
})

describe('when the API server refuses a status', () => {
  it('the next try waits, longer after each failure, and a success forgets them', async () => {
    const { deps, begin } = await rig.leader()
    const session = await begin()
    const { status } = session
    for (const [failures, ceilingMs] of [
      [1, 500],
      [2, 1_000],
      [3, 2_000],
    ] as const) {
      rig.api.failNext(WRITE, 500)
      await keepStatus(deps, session, reading('45 %'))
      const waitMs = status.notBefore - deps.clock.monotonic()
      expect(status.failures).toBe(failures)
      expect(waitMs).toBeGreaterThanOrEqual(ceilingMs / 2)
      expect(waitMs).toBeLessThanOrEqual(ceilingMs)
      await rig.time.advance(waitMs - 1)
      await keepStatus(deps, session, reading('45 %'))
      expect(written().length).toBe(failures)
      await rig.time.advance(1)
    }
    await keepStatus(deps, session, reading('45 %'))
    expect([written().length, status.failures, status.notBefore]).toEqual([4, 0, 0])
  })

  it('it never waits longer than 30 s', async () => {
    const { deps, begin } = await rig.leader()
    const { status } = await begin()
    const error = new KubeError('down', { status: 0, reason: 'ECONNREFUSED' })
    const waits = Array.from({ length: 50 }, () => noteFailure(deps, status, error))
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000)
    expect(Math.min(...waits.slice(10))).toBeGreaterThanOrEqual(15_000)
  })

  it('because a person edited the Guard, it goes through on the next tick without waiting', async () => {
    const { deps, begin } = await rig.leader()
    const session = await begin()
    rig.api.put(GUARD, { ...rig.api.get(GUARD), metadata: { labels: { team: 'a' } } })
    await keepStatus(deps, session, reading('45 %'))
    expect([rig.api.get(GUARD)?.status, session.status.notBefore]).toEqual([undefined, 0])
    await keepStatus(deps, session, reading('45 %'))
    expect(rig.api.get(GUARD)).toMatchObject({ metadata: { labels: { team: 'a' } }, status: reading('45 %') })
  })

  it.each([
    [
      'another leader has written it',
      () => rig.api.put(GUARD, { ...rig.api.get(GUARD), metadata: {}, status: reading('9 %') }),
    ],
    ['somebody has emptied it', () => rig.api.put(GUARD, { ...rig.api.get(GUARD), metadata: {}, status: {} })],
  ])('because %s, the session is superseded and overwrites nothing', async (_, interfere) => {
    const { deps, begin } = await rig.leader()
    const session = await begin()
    await writeStatusNow(deps, session, reading('45 %'))
    interfere()
    const found = rig.api.get(GUARD)
    await expect(keepStatus(deps, session, { ...reading('46 %'), recentActions: [anAct()] })).rejects.toThrow(
      Superseded,
    )
    expect(rig.api.get(GUARD)).toEqual(found)
  })

  it('because the Guard is gone, nothing is thrown and nothing is made', async () => {
    const { deps, begin } = await rig.leader()
    const session = await begin()
    rig.api.remove(GUARD)
    await keepStatus(deps, session, reading('45 %'))
    expect([rig.api.get(GUARD), session.status.failures]).toEqual([undefined, 1])
  })
})

describe('an Incident', () => {
  const PATH = `${INCIDENTS}/checkout-1`
  const APPLY = 'PATCH incidents/checkout-1/status'
  const incident = (status: Partial<Incident['status']> = {}): Incident => ({
    name: 'checkout-1',
    namespace: 'shop',
    spec: { guard: 'checkout', target: { kind: 'Deployment', name: 'checkout' } },
    status: {
      phase: 'Open',
      summary: 's',
      onset: T,
      detectedAt: T,
      findings: [],
      actions: [],
      timeline: [],
      ...status,
    },
  })
  const calls = () => rig.api.calls.filter((call) => call.includes('incidents'))

  it('is made with the label of its Guard, then its status is applied', async () => {
    const { deps, begin } = await rig.leader()
    const one = incident()
    await keepIncident(deps, await begin(), one)
    expect(calls()).toEqual(['POST incidents', APPLY])
    expect(rig.api.get(PATH)).toMatchObject({
      metadata: { name: 'checkout-1', namespace: 'shop', labels: { 'evenkeel.dev/guard': 'checkout' } },
      spec: one.spec,
      status: one.status,
    })
  })

  it('that a predecessor made is carried on', async () => {
    rig.api.put(PATH, { spec: incident().spec, status: incident().status })
    const { deps, begin } = await rig.leader()
    await keepIncident(deps, await begin(), incident({ phase: 'Mitigated' }))
    expect(calls()).toEqual(['POST incidents', 'GET incidents/checkout-1', APPLY])
    expect(rig.api.get(PATH)).toMatchObject({ status: { phase: 'Mitigated' } })
  })

  it('is written at once when its story goes on, and every five seconds while only a peak grows', async () => {
    const { deps, begin } = await rig.leader()
    const session = await begin()
    const opened = incident()
    await keepIncident(deps, session, opened)
    await keepIncident(deps, session, opened)
    await rig.time.advance(4_999)
    const grown: Incident = { ...opened, status: { ...opened.status, summary: 'grown' } }
    await keepIncident(deps, session, grown)
    expect(calls()).toEqual(['POST incidents', APPLY])
    await rig.time.advance(1)
    await keepIncident(deps, session, grown)
    expect(calls().length).toBe(3)
    const told: Incident = { ...grown, status: { ...grown.status, timeline: [{ at: T, what: 'more' }] } }
    await keepIncident(deps, session, told)
    await keepIncident(deps, session, { ...told, status: { ...told.status, phase: 'Resolved' } })
    expect([calls().length, rig.api.get(PATH)]).toMatchObject([5, { status: { phase: 'Resolved', summary: 'grown' } }])
  })

  it('that was deleted by hand is made anew after the wait', async () => {
    const { deps, begin } = await rig.leader()
    const session = await begin()
    await keepIncident(deps, session, incident())
    rig.api.remove(PATH)
    const resolved = incident({ phase: 'Resolved' })
    await keepIncident(deps, session, resolved)
    expect(rig.api.get(PATH)).toBeUndefined()
    await rig.time.advance(500)
    await keepIncident(deps, session, resolved)
    expect(rig.api.get(PATH)).toMatchObject({ status: { phase: 'Resolved' } })
  })

  it('that can’t be written holds no status back', async () => {
    const { deps, begin } = await rig.leader()
    const session = await begin()
    rig.api.failNext('POST incidents', 403)
    await keepIncident(deps, session, incident())
    await keepStatus(deps, session, reading('45 %'))
    expect([session.incident.failures, session.status.failures, written().length]).toEqual([1, 0, 1])
  })
})
