// A switch from step to step, how it ends, and what a look leaves in status.
import { describe, expect, it } from 'vitest'
import {
  type AdvanceFacts,
  abandonSwitch,
  adoptPrimary,
  afterStep,
  beginSwitch,
  noteDrill,
  refuseSwitch,
} from '../../../controller/decide/failover/advance.ts'
import { acknowledgeBlock } from '../../../controller/decide/failover/block.ts'
import { withEntry } from '../../../controller/decide/failover/history.ts'
import { freshMemory } from '../../../controller/decide/failover/memory.ts'
import { lookFromStatus, noteLook } from '../../../controller/decide/failover/note-look.ts'
import type { MemberReading, StepOutcome } from '../../../controller/model/failover.ts'
import type { HistoryEntry, Switch } from '../../../controller/model/failover-group-status.ts'
import { ago, CALM, DOWN, entry, lost, member, NOW, primary, replica, STATUS, spec, underWay, WELL } from './group.ts'

const facts = (members: readonly MemberReading[] = DOWN, change: object = {}): AdvanceFacts => ({
  spec: spec(change),
  look: { at: NOW, members },
  now: NOW,
  identityOf: (name) => ({ podUid: `u-${name}` }),
})
const at = (change: Partial<Switch>) => ({ ...STATUS, switch: underWay(change) })
const done: StepOutcome = { kind: 'done' }
const waiting: StepOutcome = { kind: 'waiting', why: 'it does not show yet' }
const fenced = { kind: 'fenced', by: 'Ended', why: 'the kubelet says so' } as const
const late = ago(30_000)

