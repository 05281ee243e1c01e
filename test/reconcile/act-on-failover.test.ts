// A group is asked to switch, over real HTTP: announced first, only as it was read, and known again when the answer was lost.
import { describe, expect, it } from 'vitest'
import { projectFailoverGroup } from '../../controller/kube/failover-group.ts'
import type { JsonObject } from '../../controller/kube/json.ts'
import type { FailoverProposal } from '../../controller/model/command.ts'
import { actOn, decideOn } from '../../controller/reconcile/act-on.ts'
import { planOf } from '../../controller/reconcile/guard-plan.ts'
import { settlePending } from '../../controller/reconcile/restore.ts'
import type { Session } from '../../controller/reconcile/session.ts'
import { timestamp } from '../../controller/record/status.ts'
import { guardSpec } from '../decide/ladder-world.ts'
import { actsOf, anAct, type Leader, TARGET, useRig } from './rig.ts'

const rig = useRig()
const GROUP = '/apis/evenkeel.dev/v1alpha1/namespaces/shop/failovergroups/shop-db'
const PATCH = 'PATCH failovergroups/shop-db'
const PROPOSAL: FailoverProposal = {
  remedy: 'failover',
  direction: 'up',
  group: 'shop-db',
  from: 4,
  to: 5,
  reasons: ['p99 latency is 2 s', 'the database binds'],
  rung: 0,
}
const SPEC = { mode: 'Enforce', method: { mysql: {} }, service: 'db', members: [{ name: 'db-0' }, { name: 'db-1' }] }
const conditions = (change: Readonly<Record<string, string>>) =>
  Object.entries({ Available: 'True', FailoverReady: 'True', RecoveryBlocked: 'False', ...change }).map(
    ([type, status]) => ({ type, status, reason: 'R', message: 'm', lastTransitionTime: '2026-01-01T00:00:00Z' }),
  )

function putGroup(status: JsonObject = {}, annotations: JsonObject = {}): void {
  rig.api.put(GROUP, {
    metadata: { uid: 'u', generation: 1, annotations },
    spec: SPEC,
    status: { active: 'db-0', epoch: 4, conditions: conditions({}), ...status },
  })
}
const request = () => projectFailoverGroup(rig.api.get(GROUP)).request

async function begin(leader: Leader): Promise<Session> {
  const session = await leader.begin()
  session.plan = planOf(guardSpec([{ failover: { group: 'shop-db', effectWithin: '30s', cooldown: '0s' } }]))
  const observations = {}
  session.last = {
    observations,
    assessment: { at: leader.deps.clock.now(), observations, limits: session.state.limits, findings: [], blind: [] },
  }
  return session
}

/** `meanwhile` is what others do between the decision and the write. */
async function act({ deps }: Leader, session: Session, meanwhile = () => {}) {
  const decision = await decideOn(deps, session, PROPOSAL, TARGET)
  meanwhile()
  return decision.verdict === 'act' ? actOn(deps, session, decision, actsOf) : decision
}

