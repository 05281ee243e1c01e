// Features and limits, over real HTTP: announced before they are done, with a person's will and other Guards respected.
import { describe, expect, it } from 'vitest'
import { projectFeature } from '../../controller/kube/feature.ts'
import { at, type JsonObject, textAt } from '../../controller/kube/json.ts'
import type { DegradeProposal, LimitProposal, Proposal } from '../../controller/model/command.ts'
import { actOn, decideOn } from '../../controller/reconcile/act-on.ts'
import { settlePending } from '../../controller/reconcile/restore.ts'
import type { Session } from '../../controller/reconcile/session.ts'
import { actsOf, anAct, type Leader, TARGET, useRig } from './rig.ts'

const rig = useRig()
const FEATURES = '/apis/evenkeel.dev/v1alpha1/namespaces/shop/features'
const SHED: DegradeProposal = {
  remedy: 'degrade',
  direction: 'up',
  from: 1,
  to: 0,
  features: ['reviews', 'tips'],
  reasons: ['p99 latency is 2 s'],
}
const RESTORE: DegradeProposal = {
  ...SHED,
  direction: 'down',
  from: 0,
  to: 1,
  features: ['reviews'],
  reasons: ['calm'],
}
const LIMIT: LimitProposal = {
  remedy: 'limit',
  direction: 'up',
  flow: 'browse',
  from: 0,
  to: 80,
  reasons: ['too much'],
}
const PATCH_REVIEWS = 'PATCH features/reviews/status'

function putFeature(name: string, more: { tier?: string; override?: object; status?: object } = {}): void {
  const { tier = 'Sheddable', override, status = {} } = more
  const spec = { tier, ...(override === undefined ? {} : { override }) }
  rig.api.put(`${FEATURES}/${name}`, { metadata: { uid: name, generation: 1 }, spec, status })
}
const statusOf = (name: string): JsonObject => ({ ...projectFeature(rig.api.get(`${FEATURES}/${name}`)).status })
const demandOf = (name: string, guard = 'checkout') => at(statusOf(name), 'demandedBy', guard)

async function begin({ begin, deps }: Leader): Promise<Session> {
  const session = await begin()
  const observations = { latencyP99: { kind: 'ok', value: 2 } } as const
  const finding = {
    limit: 'latency',
    onset: 0,
    confirmedAt: 0,
    value: 2,
    threshold: 0.5,
    peak: 2,
    eased: false,
  } as const
  const { limits } = session.state
  session.last = {
    observations,
    assessment: { at: deps.clock.now(), observations, limits, findings: [finding], blind: [] },
  }
  return session
}

async function act(leader: Leader, session: Session, proposal: Proposal) {
  const decision = await decideOn(leader.deps, session, proposal, TARGET)
  if (decision.verdict !== 'act') return decision
  return actOn(leader.deps, session, decision, (now) => ({ ...actsOf(now), flows: [...now.state.flows] }))
}

