// Whether anything may be done now, and whether a switch under way goes on.
import { describe, expect, it } from 'vitest'
import type { Switch } from '../../../controller/model/failover-group-status.ts'
import {
  ago,
  type Case,
  conditionOf,
  DOWN,
  judge,
  LESS,
  lost,
  MORE,
  NOW,
  primary,
  replica,
  STATUS,
  said,
  underWay,
  WELL,
  whyOf,
} from './group.ts'

describe('the verdict', () => {
  it.each<[string, Case, string, string]>([
    ['does not lead', { isLeading: false }, 'veto', 'This replica does not hold the lease.'],
    ['is paused', { spec: { mode: 'Paused' } }, 'veto', 'The mode is Paused.'],
    [
      'is suspected',
      { panic: 'Most Guards are in trouble' },
      'veto',
      'Most Guards are in trouble: the observer itself is suspected.',
    ],
    ['only observes', { spec: { mode: 'Observe' } }, 'would', 'The mode is Observe.'],
  ])('is not to act for one that %s', (_what, input, verdict, why) => {
    const decision = judge({ members: DOWN, ...input })
    expect(decision).toMatchObject({ verdict, why: [why], step: { kind: 'begin' } })
  })

  it('after a jump of the clock is not even asked for: its timers are forgotten', () => {
    const decision = judge({ members: DOWN, clockUnsteadyUntil: NOW + 20_000 })
    expect(decision).toMatchObject({
      verdict: 'veto',
      step: { kind: 'none' },
      memory: { downSince: NOW, looksDown: 1 },
    })
  })

  it('lets what is past its fence be finished in spite of the clock and a panic, but not without the lease', () => {
    const input = { status: { ...STATUS, switch: underWay({ step: 'Promoting' }) }, members: DOWN }
    expect(judge({ ...input, clockUnsteadyUntil: NOW + 9, panic: 'x' })).toMatchObject({
      verdict: 'act',
      step: { kind: 'continue' },
    })
    expect(judge({ ...input, isLeading: false }).verdict).toBe('veto')
    const fencing = { status: { ...STATUS, switch: underWay() }, members: DOWN }
    expect(judge({ ...fencing, clockUnsteadyUntil: NOW + 9 }).verdict).toBe('veto')
    expect(judge({ ...fencing, panic: 'x' }).verdict).toBe('veto')
  })
})

describe('a person who asks while the observer is suspected', () => {
  const request = { id: 'r1', kind: 'Switchover' as const, by: 'ann' }
  it.each<[string, Case]>([
    ['has a well primary hand over', { request }],
    ['has a lost one taken over', { request, members: DOWN }],
    [
      'has what is fenced go on',
      { status: { ...STATUS, switch: underWay({ by: 'ann', request: 'r1' }) }, members: DOWN },
    ],
    ['has it abandoned', { status: { ...STATUS, switch: underWay({ by: 'ann', request: 'r1' }) } }],
  ])('%s', (_what, input) => {
    const decision = judge({ ...input, panic: 'Most Guards are in trouble' })
    expect(decision.verdict).toBe('act')
    expect(said(decision)).toMatch(/^(begin|continue|abandon)/)
    expect(conditionOf(decision, 'FailoverRefused')).not.toBe('True ObserverSuspected')
  })

  it('is not a Guard', () => {
    const byGuard = underWay({ by: 'Guard/shop', request: 'r1' })
    expect(judge({ status: { ...STATUS, switch: byGuard }, members: DOWN, panic: 'x' }).verdict).toBe('veto')
  })
})

describe('a switch under way', () => {
  const go = (change: Partial<Switch>, input: Case) =>
    judge({ ...input, status: { ...STATUS, switch: underWay(change) } })

  it.each<[string, Partial<Switch>, Case, string]>([
    ['goes on while the primary is lost', {}, { members: DOWN }, 'continue'],
    ['goes on while the primary is unknown', {}, { members: [lost('db-0', 'unknown'), ...DOWN.slice(1)] }, 'continue'],
    ['waits for one that does not answer in one look', {}, { members: [lost('db-0'), LESS, lost('db-2')] }, 'continue'],
    ['is abandoned when the primary is well again', {}, {}, 'abandon'],
    [
      'goes on when the primary answers and takes no writes',
      {},
      { members: [primary('db-0', { isWritable: false }), ...WELL.slice(1)] },
      'continue',
    ],
    ['is abandoned when there is no fence in time', { stepSince: ago(30_000) }, { members: DOWN }, 'abandon'],
    [
      'is abandoned when the clock went back behind its beginning',
      { stepSince: ago(-1000) },
      { members: DOWN },
      'abandon',
    ],
    [
      'is abandoned when who was to take over restarts',
      {},
      { members: [lost('db-0'), LESS, lost('db-2', 'refused')] },
      'abandon',
    ],
    [
      'is abandoned when who was to take over turns unfit',
      {},
      { members: [lost('db-0'), LESS, { ...MORE, unfit: 'x' }] },
      'abandon',
    ],
    ['as planned goes on with a well primary', { kind: 'Switchover' }, {}, 'continue'],
    ['as planned is abandoned when the primary is lost', { kind: 'Switchover' }, { members: DOWN }, 'abandon'],
    [
      'is given back its primary, whatever is seen',
      { step: 'Unfencing', abandoned: 'x' },
      { members: DOWN },
      'continue',
    ],
    ['is only ever finished: Promoting', { step: 'Promoting', stepSince: ago(999_000) }, {}, 'continue'],
    [
      'is only ever finished: Following',
      { step: 'Following', stepSince: ago(999_000) },
      { members: [lost('db-0'), lost('db-1'), lost('db-2', 'refused')] },
      'continue',
    ],
    ['is only ever finished: Routing', { step: 'Routing', stepSince: ago(999_000) }, {}, 'continue'],
  ])('%s', (_what, change, input, expected) => {
    expect(said(go(change, input))).toBe(expected)
  })

  it('under a manager is over when the manager chose another', () => {
    const members = [lost('db-0'), primary('db-1'), replica('db-2', { follows: 'db-1' })]
    const decision = go({ step: 'Delegating' }, { spec: { method: { patroni: {} } }, members })
    expect(whyOf(decision)).toBe('The manager made db-1 the primary, not db-2.')
  })
})
