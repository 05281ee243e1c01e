// What holds for any look at any group in any state, however unlikely.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterStep, beginSwitch } from '../../../controller/decide/failover/advance.ts'
import { judgeGroup } from '../../../controller/decide/failover/judge.ts'
import type { FenceOutcome, GroupInput, MemberReading, StepOutcome } from '../../../controller/model/failover.ts'
import { type FailoverGroupStatus, SWITCH_STEPS } from '../../../controller/model/failover-group-status.ts'
import { ago, DOWN, inputOf, member, NOW, STATUS, spec } from './group.ts'

const NAMES = ['db-0', 'db-1', 'db-2'] as const
const name = fc.constantFrom(...NAMES)
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined })
const some = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>

const said = some<Omit<MemberReading, 'name' | 'reach'>>({
  role: fc.constantFrom('Primary', 'Replica', 'Replica'),
  isWritable: fc.boolean(),
  position: fc.nat(2_000_000),
  lag: fc.nat(2_000_000),
  follows: maybe(name),
  link: fc.constantFrom('Up', 'Down'),
  primarySilentMs: fc.nat(20_000),
  instance: fc.constantFrom('db-0-a', 'db-1-a', 'db-2-a', 'b'),
  replicas: fc.nat(2),
  starves: fc.constant({ replicas: 1, afterMs: 0 }),
  unfit: fc.constant('a test'),
})
const reach = fc.constantFrom('answers', 'answers', 'answers', 'silent', 'refused', 'gone', 'unknown')
const readings = fc
  .tuple(fc.array(reach, { minLength: 3, maxLength: 3 }), fc.array(said, { minLength: 3, maxLength: 3 }))
  .map(([kinds, all]) =>
    NAMES.map((one, index): MemberReading => {
      const kind = kinds[index] ?? 'unknown'
      return kind === 'answers'
        ? { name: one, reach: { kind }, ...all[index] }
        : { name: one, reach: { kind, why: 'a test' } }
    }),
  )
const moment = fc.integer({ min: -60_000, max: 700_000 }).map((ms) => ago(ms))
const switching = fc.record({
  epoch: fc.integer({ min: 2, max: 9 }),
  kind: fc.constantFrom('Failover', 'Switchover', 'Failback', 'Drill'),
  from: name,
  to: name,
  step: fc.constantFrom(...SWITCH_STEPS),
  stepSince: moment,
  startedAt: moment,
  by: fc.constantFrom('evenkeel', 'ann', 'Guard/a'),
  reason: fc.constant('a test'),
  request: fc.constant('r'),
})
const status: fc.Arbitrary<FailoverGroupStatus> = fc
  .record({
    active: maybe(name),
    switch: maybe(switching),
    soakSince: maybe(moment),
    block: maybe(fc.record({ epoch: fc.nat(5), until: moment })),
    former: fc.boolean(),
    seen: fc.boolean(),
  })
  .map(({ former, seen, ...all }) => ({
    ...(seen ? STATUS : { epoch: 1 }),
    ...Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    members: NAMES.map((one) => member(one, former ? { former: true, follows: 'db-0' } : { follows: 'db-0' })),
  }))
const time = maybe(fc.nat(700_000).map((ms) => NOW - ms))
const input: fc.Arbitrary<GroupInput> = fc
  .record({
    members: fc.oneof(readings, fc.constant(DOWN)),
    status,
    mode: fc.constantFrom('Enforce', 'Enforce', 'Observe', 'Paused'),
    method: fc.constantFrom({ redis: {} }, { mysql: {} }, { service: {} }, { patroni: {} }),
    failback: fc.constantFrom('Manual', 'Automatic'),
    memory: fc.record({
      active: maybe(name),
      activePosition: maybe(fc.nat(2_000_000)),
      downSince: time,
      looksDown: fc.nat(6),
      soakSince: time,
    }),
    isLeading: fc.boolean(),
    isUnsteady: fc.boolean(),
    isPanic: fc.boolean(),
    request: maybe(
      fc.record({
        id: fc.constant('r'),
        kind: fc.constantFrom('Switchover', 'Failback'),
        to: maybe(name),
        by: fc.constantFrom('ann', 'Guard/a'),
      }),
    ),
    isDrillDue: fc.boolean(),
    routed: maybe(name),
  })
  .map(({ mode, method, failback, isUnsteady, isPanic, ...rest }) =>
    inputOf({
      ...rest,
      spec: { mode, method, failback: { mode: failback }, drill: { cron: '0 3 * * *', mode: 'Enforce' } },
      clockUnsteadyUntil: isUnsteady ? NOW + 1 : 0,
      panic: isPanic ? 'a test' : undefined,
    }),
  )
const reachOf = ({ look }: GroupInput, of: string | undefined) =>
  look.members.find((one) => one.name === of)?.reach.kind
const assertFor = (holds: (input: GroupInput) => void) =>
  fc.assert(fc.property(input, holds), { numRuns: 2000, seed: 6 })