describe('shedding', () => {
  it('announces each feature, and writes only our demand, with the version that was read', async () => {
    putFeature('reviews', { status: { demandedBy: { other: { since: '2026-01-01T00:00:00.000Z', reason: 'r' } } } })
    putFeature('tips')
    const leader = await rig.leader()
    const session = await begin(leader)
    const version = textAt(rig.api.get(`${FEATURES}/reviews`), 'metadata', 'resourceVersion')
    expect(await act(leader, session, SHED)).toEqual({ kind: 'done' })
    const writes = rig.api.calls.filter((call) => call.startsWith('PATCH'))
    expect([writes[0], ...writes.slice(1).toSorted()]).toEqual([
      'PATCH guards/checkout/status',
      PATCH_REVIEWS,
      'PATCH features/tips/status',
    ])
    expect(rig.api.bodiesOf(PATCH_REVIEWS)).toEqual([
      {
        metadata: { resourceVersion: version },
        status: {
          demandedBy: { checkout: { since: '2026-01-01T00:00:00.000Z', reason: 'p99 latency is 2 s' } },
          state: 'Degraded',
          since: '2026-01-01T00:00:00.000Z',
          reason: 'checkout: p99 latency is 2 s; other: r',
        },
      },
    ])
    expect(demandOf('reviews', 'other')).toBeDefined()
    expect(session.state.recentActions).toMatchObject([
      { field: 'Feature/reviews', from: 1, to: 0, outcome: 'Done', effect: [{ limit: 'latency', before: 2 }] },
      { field: 'Feature/tips', from: 1, to: 0, outcome: 'Done' },
    ])
  })

  it('reads and judges anew when the Feature changed in between, and makes its demand all the same', async () => {
    putFeature('reviews')
    putFeature('tips')
    const leader = await rig.leader()
    const session = await begin(leader)
    rig.api.failNext(PATCH_REVIEWS, 409)
    expect(await act(leader, session, SHED)).toEqual({ kind: 'done' })
    expect(rig.api.bodiesOf(PATCH_REVIEWS)).toHaveLength(2)
    expect(demandOf('reviews')).toBeDefined()
  })

  it('leaves alone what a person overrides between the decision and the act', async () => {
    putFeature('reviews')
    putFeature('tips')
    const leader = await rig.leader()
    const session = await begin(leader)
    const decision = await decideOn(leader.deps, session, SHED, TARGET)
    putFeature('reviews', { override: { value: true, until: '2026-01-02T00:00:00Z', reason: 'a sale' } })
    expect(await actOn(leader.deps, session, decision, actsOf)).toEqual({
      kind: 'failed',
      why: 'it is overridden by a person',
    })
    expect([demandOf('reviews'), demandOf('tips') === undefined]).toEqual([undefined, false])
    expect(session.state.recentActions).toMatchObject([
      { field: 'Feature/reviews', outcome: 'Abandoned', detail: 'it is overridden by a person' },
      { field: 'Feature/tips', outcome: 'Done' },
    ])
  })

  it.each<[string, { tier?: string; override?: object; status?: object } | undefined, RegExp]>([
    ['is Critical', { tier: 'Critical' }, /reviews is Critical/],
    ['is off already', { status: { demandedBy: { checkout: { since: 's', reason: 'r' } } } }, /reviews is off already/],
    [
      'is overridden',
      { override: { value: true, until: '2026-01-02T00:00:00Z', reason: 'a sale' } },
      /reviews is overridden by a person/,
    ],
    ['is gone', undefined, /reviews is gone/],
  ])('of one that %s by a fresh read is left out, and vetoed when nothing else is left', async (_, reviews, why) => {
    if (reviews !== undefined) putFeature('reviews', reviews)
    putFeature('tips')
    const leader = await rig.leader()
    const session = await begin(leader)
    const reduced = await decideOn(leader.deps, session, SHED, TARGET)
    expect(reduced).toMatchObject({ verdict: 'act', command: { features: [{ name: 'tips' }] } })
    const alone = await decideOn(leader.deps, session, { ...SHED, features: ['reviews'] }, TARGET)
    expect(alone.verdict).toBe('veto')
    expect(alone.rulings.find(({ interlock }) => interlock === 'feature')?.why).toMatch(why)
  })
})

