// From a proposal to a deed, over real HTTP: announced before it is done, by one leader only, and never twice.
import { describe, expect, it } from 'vitest'
import { numberAt } from '../../controller/kube/json.ts'
import type { Proposal } from '../../controller/model/command.ts'
import { actOn, decideOn } from '../../controller/reconcile/act-on.ts'
import type { Session } from '../../controller/reconcile/session.ts'
import { Superseded } from '../../controller/reconcile/write-status.ts'
import { actsOf, anAct, type Leader, TARGET, useRig } from './rig.ts'
import { AUTOSCALERS, DEPLOYMENT, GUARD } from './shop-api.ts'

const rig = useRig()

const PROPOSAL: Proposal = {
  remedy: 'scale',
  direction: 'up',
  from: 2,
  to: 4,
  reasons: ['CPU is 95 %', 'Load is high'],
}
const ANNOUNCE = 'PATCH guards/checkout/status'
const SCALE = 'PATCH deployments/checkout/scale'
const READS = ['GET deployments/checkout/scale', 'GET horizontalpodautoscalers']

/** A session that sees all of its service. */
async function begin({ begin, deps }: Leader): Promise<Session> {
  const session = await begin()
  const { limits } = session.state
  session.last = {
    observations: {},
    assessment: { at: deps.clock.now(), observations: {}, limits, findings: [], blind: [] },
  }
  return session
}

async function decideAndAct({ deps }: Leader, session: Session) {
  const decision = await decideOn(deps, session, PROPOSAL, TARGET)
  expect(decision).toMatchObject({ verdict: 'act' })
  return actOn(deps, session, decision, actsOf)
}

const replicas = () => numberAt(rig.api.get(DEPLOYMENT), 'spec', 'replicas')
const writes = () => rig.api.calls.filter((call) => call.startsWith('PATCH'))

describe('an act', () => {
  it('is read for, announced with the version we know, and then done with the version that was read', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    const known = session.status.resourceVersion
    expect(await decideAndAct(leader, session)).toEqual({ kind: 'done' })
    const [guard, ...calls] = rig.api.calls
    expect([guard, ...calls.slice(0, 2).toSorted(), ...calls.slice(2)]).toEqual([
      'GET guards/checkout',
      ...READS,
      ANNOUNCE,
      SCALE,
    ])
    const announced = {
      at: '2026-01-01T00:00:00.000Z',
      remedy: 'scale',
      field: 'Deployment/checkout replicas',
      from: 2,
      to: 4,
      why: 'CPU is 95 %; Load is high',
    }
    expect(rig.api.bodiesOf(ANNOUNCE)).toEqual([
      {
        metadata: { resourceVersion: known },
        status: { recentActions: [{ id: expect.any(String), ...announced, outcome: 'Pending' }] },
      },
    ])
    expect(rig.api.bodiesOf(SCALE)).toEqual([{ metadata: { resourceVersion: '102' }, spec: { replicas: 4 } }])
    expect(session.state.recentActions).toMatchObject([{ ...announced, outcome: 'Done' }])
    expect(replicas()).toBe(4)
  })

  it('raises the minimum of an autoscaler that owns the replicas, and announces what it was', async () => {
    const hpa = `${AUTOSCALERS}/web`
    const scaleTargetRef = { kind: 'Deployment', name: 'checkout' }
    rig.api.put(hpa, { spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 10 } })
    const leader = await rig.leader()
    const session = await begin(leader)
    expect(await decideAndAct(leader, session)).toEqual({ kind: 'done' })
    expect(writes()).toEqual([ANNOUNCE, 'PATCH horizontalpodautoscalers/web'])
    expect(rig.api.bodiesOf(ANNOUNCE)).toMatchObject([
      {
        status: {
          recentActions: [{ field: 'HorizontalPodAutoscaler/web minimum', from: 1, to: 4, outcome: 'Pending' }],
          raisedMinimum: { kind: 'HorizontalPodAutoscaler', name: 'web', original: 1 },
        },
      },
    ])
    expect([numberAt(rig.api.get(hpa), 'spec', 'minReplicas'), replicas()]).toEqual([4, 2])
  })

  it('that the API refuses has Failed, and says what it said', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    rig.api.failNext(SCALE, 403)
    const detail = expect.stringMatching(/^PATCH Deployment shop\/checkout\/scale: 403 /)
    expect(await decideAndAct(leader, session)).toEqual({ kind: 'failed', why: detail })
    expect(session.state.recentActions).toMatchObject([{ outcome: 'Failed', detail }])
    expect(replicas()).toBe(2)
  })

  it('on a target that changed in between is no act, and nothing is remembered of it', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    const decision = await decideOn(leader.deps, session, PROPOSAL, TARGET)
    rig.api.put(DEPLOYMENT, { spec: { replicas: 3 } })
    expect(await actOn(leader.deps, session, decision, actsOf)).toMatchObject({ kind: 'conflict' })
    expect([session.state.recentActions, replicas()]).toEqual([[], 3])
  })

  it('is Abandoned when the lease is lost after the announcement', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    const decision = await decideOn(leader.deps, session, PROPOSAL, TARGET)
    leader.lead(false)
    expect(await actOn(leader.deps, session, decision, actsOf)).toMatchObject({ kind: 'failed' })
    expect(session.state.recentActions).toMatchObject([
      { outcome: 'Abandoned', detail: 'the lease was lost before the write' },
    ])
    expect(writes()).toEqual([ANNOUNCE])
  })
})

