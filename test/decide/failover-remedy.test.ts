// The failover remedy: on which evidence a group is asked to switch, what stands against it, and that it is asked once.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitrate } from '../../controller/decide/arbiter.ts'
import { failoverGroup } from '../../controller/decide/interlocks/failover-group.ts'
import { proposeFailover, whyNotAsked } from '../../controller/decide/remedies/failover.ts'
import type { Facts, FailoverProposal } from '../../controller/model/command.ts'
import type { FailoverView } from '../../controller/model/failover-view.ts'
import { type Confidence, type DiagnosisStatus, RESOURCES } from '../../controller/model/resource.ts'
import { summariseDecision } from '../../controller/record/decisions.ts'
import { describeChange } from '../../controller/record/fields.ts'
import { timestamp } from '../../controller/record/status.ts'
import { aDiagnosis, aGroup } from './failover-view.ts'
import { type Around, aFeature, CALM, guardSpec, type LadderWorld, ladderWorld, SLOW, START } from './ladder-world.ts'

const SPEC = { group: 'shop-db', effectWithin: 60_000, cooldown: 60_000 }
const BREACH = ['p99 latency is 2 s, over its limit of 500 ms']

function ask(group: FailoverView | undefined, diagnosis: DiagnosisStatus | undefined) {
  const groups = group === undefined ? [] : [group]
  const input = { groups, diagnosis, recentActions: [], since: START, now: START + 1000 }
  return { proposal: proposeFailover(SPEC, input, BREACH), why: whyNotAsked('shop-db', input) }
}

describe('what points to a group', () => {
  it.each<[string, Partial<DiagnosisStatus> | undefined, Partial<FailoverView>, boolean]>([
    ['the database, of a group of MariaDB', {}, {}, true],
    ['the database, of one under Patroni', { confidence: 'Medium' }, { method: 'patroni' }, true],
    ['the cache, of a group of Redis', { resource: 'cache' }, { method: 'redis' }, true],
    ['the cache, of one under Sentinel', { resource: 'cache' }, { method: 'sentinel' }, true],
    ['either, of what stands behind a Service', { resource: 'cache' }, { method: 'service' }, true],
    ['not the cache, of a group of MariaDB', { resource: 'cache' }, {}, false],
    ['not the database, of a group of Redis', {}, { method: 'redis' }, false],
    ['a dependency of its name', { resource: 'dependency', of: 'shop-db' }, {}, true],
    [
      'a dependency of its Service, with port and domain',
      { resource: 'dependency', of: 'orders.shop.svc:3306' },
      {},
      true,
    ],
    ['a dependency of a member, as a URL', { resource: 'dependency', of: 'mysql://app@db-0.db/orders' }, {}, true],
    ['not a dependency of another name', { resource: 'dependency', of: 'shop-db-reports' }, {}, false],
    ['not a dependency without a name', { resource: 'dependency' }, {}, false],
    ['not what is little sure', { confidence: 'Low' }, {}, false],
    ['not another resource', { resource: 'cpu' }, {}, false],
    ['not a diagnosis that found nothing', { resource: undefined, confidence: undefined }, {}, false],
    ['not what was true over a minute ago', { at: timestamp(START - 59_001) }, {}, false],
    ['nothing without a diagnosis', undefined, {}, false],
  ])('%s', (_what, change, group, isAsked) => {
    const { proposal, why } = ask(aGroup(group), change && aDiagnosis(change))
    expect(proposal !== undefined).toBe(isAsked)
    expect(why).toBe(isAsked ? undefined : 'with nothing that points to shop-db')
  })

  it('is told with the breach, and the epoch that the switch will have', () => {
    expect(ask(aGroup(), aDiagnosis()).proposal).toEqual({
      remedy: 'failover',
      direction: 'up',
      group: 'shop-db',
      from: 4,
      to: 5,
      reasons: [
        ...BREACH,
        'Diagnosis: database (300 of 300 connections, High)',
        'db-0 is the primary of shop-db, and answers',
      ],
    })
  })
})