describe('restoring', () => {
  it('ends our demand only, and from then on a breach takes it back', async () => {
    const demand = { since: '2026-01-01T00:00:00.000Z', reason: 'r' }
    putFeature('reviews', { status: { demandedBy: { checkout: demand, other: demand } } })
    const leader = await rig.leader()
    const session = await begin(leader)
    expect(await act(leader, session, RESTORE)).toEqual({ kind: 'done' })
    expect([demandOf('reviews'), demandOf('reviews', 'other')]).toEqual([undefined, demand])
    expect(statusOf('reviews').state).toBe('Degraded')
    expect(session.state.ladder.restoredAt).toBe(leader.deps.clock.now())
  })

  it('is done when the Feature was deleted meanwhile', async () => {
    putFeature('reviews', { status: { demandedBy: { checkout: { since: 's', reason: 'r' } } } })
    const leader = await rig.leader()
    const session = await begin(leader)
    const decision = await decideOn(leader.deps, session, RESTORE, TARGET)
    rig.api.remove(`${FEATURES}/reviews`)
    expect(await actOn(leader.deps, session, decision, actsOf)).toEqual({ kind: 'done' })
  })
})

describe('an act on a Feature that was announced and not concluded', () => {
  const shed = anAct({ remedy: 'degrade', field: 'Feature/reviews', from: 1, to: 0 })
  const guard = { target: TARGET, name: 'checkout', flows: [], isolations: [] }
  const held = { status: { demandedBy: { checkout: { since: 's', reason: 'r' } } } }

  it.each([
    ['Done when the Feature holds our demand', shed, held, 'Done'],
    ['Abandoned when it does not', shed, {}, 'Abandoned'],
    ['Done when a restore has ended it', { ...shed, from: 0, to: 1 }, {}, 'Done'],
    ['Abandoned when a restore has not', { ...shed, from: 0, to: 1 }, held, 'Abandoned'],
  ] as const)('is %s', async (_, action, feature, outcome) => {
    putFeature('reviews', feature)
    const { client, clock } = (await rig.leader()).deps
    expect(await settlePending(client, clock, guard, [action])).toMatchObject([{ outcome }])
  })

  it('stays Pending while it can’t be read', async () => {
    putFeature('reviews')
    rig.api.failNext('GET features/reviews', 500)
    const { client, clock } = (await rig.leader()).deps
    const acts = [shed]
    expect(await settlePending(client, clock, guard, acts)).toBe(acts)
  })

  it('is found and finished by a successor after a crash between announcement and write', async () => {
    putFeature('reviews')
    putFeature('tips')
    const leader = await rig.leader()
    const session = await begin(leader)
    const decision = await decideOn(leader.deps, session, SHED, TARGET)
    rig.api.failNext(PATCH_REVIEWS, 'lost before')
    rig.api.failNext('PATCH features/tips/status', 'lost after')
    await actOn(leader.deps, session, decision, actsOf)
    const successor = await (await rig.leader()).begin()
    expect(successor.state.recentActions).toMatchObject([
      { field: 'Feature/reviews', outcome: 'Abandoned' },
      { field: 'Feature/tips', outcome: 'Done' },
    ])
  })
})

describe('a limit', () => {
  it('is in force with its announcement, and there is no other write', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    expect(await act(leader, session, LIMIT)).toEqual({ kind: 'done' })
    expect(rig.api.calls.filter((call) => call.startsWith('PATCH'))).toEqual(['PATCH guards/checkout/status'])
    const flows = [{ flow: 'browse', limit: 80, since: '2026-01-01T00:00:00.000Z', reason: 'too much' }]
    expect(rig.api.bodiesOf('PATCH guards/checkout/status')).toMatchObject([{ status: { flows } }])
    expect(session.state.flows).toEqual(flows)
    const successor = await (await rig.leader()).begin()
    expect(successor.state.flows).toEqual(flows)
    expect(successor.state.recentActions).toMatchObject([{ field: 'limit.browse', from: 0, to: 80, outcome: 'Done' }])
  })

  it('is removed by its last step back', async () => {
    const leader = await rig.leader()
    const session = await begin(leader)
    await act(leader, session, LIMIT)
    await rig.time.advance(60_000)
    const lift: LimitProposal = { ...LIMIT, direction: 'down', from: 80, to: 0 }
    expect(await act(leader, session, lift)).toEqual({ kind: 'done' })
    expect(session.state.flows).toEqual([])
  })
})