describe('a step', () => {
  it.each<[string, Partial<Switch>, StepOutcome | typeof fenced, readonly MemberReading[], string]>([
    ['a fence leads to Promoting', {}, fenced, DOWN, 'Promoting'],
    ['no fence, no promotion', { stepSince: late }, waiting, DOWN, 'Fencing'],
    ['“done” is no fence', {}, done, DOWN, 'Fencing'],
    [
      'nobody is promoted who does not answer just now',
      {},
      fenced,
      [lost('db-0'), lost('db-1'), lost('db-2')],
      'Fencing',
    ],
    ['a fence is taken back until it is', { step: 'Unfencing', abandoned: 'x' }, waiting, DOWN, 'Unfencing'],
    ['a promotion is waited for', { step: 'Promoting' }, waiting, DOWN, 'Promoting'],
    [
      'a promotion is waited for as long as its member answers',
      { step: 'Promoting', stepSince: late },
      waiting,
      DOWN,
      'Promoting',
    ],
    [
      'a promotion is waited for while its member is unknown',
      { step: 'Promoting', stepSince: late },
      waiting,
      [lost('db-2', 'unknown')],
      'Promoting',
    ],
    ['a promotion leads to Following', { step: 'Promoting' }, done, DOWN, 'Following'],
    ['followers are waited for', { step: 'Following' }, waiting, DOWN, 'Following'],
    ['followers are not waited for much', { step: 'Following', stepSince: ago(3000) }, waiting, DOWN, 'Routing'],
    ['the Service is waited for', { step: 'Routing' }, waiting, DOWN, 'Routing'],
    ['a manager is waited for', { step: 'Delegating', stepSince: late }, waiting, DOWN, 'Delegating'],
  ])('%s', (_what, change, outcome, members, expected) => {
    const before = at(change)
    const after = afterStep(before, outcome, facts(members))
    expect(after.switch?.step).toBe(expected)
    // Nothing to write: the very same object.
    expect(after === before).toBe(expected === before.switch.step)
  })

  it('that ends a failover makes its member active, blocks the next, and leaves the old one to follow', () => {
    const after = afterStep(at({ step: 'Routing', fenced: 'Ended: x' }), done, facts([lost('db-0'), primary('db-2')]))
    expect(after).toMatchObject({
      active: 'db-2',
      epoch: 2,
      block: { epoch: 2, until: ago(-3_600_000) },
      lastSeen: { at: ago(0), podUid: 'u-db-2', instance: 'db-2-a' },
    })
    expect(after.switch).toBeUndefined()
    expect(after.history).toMatchObject([{ epoch: 2, kind: 'Failover', from: 'db-0', to: 'db-2', outcome: 'Done' }])
    expect(after.members?.filter(({ former }) => former).map(({ name }) => name)).toEqual(['db-0'])
  })

  it.each<[string, Partial<Switch>]>([
    ['a person', { by: 'ann' }],
    ['a switchover', { kind: 'Switchover' }],
    ['a drill', { kind: 'Drill', by: 'drill' }],
  ])('that ends one by %s blocks nothing', (_what, change) => {
    expect(afterStep(at({ step: 'Routing', ...change }), done, facts()).block).toBeUndefined()
  })

  it('that ends a switchover by a Guard blocks the next: nobody has looked into it', () => {
    const after = afterStep(at({ step: 'Routing', kind: 'Switchover', by: 'Guard/shop' }), done, facts())
    expect(after.block).toEqual({ epoch: 2, until: ago(-3_600_000) })
    expect(after.history).toMatchObject([{ kind: 'Switchover', by: 'Guard/shop', outcome: 'Done' }])
  })

  it('without a Service ends with Following', () => {
    const after = afterStep(at({ step: 'Following' }), done, facts(DOWN, { service: undefined }))
    expect(after).toMatchObject({ active: 'db-2', epoch: 2 })
  })

  it.each<[string, Partial<Switch>, readonly MemberReading[], string, object]>([
    [
      'a member lost while it was promoted',
      { step: 'Promoting', stepSince: late },
      [lost('db-2', 'refused')],
      'Failed',
      { active: 'db-2', epoch: 2, block: { epoch: 2 }, lastSeen: { position: 1000 } },
    ],
    [
      'a Service that can’t be switched',
      { step: 'Routing', stepSince: late },
      DOWN,
      'Failed',
      { active: 'db-2', epoch: 2 },
    ],
    [
      'a manager that does not',
      { step: 'Delegating', stepSince: ago(60_000) },
      DOWN,
      'Failed',
      { active: 'db-0', epoch: 2 },
    ],
    [
      'a fence that can’t be taken back',
      { step: 'Unfencing', stepSince: late, abandoned: 'db-0 is well again.' },
      DOWN,
      'Abandoned',
      { active: 'db-0', epoch: 2 },
    ],
  ])('is given up in time: %s', (_what, change, members, outcome, expected) => {
    const after = afterStep(at(change), waiting, facts(members))
    expect(after).toMatchObject(expected)
    expect(after.switch).toBeUndefined()
    expect(after.history?.at(-1)).toMatchObject({ outcome, epoch: 2 })
  })

  it('of one that is abandoned takes the fence back, and its epoch is used up', () => {
    const abandoned = abandonSwitch(at({}), 'db-0 is well again.', facts())
    expect(abandoned.switch).toMatchObject({ step: 'Unfencing', abandoned: 'db-0 is well again.', stepSince: ago(0) })
    const after = afterStep(abandoned, done, facts())
    expect(after).toMatchObject({
      active: 'db-0',
      epoch: 2,
      history: [{ outcome: 'Abandoned', reason: 'db-0 is well again.' }],
    })
    const plan = { kind: 'Failover', from: 'db-0', to: 'db-1', by: 'evenkeel', reasons: ['a', 'b'] } as const
    expect(beginSwitch(after, plan, facts()).switch).toMatchObject({
      epoch: 3,
      to: 'db-1',
      step: 'Fencing',
      reason: 'a b',
    })
  })

  it('of one that is past its fence is never abandoned', () => {
    const before = at({ step: 'Promoting' })
    expect(abandonSwitch(before, 'x', facts())).toBe(before)
  })

  it('answers its request when it begins and when it ends', () => {
    const plan = { kind: 'Switchover', from: 'db-0', to: 'db-1', by: 'ann', reasons: [], request: 'r1' } as const
    const begun = beginSwitch(STATUS, plan, facts())
    expect(begun.request).toMatchObject({ id: 'r1', outcome: 'Accepted' })
    const last = { ...begun, switch: { ...underWay({ step: 'Routing' }), request: 'r1' } }
    expect(afterStep(last, done, facts()).request).toMatchObject({ id: 'r1', outcome: 'Done' })
  })

  it('of a delegated group is one', () => {
    const plan = { kind: 'Switchover', from: 'db-0', to: 'db-1', by: 'ann', reasons: [] } as const
    const delegated = facts(DOWN, { method: { patroni: {} } })
    const begun = beginSwitch(STATUS, plan, delegated)
    expect(begun.switch?.step).toBe('Delegating')
    expect(afterStep(begun, done, delegated)).toMatchObject({ active: 'db-1', epoch: 2 })
  })
})