const OBJECTIONS: readonly (readonly [string, Partial<FailoverView> | 'gone', string])[] = [
  ['that is not there', 'gone', 'there is no FailoverGroup shop-db'],
  ['that is refused', { fault: 'spec.members is missing' }, "shop-db can't be used: spec.members is missing"],
  ['that only observes', { mode: 'Observe' }, 'the mode of shop-db is Observe'],
  ['that switches', { isSwitching: true }, 'shop-db is switching already'],
  ['that somebody waits for', { askedBy: 'ann' }, 'shop-db has not answered ann yet'],
  ['without a primary', { active: undefined }, 'it is not known which member of shop-db is active'],
  [
    'that is blocked',
    { blocked: 'True', blockedUntil: '2026-01-01T13:00:00Z' },
    'shop-db may not fail over: blocked until 2026-01-01T13:00:00Z',
  ],
  [
    'of which nobody knows that',
    { blocked: 'Unknown' },
    'shop-db may not fail over: it is not known whether it is blocked',
  ],
  ['whose primary is unknown', { available: 'Unknown' }, 'it is not known whether the primary of shop-db answers'],
  [
    'whose primary is lost, which is its own business',
    { available: 'False' },
    'the primary of shop-db is not well, and shop-db acts on that by its own rules',
  ],
  ['that is not ready', { ready: 'False' }, 'shop-db is not ready to fail over: no standby answers.'],
  [
    'that does not say that it is ready',
    { ready: 'Unknown' },
    'shop-db is not ready to fail over: no standby answers.',
  ],
]

describe('a group is not asked', () => {
  it.each(OBJECTIONS)('%s', (_what, change, why) => {
    const group = change === 'gone' ? undefined : aGroup(change)
    expect(ask(group, aDiagnosis())).toEqual({ proposal: undefined, why: `while ${why}` })
  })
})

const FACTS: Facts = {
  now: START,
  mode: 'Enforce',
  isLeading: true,
  target: { kind: 'Deployment', namespace: 'shop', name: 'checkout' },
  scale: { kind: 'unread', why: 'not read' },
  autoscalers: { kind: 'unread', why: 'not read' },
  raisedMinimum: undefined,
  recentActions: [],
  cooldownMs: 60_000,
  budget: { actions: 20, perMs: 3_600_000 },
  blind: [],
  clockUnsteadyUntil: 0,
  guard: 'checkout',
}
const PROPOSAL: FailoverProposal = {
  remedy: 'failover',
  direction: 'up',
  group: 'shop-db',
  from: 4,
  to: 5,
  reasons: ['the database binds'],
}
const freshly = (view: FailoverView | undefined): Partial<Facts> => ({
  group: { kind: 'read', value: view && { view, resourceVersion: '77' }, at: START },
})
const judge = (facts: Partial<Facts>) => arbitrate(PROPOSAL, { ...FACTS, ...facts })

describe('the interlock failover-group', () => {
  it.each(OBJECTIONS)('vetoes what a fresh read shows: one %s', (_what, change, why) => {
    const { verdict, rulings } = judge(freshly(change === 'gone' ? undefined : aGroup(change)))
    expect(verdict).toBe('veto')
    expect(rulings.find(({ interlock }) => interlock === 'failover-group')).toMatchObject({ verdict: 'Veto', why })
  })

  it.each<[string, Partial<Facts>, string]>([
    ['a switch since', freshly(aGroup({ epoch: 5 })), 'a fresh read shows epoch 5, not 4'],
    ['no fresh read', {}, 'shop-db could not be read'],
    ['a read that failed', { group: { kind: 'unread', why: 'timeout' } }, 'shop-db could not be read: timeout'],
  ])('vetoes after %s', (_what, facts, why) => {
    const { verdict, rulings } = judge(facts)
    expect(verdict).toBe('veto')
    expect(rulings.find(({ interlock }) => interlock === 'failover-group')?.why).toContain(why)
  })

  it('allows it with the version that was read', () => {
    const decision = judge(freshly(aGroup()))
    expect(decision).toMatchObject({
      verdict: 'act',
      command: { kind: 'failover', namespace: 'shop', group: 'shop-db', from: 4, to: 5, resourceVersion: '77' },
    })
    expect(summariseDecision(decision)).toBe('Asked FailoverGroup/shop-db to switch: the database binds')
  })

  it('has nothing to say of other remedies', () => {
    const proposal = { remedy: 'scale', direction: 'up', from: 1, to: 2, reasons: [] } as const
    expect(failoverGroup(judge({}).command, proposal, FACTS).ruling.verdict).toBe('Allow')
  })
})

