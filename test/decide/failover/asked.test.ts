// What people and Guards ask for, and the way back.
import { describe, expect, it } from 'vitest'
import {
  ago,
  away,
  BLOCKED,
  CALM,
  type Case,
  conditionOf,
  DOWN,
  downWith,
  judge,
  LESS,
  lost,
  NOW,
  primary,
  replica,
  said,
  soaked,
  WELL,
  whyOf,
} from './group.ts'

const asks = (change: object = {}) => ({ id: 'r1', kind: 'Switchover' as const, by: 'ann', ...change })

describe('what is asked for', () => {
  it.each<[string, Case, string]>([
    ['a switchover goes to the best', { request: asks() }, 'begin Switchover db-1'],
    ['a switchover goes to whom it names', { request: asks({ to: 'db-2' }) }, 'begin Switchover db-2'],
    ['a person is not held up by the block', { request: asks(), status: BLOCKED }, 'begin Switchover db-1'],
    [
      'of a lost primary it is a failover, without the block',
      { request: asks(), members: DOWN, status: BLOCKED },
      'begin Failover db-2',
    ],
    [
      'of a lost primary it is a failover, though replicas hear from it',
      { request: asks({ to: 'db-1' }), ...downWith(replica('db-1'), replica('db-2')) },
      'begin Failover db-1',
    ],
    [
      'it waits until it is known whether the primary is lost',
      { request: asks(), members: DOWN, memory: CALM },
      'none',
    ],
    [
      'a person can have a primary by hand taken over, by its name',
      { request: asks({ to: 'db-2' }), ...downWith(LESS, primary('db-2')) },
      'begin Failover db-2',
    ],
    ['a Guard asks, and a well primary hands over', { request: asks({ by: 'Guard/shop' }) }, 'begin Switchover db-1'],
    ['in time', { request: asks({ by: 'Guard/shop', until: ago(0) }) }, 'begin Switchover db-1'],
    [
      'a failback after its soak',
      { ...away(), request: asks({ kind: 'Failback' }), memory: soaked(600_000) },
      'begin Failback db-0',
    ],
  ])('%s', (_what, input, expected) => {
    expect(said(judge(input))).toBe(expected)
  })

  it.each<[string, Case, string]>([
    [
      'by a Guard, while blocked',
      { request: asks({ by: 'Guard/shop' }), status: BLOCKED },
      'has not been acknowledged',
    ],
    [
      'by a Guard, while the observer is suspected',
      { request: asks({ by: 'Guard/shop' }), panic: 'Most Guards are in trouble' },
      'the observer itself is suspected',
    ],
    [
      'when its time is over',
      { request: asks({ by: 'Guard/shop', until: ago(1) }) },
      `It was asked for until ${ago(1)} only.`,
    ],
    [
      'when its time is over, though nobody knows whether the primary is lost',
      { request: asks({ until: ago(1) }), members: DOWN, memory: CALM },
      `It was asked for until ${ago(1)} only.`,
    ],
    [
      'by a person, also while the observer is suspected',
      { request: asks({ to: 'db-0' }), panic: 'x' },
      'db-0 is the primary already.',
    ],
    ['to the primary itself', { request: asks({ to: 'db-0' }) }, 'db-0 is the primary already.'],
    [
      'to nobody that is known',
      { request: asks({ to: 'db-9' }) },
      'db-9 is no member of this group: its members are db-0',
    ],
    [
      'to one that lags',
      {
        request: asks({ to: 'db-2' }),
        members: [primary('db-0', { position: 9_999_999 }), replica('db-1'), replica('db-2')],
      },
      'over the limit',
    ],
    [
      'to one whose link is down',
      { request: asks({ to: 'db-2' }), members: [primary('db-0'), replica('db-1'), replica('db-2', { link: 'Down' })] },
      'The link of db-2 to db-0 is not up.',
    ],
    [
      'of an unknown primary',
      { request: asks(), members: [lost('db-0', 'unknown'), ...WELL.slice(1)] },
      'db-0 could not be asked',
    ],
    ['in mode Observe', { request: asks(), spec: { mode: 'Observe' } }, 'The mode of the group is Observe.'],
    ['in mode Paused', { request: asks(), spec: { mode: 'Paused' } }, 'The mode of the group is Paused.'],
    [
      'a failback before its soak is over',
      { ...away(), request: asks({ kind: 'Failback' }), memory: soaked(599_999) },
      'for 10 m; it has been for',
    ],
    [
      'a failback to a member with lag',
      {
        ...away(),
        request: asks({ kind: 'Failback' }),
        memory: { ...soaked(600_000), activePosition: 1001 },
        members: [replica('db-0', { follows: 'db-1', position: 1000 }), primary('db-1', { position: 1005 })],
      },
      'is not well and without lag',
    ],
    ['a failback of who is at home', { request: asks({ kind: 'Failback' }) }, 'there is nothing to do'],
    [
      'a failback to another',
      { ...away(), request: asks({ kind: 'Failback', to: 'db-2' }), memory: soaked(600_000) },
      'A failback goes to db-0',
    ],
  ])('is refused, and answered: %s', (_what, input, expected) => {
    const decision = judge(input)
    expect(decision).toMatchObject({ verdict: 'act', step: { kind: 'refuse', plan: { request: 'r1' } } })
    expect(whyOf(decision)).toContain(expected)
  })
})

describe('a failback by itself', () => {
  const automatic = { failback: { mode: 'Automatic' } }
  it.each<[string, Case, string]>([
    ['comes after the soak', { spec: automatic, memory: soaked(600_000) }, 'begin Failback db-0'],
    ['not before', { spec: automatic, memory: soaked(599_999) }, 'none'],
    ['not in mode Manual', { memory: soaked(600_000) }, 'none'],
    [
      'not while blocked',
      { spec: automatic, memory: soaked(600_000), status: { ...away().status, block: { epoch: 2, until: ago(-1) } } },
      'none',
    ],
    [
      'not after a look at which it was unknown',
      {
        spec: automatic,
        memory: soaked(600_000),
        members: [lost('db-0', 'unknown'), ...(away().members ?? []).slice(1)],
      },
      'none',
    ],
    ['not with the clock of before', { spec: automatic, memory: soaked(600_000), clockUnsteadyUntil: NOW + 1 }, 'none'],
  ])('%s', (_what, input, expected) => {
    expect(said(judge({ ...away(), ...input }))).toBe(expected)
  })

  it('has a condition that says how far it is', () => {
    expect(conditionOf(judge(), 'FailbackReady')).toBe('False AtHome')
    expect(conditionOf(judge({ ...away() }), 'FailbackReady')).toBe('False Soaking')
    expect(conditionOf(judge({ ...away(), memory: soaked(600_000) }), 'FailbackReady')).toBe('True Soaked')
  })
})