describe('when the announcement fails, nothing is done:', () => {
  it('another leader has written the status, so that this session is superseded', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    rig.api.put(GUARD, { ...rig.api.get(GUARD), status: { recentActions: [anAct()] }, metadata: {} })
    const decision = await decideOn(leader.deps, session, PROPOSAL, TARGET)
    await expect(actOn(leader.deps, session, decision, actsOf)).rejects.toThrow(Superseded)
    expect([writes(), session.state.recentActions, replicas()]).toEqual([[ANNOUNCE], [], 2])
  })

  it('of two leaders who announce at once, one acts', async () => {
    const leaders = await Promise.all([rig.leader(), rig.leader()])
    const deeds = await Promise.allSettled(
      (await Promise.all(leaders.map(async (leader) => [leader, await begin(leader)] as const))).map(
        async ([leader, session]) => decideAndAct(leader, session),
      ),
    )
    expect(
      deeds.map((deed) => (deed.status === 'fulfilled' ? deed.value.kind : deed.reason.constructor)).toSorted(),
    ).toEqual([Superseded, 'done'].toSorted())
    expect([writes().filter((call) => call === SCALE).length, replicas()]).toEqual([1, 4])
  })

  it('a person has edited the Guard, so that only its version moved, and the next try goes through', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    rig.api.put(GUARD, { ...rig.api.get(GUARD), metadata: { labels: { team: 'a' } } })
    expect(await decideAndAct(leader, session)).toEqual({
      kind: 'failed',
      why: expect.stringMatching(/^it could not be announced in the Guard's status: .*409 Conflict/),
    })
    expect([writes(), session.state.recentActions, session.status.notBefore]).toEqual([[ANNOUNCE], [], 0])
    expect(await decideAndAct(leader, session)).toEqual({ kind: 'done' })
  })

  it('the API server fails, so that the next try waits', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    rig.api.failNext(ANNOUNCE, 500)
    expect(await decideAndAct(leader, session)).toMatchObject({ kind: 'failed' })
    expect([writes(), session.state.recentActions, replicas()]).toEqual([[ANNOUNCE], [], 2])
    expect(session.status.notBefore).toBeGreaterThan(leader.deps.clock.monotonic())
  })
})

describe('a leader that dies between the announcement and the answer', () => {
  it.each([
    ['the write had arrived', 'lost after', 4, 'Done', /^found done after/],
    [
      'the write had not arrived',
      'lost before',
      2,
      'Abandoned',
      /^found not done \(Deployment\/checkout replicas is 2\)/,
    ],
  ] as const)('leaves its act to the successor, who finds that %s', async (_, how, found, outcome, detail) => {
    const first = await rig.leader()
    const session = await begin(first)
    rig.api.failNext(SCALE, how)
    expect(await decideAndAct(first, session)).toMatchObject({ kind: 'failed', why: /no answer/ })
    expect(session.state.recentActions).toMatchObject([{ outcome: 'Pending' }])
    await first.deps.client.close()

    const successor = await rig.leader()
    const { state } = await successor.begin()
    expect(state.recentActions).toMatchObject([{ from: 2, to: 4, outcome, detail: expect.stringMatching(detail) }])
    expect([replicas(), writes()]).toEqual([found, [ANNOUNCE, SCALE]])
  })
})

describe('the interlocks', () => {
  it('that need no read veto without asking the API server', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    leader.lead(false)
    const decision = await decideOn(leader.deps, session, PROPOSAL, TARGET)
    expect(decision).toMatchObject({
      verdict: 'veto',
      rulings: [{ interlock: 'leadership', verdict: 'Veto' }, {}, {}, {}, {}, {}],
    })
    expect(rig.api.calls).toEqual(['GET guards/checkout'])
  })

  it('veto an act on a reading that the API server does not confirm', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    rig.api.put(DEPLOYMENT, { spec: { replicas: 3 } })
    const { verdict, rulings } = await decideOn(leader.deps, session, PROPOSAL, TARGET)
    const why = 'a fresh read shows 3 replicas, not 2: decided again on the next tick'
    expect([verdict, rulings.filter((one) => one.verdict === 'Veto')]).toEqual([
      'veto',
      [{ interlock: 'freshness', verdict: 'Veto', why }],
    ])
  })

  it('veto when the autoscalers can’t be read', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    rig.api.failNext('GET horizontalpodautoscalers', 403)
    const { verdict, rulings } = await decideOn(leader.deps, session, PROPOSAL, TARGET)
    expect(verdict).toBe('veto')
    expect(rulings).toContainEqual({
      interlock: 'another-owner',
      verdict: 'Veto',
      why: expect.stringMatching(/^the autoscalers could not be read: .*403/),
    })
  })

  it('veto for 30 s after the clock jumped', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    rig.jump(60_000)
    expect(leader.deps.clock.checkForJump()).toBe(60_000)
    const decide = () => decideOn(leader.deps, session, PROPOSAL, TARGET)
    expect((await decide()).rulings).toContainEqual({
      interlock: 'clock',
      verdict: 'Veto',
      why: 'the clock jumped; nothing is done for another 30 s',
    })
    await rig.time.advance(30_000)
    expect(await decide()).toMatchObject({ verdict: 'act' })
  })

  it('veto a second act within the cooldown, by what the first leader wrote', async () => {
    rig.api.put(GUARD, { ...rig.api.get(GUARD), status: { recentActions: [anAct({ outcome: 'Done' })] } })
    const leader = await rig.leader()
    const session = await begin(leader)
    await rig.time.advance(14_000)
    const decide = () => decideOn(leader.deps, session, PROPOSAL, TARGET)
    expect(await decide()).toMatchObject({ verdict: 'veto' })
    await rig.time.advance(1_000)
    expect(await decide()).toMatchObject({ verdict: 'act' })
  })
})