it.each<[string, Partial<Facts>, string]>([
  ['most Guards are in trouble', { panic: 'Most Guards are in trouble' }, 'fleet-panic'],
  ['this replica does not lead', { isLeading: false }, 'leadership'],
  ['the clock jumped', { clockUnsteadyUntil: START + 1 }, 'clock'],
  ['the budget is used up', { budget: { actions: 0, perMs: 1 } }, 'budget'],
  ['the Guard is paused', { mode: 'Paused' }, 'mode'],
])('no group is asked while %s', (_what, facts, interlock) => {
  const { verdict, rulings } = judge({ ...freshly(aGroup()), ...facts })
  expect(verdict).toBe('veto')
  expect(rulings.filter((one) => one.verdict === 'Veto').map((one) => one.interlock)).toEqual([interlock])
})

const LADDER = [
  { degrade: { effectWithin: '5s', cooldown: '1s' } },
  { failover: { group: 'shop-db', effectWithin: '10s', cooldown: '3s' } },
]
const FEATURES = [aFeature('reviews', 'Sheddable')]
const onLadder = () => ladderWorld(guardSpec(LADDER), { features: FEATURES })
const around = (world: LadderWorld, change: Partial<Around> = {}): Around => ({
  groups: [aGroup()],
  diagnosis: aDiagnosis({ at: timestamp(world.now) }),
  ...change,
})
const exhausted = (world: LadderWorld) => world.last?.exhausted

describe('on the ladder', () => {
  it('is the last resort: it waits for what comes before, and its cooldown', () => {
    const world = onLadder()
    expect(world.run(20, SLOW, around(world))).toEqual(['1 reviews off', '6 shop-db asked'])
    expect(world.acts.at(-1)).toMatchObject({ remedy: 'failover', field: 'FailoverGroup/shop-db', from: 4, to: 5 })
    expect(world.acts.map(describeChange)).toEqual(['Feature/reviews off', 'FailoverGroup/shop-db asked to switch'])
  })

  it('is asked once in a climb, and when that did not help a human is needed', () => {
    const world = onLadder()
    world.run(10, SLOW, around(world))
    expect(exhausted(world)).toBeUndefined()
    world.succeed()
    const asked = around(world, { groups: [aGroup({ active: 'db-1', epoch: 5 })] })
    expect(world.run(30, SLOW, asked)).toEqual([])
    expect(exhausted(world)).toBe(
      'p99 latency past the limit with no feature left to switch off, with shop-db asked already',
    )
    expect(world.standing()).toMatchObject({ rung: 2, rungs: [{}, { remedy: 'failover', state: 'Spent' }] })
  })

  it('also when the API refused it', () => {
    const world = onLadder()
    for (let second = 1; second <= 6; second++) world.step(SLOW, around(world, { fails: second === 6 }))
    expect(world.acts.at(-1)).toMatchObject({ remedy: 'failover', outcome: 'Failed' })
    expect(world.run(20, SLOW, around(world))).toEqual([])
  })

  it('takes nothing back, and is asked again in another climb', () => {
    const world = onLadder()
    world.run(7, SLOW, around(world))
    expect(world.run(60, CALM, around(world))).toEqual([expect.stringMatching(/reviews on$/)])
    expect(world.standing()).toMatchObject({ rung: 0 })
    expect(world.run(20, SLOW, around(world))).toEqual(['1 reviews off', '6 shop-db asked'])
  })

  it.each<[string, Partial<Around>, string]>([
    ['nothing points there', { diagnosis: undefined }, 'with nothing that points to shop-db'],
    ['it is blocked', { groups: [aGroup({ blocked: 'True' })] }, 'while shop-db may not fail over: blocked'],
    ['it switches', { groups: [aGroup({ isSwitching: true })] }, 'while shop-db is switching already'],
    ['there is none', { groups: [] }, 'while there is no FailoverGroup shop-db'],
  ])('is spent while %s', (_what, change, why) => {
    const world = onLadder()
    expect(world.run(20, SLOW, around(world, change))).toEqual(['1 reviews off'])
    expect(exhausted(world)).toBe(`p99 latency past the limit with no feature left to switch off, ${why}`)
    expect(world.standing().rungs[1]).toMatchObject({ state: 'Unused', text: expect.stringContaining(why) })
  })

  it('says how it stands before it is needed', () => {
    const world = onLadder()
    world.step(CALM, around(world))
    expect(world.standing().rungs[1]).toEqual({
      remedy: 'failover',
      state: 'Unused',
      text: 'shop-db: db-0 is active, epoch 4',
    })
  })
})