describe('asking a group to switch', () => {
  it('is announced, then written as the annotation that a person writes, under the name of the Guard', async () => {
    putGroup()
    const leader = await rig.leader()
    const session = await begin(leader)
    expect(await act(leader, session)).toEqual({ kind: 'done' })
    const [action] = session.state.recentActions
    expect(action).toMatchObject({
      remedy: 'failover',
      field: 'FailoverGroup/shop-db',
      from: 4,
      to: 5,
      outcome: 'Done',
    })
    expect(request()).toEqual({
      id: action?.id,
      kind: 'Switchover',
      by: 'Guard/checkout',
      until: timestamp(Date.parse(action?.at ?? '') + 30_000),
    })
    expect(rig.api.calls.filter((call) => call.startsWith('PATCH'))).toEqual(['PATCH guards/checkout/status', PATCH])
  })

  it.each<[string, () => void]>([
    ['somebody else asked for one', () => putGroup({}, { 'evenkeel.dev/failover-request': '{"id":"a"}' })],
    ['the group began to switch', () => putGroup({ epoch: 4, active: 'db-1' })],
  ])('comes to nothing when meanwhile %s', async (_what, meanwhile) => {
    putGroup()
    const leader = await rig.leader()
    const session = await begin(leader)
    expect(await act(leader, session, meanwhile)).toMatchObject({ kind: 'conflict' })
    expect(session.state.recentActions).toEqual([])
    expect(request()?.by).not.toBe('Guard/checkout')
  })

  it.each<[string, () => void]>([
    ['is gone', () => {}],
    ['is blocked', () => putGroup({ conditions: conditions({ RecoveryBlocked: 'True' }) })],
    ['has lost its primary', () => putGroup({ conditions: conditions({ Available: 'False' }) })],
    ['has not told whether it could', () => putGroup({ conditions: [] })],
    ['has switched since', () => putGroup({ epoch: 5, active: 'db-1' })],
    [
      'has not answered somebody',
      () => putGroup({}, { 'evenkeel.dev/failover-request': '{"id":"1","kind":"Switchover","to":"db-1","by":"ann"}' }),
    ],
    ['has an annotation that nobody can read', () => putGroup({}, { 'evenkeel.dev/failover-request': 'switch!' })],
    ['has a status that nobody can read', () => putGroup({ epoch: 'four' })],
  ])('is not done to one that %s, and nothing is written', async (_what, arrange) => {
    arrange()
    const leader = await rig.leader()
    const session = await begin(leader)
    expect(await act(leader, session)).toMatchObject({ verdict: 'veto' })
    expect(rig.api.calls.filter((call) => call.startsWith('PATCH'))).toEqual([])
  })

  it('that was answered before may be done again: an old request is no obstacle', async () => {
    const answered = { id: '1', outcome: 'Done', message: 'm' }
    putGroup(
      { request: answered },
      { 'evenkeel.dev/failover-request': '{"id":"1","kind":"Switchover","by":"Guard/checkout"}' },
    )
    const leader = await rig.leader()
    expect(await act(leader, await begin(leader))).toEqual({ kind: 'done' })
    expect(request()?.id).not.toBe('1')
  })

  it('that the API refuses has failed', async () => {
    putGroup()
    const leader = await rig.leader()
    const session = await begin(leader)
    rig.api.failNext(PATCH, 403)
    expect(await act(leader, session)).toMatchObject({ kind: 'failed' })
    expect(session.state.recentActions).toMatchObject([{ outcome: 'Failed' }])
  })

  it('is remembered for as long as the climb lasts, whatever else is done', async () => {
    putGroup()
    const leader = await rig.leader()
    const session = await begin(leader)
    const at = (hours: number) => timestamp(leader.deps.clock.now() - hours * 3_600_000)
    const others = Array.from({ length: 9 }, (_, index) => anAct({ id: `s${index}`, at: at(2), outcome: 'Done' }))
    const asked = (id: string, hours: number) =>
      anAct({ id, remedy: 'failover', field: 'FailoverGroup/other', at: at(hours), outcome: 'Done' })
    session.state = {
      ...session.state,
      recentActions: [asked('last climb', 9), asked('this climb', 3), ...others],
      ladder: { ...session.state.ladder, since: leader.deps.clock.now() - 4 * 3_600_000 },
    }
    await act(leader, session)
    const ids = session.state.recentActions.map(({ id }) => id)
    expect(ids).toContain('this climb')
    expect(ids).not.toContain('last climb')
  })
})

describe('an asking whose answer was lost', () => {
  it.each<[string, 'lost before' | 'lost after', string]>([
    ['and which was written, is found done', 'lost after', 'Done'],
    ['and which was not written, is found not done', 'lost before', 'Abandoned'],
  ])('%s', async (_what, how, outcome) => {
    putGroup()
    const leader = await rig.leader()
    const session = await begin(leader)
    rig.api.failNext(PATCH, how)
    await act(leader, session)
    expect(session.state.recentActions).toMatchObject([{ outcome: 'Pending' }])
    const { deps } = leader
    const guard = { target: TARGET, name: 'checkout', flows: [], isolations: [] }
    expect(await settlePending(deps.client, deps.clock, guard, session.state.recentActions)).toMatchObject([
      { outcome },
    ])
  })

  const pending = anAct({ id: 'r1', remedy: 'failover', field: 'FailoverGroup/shop-db', from: 4, to: 5 })
  it.each<[string, JsonObject, string]>([
    ['is known by the answer', { request: { id: 'r1', outcome: 'Refused', message: 'm' } }, 'Done'],
    ['is not that of another', { request: { id: 'r2', outcome: 'Done', message: 'm' } }, 'Abandoned'],
  ])('%s', async (_what, status, outcome) => {
    putGroup(status)
    const { deps } = await rig.leader()
    const guard = { target: TARGET, name: 'checkout', flows: [], isolations: [] }
    expect(await settlePending(deps.client, deps.clock, guard, [pending])).toMatchObject([{ outcome }])
  })
})