describe('whatever is seen', () => {
  it('nothing is touched by one that does not lead, in mode Observe or Paused, or under a clock that jumped', () => {
    assertFor((one) => {
      const { step, verdict } = judgeGroup(one)
      const touches = ['begin', 'abandon', 'continue', 'rejoin', 'route'].includes(step.kind)
      if (!one.isLeading) expect(verdict).toBe('veto')
      if (verdict !== 'act' || !touches) return
      expect(one.spec.mode).toBe('Enforce')
      const isFinishing = step.kind === 'continue' && !['Fencing', 'Delegating'].includes(step.switch.step)
      if (isFinishing) return
      expect(one.clockUnsteadyUntil).toBe(0)
      const of = step.kind === 'begin' ? step.plan : 'switch' in step ? step.switch : undefined
      const isOfPerson = of?.request !== undefined && of.by === 'ann'
      if (!isOfPerson) expect(one.panic).toBeUndefined()
    })
  })

  it('nobody is begun to be promoted who is unknown, nor in place of one that is', () => {
    assertFor((one) => {
      const { step } = judgeGroup(one)
      if (step.kind !== 'begin') return
      expect(reachOf(one, step.plan.to)).toBe('answers')
      expect(reachOf(one, step.plan.from)).not.toBe('unknown')
      expect(step.plan.to).not.toBe(step.plan.from)
      expect(step.plan.from).toBe(one.status.active)
    })
  })

  it('nobody is made to follow who is unknown, nor the active member, nor anybody without it', () => {
    assertFor((one) => {
      const { step } = judgeGroup(one)
      if (step.kind !== 'rejoin') return
      expect([reachOf(one, step.member), reachOf(one, one.status.active)]).toEqual(['answers', 'answers'])
      expect(step.member).not.toBe(one.status.active)
    })
  })

  it('a switch past its fence goes on, and none begins beside another', () => {
    assertFor((one) => {
      const { step } = judgeGroup(one)
      const { switch: underWay } = one.status
      if (underWay === undefined) return
      expect(['continue', 'abandon']).toContain(step.kind)
      if (underWay.step !== 'Fencing' && underWay.step !== 'Delegating') expect(step.kind).toBe('continue')
    })
  })

  it('an automatic failover waits for downAfter and three looks, and is not made while blocked', () => {
    assertFor((one) => {
      const { step, memory } = judgeGroup(one)
      if (step.kind !== 'begin' || step.plan.kind !== 'Failover' || step.plan.by !== 'evenkeel') return
      expect(memory.looksDown).toBeGreaterThanOrEqual(3)
      expect(NOW - (memory.downSince ?? NOW)).toBeGreaterThanOrEqual(one.spec.downAfter)
      const { block } = one.status
      expect(block === undefined || Date.parse(block.until) <= NOW).toBe(true)
    })
  })

  it('a failback waits for the whole soak, whoever asks', () => {
    assertFor((one) => {
      const { step, memory } = judgeGroup(one)
      if (step.kind !== 'begin' || step.plan.kind !== 'Failback') return
      expect(NOW - (memory.soakSince ?? NOW)).toBeGreaterThanOrEqual(one.spec.failback.soak)
      expect(step.plan.to).toBe('db-0')
    })
  })

  it('the same look is judged the same way twice', () => {
    assertFor((one) => {
      expect(judgeGroup(one)).toEqual(judgeGroup(structuredClone(one)))
    })
  })
})

const outcome: fc.Arbitrary<FenceOutcome | StepOutcome> = fc.oneof(
  fc.record({
    kind: fc.constant('fenced' as const),
    by: fc.constantFrom('Told', 'Ended', 'Starved', 'Routed'),
    why: fc.constant('a test'),
  }),
  fc.record({ kind: fc.constantFrom('waiting', 'failed', 'refused'), why: fc.constant('a test') }),
  fc.constant({ kind: 'done' as const }),
)

describe('whatever becomes of a step', () => {
  it('an epoch keeps its member, Promoting comes after a fence only, and from there the member is active in the end', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(outcome, readings, fc.nat(20_000)), { maxLength: 12 }), (outcomes) => {
        const facts = { spec: spec(), look: { at: NOW, members: DOWN }, now: NOW, identityOf: () => undefined }
        const plan = { kind: 'Failover', from: 'db-0', to: 'db-2', by: 'evenkeel', reasons: [] } as const
        let now = NOW
        let before = beginSwitch(STATUS, plan, facts)
        let isFenced = false
        for (const [one, members, passedMs] of outcomes) {
          now += passedMs
          const after = afterStep(before, one, { ...facts, now, look: { at: now, members } })
          if (before.switch?.step === 'Fencing' && one.kind === 'fenced') isFenced = true
          if (after.switch === undefined && before.switch !== undefined) {
            expect(after).toMatchObject({ active: 'db-2', epoch: 2, block: { epoch: 2 } })
            expect(isFenced).toBe(true)
          }
          if (after.switch !== undefined) {
            expect([after.switch.epoch, after.switch.to]).toEqual([2, 'db-2'])
            if (after.switch.step !== 'Fencing') expect(after.switch.fenced).toBeDefined()
          }
          before = after
        }
      }),
      { numRuns: 2000, seed: 6 },
    )
  })
})