describe('whatever happens', () => {
  const mostly = <T>(usual: T, ...others: readonly T[]) =>
    fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) })
  const group = fc.record({
    method: fc.constantFrom<FailoverView['method']>('service', 'redis', 'sentinel', 'mysql', 'patroni'),
    mode: mostly<FailoverView['mode']>('Enforce', 'Observe', 'Paused'),
    active: mostly<string | undefined>('db-0', undefined),
    epoch: mostly(1, 2),
    available: mostly<FailoverView['available']>('True', 'False', 'Unknown'),
    ready: mostly<FailoverView['ready']>('True', 'False', 'Unknown'),
    blocked: mostly<FailoverView['blocked']>('False', 'True', 'Unknown'),
    isSwitching: mostly(false, true),
    askedBy: mostly<string | undefined>(undefined, 'ann'),
  })
  const diagnosis = fc.record({
    resource: fc.constantFrom(undefined, 'database' as const, 'database' as const, 'dependency' as const, ...RESOURCES),
    confidence: mostly<Confidence>('High', 'Medium', 'Low'),
    of: fc.constantFrom(undefined, 'shop-db', 'other'),
    ageMs: fc.nat(90_000),
  })
  const moment = fc.record({
    known: group,
    fresh: fc.option(group, { nil: undefined, freq: 1 }),
    diagnosis: fc.option(diagnosis, { nil: undefined, freq: 8 }),
    isSlow: mostly(true, false),
    isPanic: mostly(false, true),
    seconds: fc.integer({ min: 1, max: 8 }),
  })

  it('a group is asked only on evidence, never twice in a climb, never while it is blocked, switches or is unknown', () => {
    let asked = 0
    fc.assert(
      fc.property(fc.array(moment, { minLength: 20, maxLength: 60 }), (moments) => {
        const world = onLadder()
        let askedSince: number | undefined
        for (const one of moments) {
          const { ageMs, ...found } = one.diagnosis ?? { ageMs: 0 }
          const at = timestamp(world.now + one.seconds * 1000 - ageMs)
          const fresh = aGroup(one.fresh ?? one.known)
          const decision = world.step(one.isSlow ? SLOW : CALM, {
            afterMs: one.seconds * 1000,
            groups: [aGroup(one.known)],
            freshGroup: fresh,
            diagnosis: one.diagnosis === undefined ? undefined : aDiagnosis({ at, ...found }),
            ...(one.isPanic ? { panic: 'a test' } : {}),
          })
          if (decision?.verdict !== 'act' || decision.command.kind !== 'failover') continue
          asked++
          const { since } = world.state
          expect(since).toBeDefined()
          expect(since).not.toBe(askedSince)
          askedSince = since
          expect(one.isSlow && !one.isPanic).toBe(true)
          expect(one.diagnosis?.confidence).not.toBe('Low')
          expect(['database', 'cache', 'dependency']).toContain(one.diagnosis?.resource)
          if (one.diagnosis?.resource === 'dependency') expect(one.diagnosis.of).toBe('shop-db')
          expect(ageMs).toBeLessThanOrEqual(60_000)
          expect(fresh).toMatchObject({
            mode: 'Enforce',
            active: 'db-0',
            epoch: decision.command.from,
            available: 'True',
            ready: 'True',
            blocked: 'False',
            isSwitching: false,
            askedBy: undefined,
          })
        }
      }),
      { numRuns: 300, seed: 11 },
    )
    expect(asked).toBeGreaterThan(20)
  })
})