describe('the history', () => {
  const refusal = {
    kind: 'refuse',
    plan: { kind: 'Failover', from: 'db-0', by: 'evenkeel', reasons: [] },
    why: ['No.'],
  } as const
  it('has a refusal once, however many looks find it', () => {
    const once = refuseSwitch(STATUS, refusal, NOW)
    expect(once.history).toMatchObject([{ outcome: 'Refused', epoch: 2, reason: 'No.' }])
    expect(refuseSwitch(once, refusal, NOW + 1000)).toBe(once)
  })
  it('answers each request that is refused', () => {
    const asked = { ...refusal, plan: { ...refusal.plan, by: 'ann', request: 'r2' } }
    expect(refuseSwitch(STATUS, asked, NOW).request).toEqual({ id: 'r2', outcome: 'Refused', message: 'No.' })
  })
  it('has attempts that fail alike as one, and keeps the last that was done among twenty', () => {
    const all = Array.from({ length: 50 }, (_, index) =>
      entry({ outcome: 'Abandoned', to: index % 2 === 0 ? 'db-1' : 'db-2' }),
    )
    const history = all.reduce<HistoryEntry[]>(withEntry, [entry({ outcome: 'Done', epoch: 7 })])
    expect(history).toHaveLength(20)
    expect(history[0]).toMatchObject({ outcome: 'Done', epoch: 7 })
    expect(withEntry([entry({ outcome: 'Abandoned' })], entry({ outcome: 'Abandoned' }))).toHaveLength(1)
  })
})

describe('what others did', () => {
  it('makes an epoch, too', () => {
    const first = adoptPrimary({}, { kind: 'adopt', active: 'db-0', how: 'Adoption' }, facts(WELL))
    expect(first).toMatchObject({ active: 'db-0', epoch: 1, lastSeen: { podUid: 'u-db-0', position: 1000 } })
    const second = adoptPrimary(first, { kind: 'adopt', active: 'db-1', how: 'Manager' }, facts(WELL))
    expect(second).toMatchObject({
      active: 'db-1',
      epoch: 2,
      history: [{ kind: 'Adoption' }, { kind: 'Manager', from: 'db-0' }],
    })
  })
  it('ends a block when it is an acknowledgement of its epoch', () => {
    const status = { ...STATUS, block: { epoch: 2, until: ago(-1000) } }
    expect(acknowledgeBlock({ status, now: NOW, acknowledgedEpoch: 1 })).toBe(status)
    expect(acknowledgeBlock({ status, now: NOW, acknowledgedEpoch: 2 }).block?.acknowledgedAt).toBe(ago(0))
  })
  it('is told of a rehearsal', () => {
    const step = { kind: 'drill', passed: true, message: 'x' } as const
    expect(noteDrill(STATUS, step, facts()).drill).toEqual({ at: ago(0), mode: 'Observe', passed: true, message: 'x' })
  })
})

describe('a look', () => {
  const noted = (members: readonly MemberReading[], status = STATUS) => noteLook(status, CALM, facts(members))
  it('leaves what a fence would rest on while the primary is well, and only then', () => {
    expect(noted(WELL).lastSeen).toEqual({
      at: ago(0),
      podUid: 'u-db-0',
      instance: 'db-0-a',
      position: 1000,
      starves: { replicas: 1, afterMs: 1000 },
    })
    expect(noted(DOWN).lastSeen).toEqual(STATUS.lastSeen)
  })
  it('remembers who came back as a primary until it follows', () => {
    const back = noted([primary('db-0'), primary('db-1', { instance: 'db-1-b' }), replica('db-2')])
    const formers = (status: typeof STATUS) => status.members?.filter(({ former }) => former).map(({ name }) => name)
    expect(formers(back)).toEqual(['db-1'])
    const silent = noted([primary('db-0'), lost('db-1'), replica('db-2')], back)
    expect(formers(silent)).toEqual(['db-1'])
    expect(formers(noted([primary('db-0'), replica('db-1', { instance: 'db-1-b' }), replica('db-2')], silent))).toEqual(
      [],
    )
  })
  it('can be read back from status by who can’t look', () => {
    const status = noted([primary('db-0'), replica('db-1', { position: 400, unfit: 'x' }), lost('db-2', 'gone')])
    expect(lookFromStatus(status, NOW).members).toMatchObject([
      { name: 'db-0', reach: { kind: 'answers' }, role: 'Primary' },
      { name: 'db-1', reach: { kind: 'answers' }, role: 'Replica', lag: 600, follows: 'db-0', link: 'Up', unfit: 'x' },
      { name: 'db-2', reach: { kind: 'gone', why: 'a test' } },
    ])
  })
  it('is carried on by a new leader only if the last one watched until just now', () => {
    const status = { ...STATUS, soakSince: ago(500_000), lastSeen: { at: ago(30_000) }, members: [member('db-0')] }
    expect(freshMemory(status, NOW)).toMatchObject({ active: 'db-0', looksDown: 0, soakSince: NOW - 500_000 })
    expect(freshMemory({ ...status, lastSeen: { at: ago(30_001) } }, NOW).soakSince).toBeUndefined()
    expect(freshMemory({ ...status, lastSeen: { at: ago(-1) } }, NOW).soakSince).toBeUndefined()
  })
})
