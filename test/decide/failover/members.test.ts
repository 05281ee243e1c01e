// Who is the primary, whom the Service names, and who is to follow.
import { describe, expect, it } from 'vitest'
import {
  CALM,
  type Case,
  conditionOf,
  DOWN,
  DOWN_LONG,
  entry,
  judge,
  lost,
  member,
  primary,
  replica,
  STATUS,
  said,
  underWay,
  WELL,
} from './group.ts'

/** A replica of nobody. */
const alone = (name: string) => replica(name, { follows: undefined, link: 'Down' })

describe('the first sight of a group', () => {
  const none = { status: {}, memory: { ...CALM, active: undefined } }
  it.each<[string, Case, string]>([
    ['takes the only primary for the active member', {}, 'adopt db-0 Adoption'],
    ['waits while there are two', { members: [primary('db-0'), primary('db-1'), replica('db-2')] }, 'none'],
    [
      'waits while the only one takes no writes',
      { members: [primary('db-0', { isWritable: false }), ...WELL.slice(1)] },
      'none',
    ],
    [
      'takes the only primary that takes no writes for want of replicas, which it gets so',
      { members: [primary('db-0', { isWritable: false, replicas: 0 }), alone('db-1'), alone('db-2')] },
      'adopt db-0 Adoption',
    ],
    [
      'does not take such a one while another that could be the primary is out of sight',
      { members: [primary('db-0', { isWritable: false, replicas: 0 }), alone('db-1'), lost('db-2')] },
      'none',
    ],
    ['waits while there is none', { members: [lost('db-0'), ...WELL.slice(1)] }, 'none'],
    [
      'behind a Service takes whom it names',
      { spec: { method: { service: {} } }, routed: 'db-1' },
      'adopt db-1 Adoption',
    ],
    [
      'behind a Service that names nobody takes the first that is well',
      { spec: { method: { service: {} } }, routed: undefined, members: [lost('db-0'), ...WELL.slice(1)] },
      'adopt db-1 Adoption',
    ],
  ])('%s', (_what, input, expected) => {
    expect(said(judge({ ...none, ...input }))).toBe(expected)
  })

  it('is recorded in mode Observe, too', () => {
    expect(judge({ ...none, spec: { mode: 'Observe' } }).verdict).toBe('act')
  })
})

describe('a primary that has lost what others still have', () => {
  const emptied = primary('db-0', { lost: 'it came back empty' })
  const members = [emptied, replica('db-1', { link: 'Down' }), replica('db-2', { link: 'Down' })]

  it('is failed over from like one that is down, also when it takes writes', () => {
    expect(said(judge({ members, memory: DOWN_LONG }))).toBe('begin Failover db-1')
    expect(conditionOf(judge({ members }), 'Available')).toMatch(/^False/)
  })
  it('is followed by nobody who does not follow it yet', () => {
    expect(said(judge({ members: [emptied, alone('db-1'), alone('db-2')] }))).toBe('none')
  })
})

describe('what others have done', () => {
  const members = [replica('db-0', { follows: 'db-1' }), primary('db-1'), replica('db-2', { follows: 'db-1' })]
  it('is taken over when the active member itself follows the new primary', () => {
    expect(said(judge({ members }))).toBe('adopt db-1 Manager')
  })
  it('is taken over from a manager once the old primary no longer says that it is one', () => {
    const delegated = { spec: { method: { sentinel: { master: 'm', service: 's' } } } }
    expect(said(judge({ ...delegated, members: [lost('db-0'), ...members.slice(1)] }))).toBe('adopt db-1 Manager')
    expect(said(judge({ ...delegated, members: [primary('db-0'), ...members.slice(1)] }))).toBe('none')
  })
  it('is left alone when there are two primaries: nobody is touched', () => {
    const decision = judge({ members: [primary('db-0'), primary('db-1'), replica('db-2', { follows: 'db-1' })] })
    expect(said(decision)).toBe('none')
    expect(conditionOf(decision, 'Available')).toBe('False TwoPrimaries')
    expect(conditionOf(decision, 'FailoverReady')).toBe('False NoCandidate')
  })
})

it('a member that a switch has just made the primary is no second one', () => {
  const fenced = primary('db-0', { isWritable: false })
  const status = { ...STATUS, switch: underWay({ step: 'Promoting', to: 'db-1' }) }
  const decision = judge({ status, members: [fenced, primary('db-1'), replica('db-2')] })
  expect(said(decision)).toMatch(/^continue/)
  expect(conditionOf(decision, 'Available')).toBe('False NotWritable')
})

describe('the Service', () => {
  it.each<[string, Case, string]>([
    ['is given the active member when it names none', { routed: undefined }, 'route db-0'],
    [
      'is left alone where it named another from the beginning',
      { routed: 'db-1', status: { ...STATUS, history: [entry({ kind: 'Adoption', to: 'db-0' })] } },
      'none',
    ],
    [
      'is corrected where a switch of ours had set it',
      { routed: 'db-1', status: { ...STATUS, history: [entry({ to: 'db-0' })] } },
      'route db-0',
    ],
    ['is left alone while the active member is not well', { routed: undefined, members: DOWN, memory: CALM }, 'none'],
  ])('%s', (_what, input, expected) => {
    expect(said(judge(input))).toBe(expected)
  })
  it('that named another from the beginning is told of', () => {
    const history = [entry({ kind: 'Adoption', to: 'db-0' })]
    expect(conditionOf(judge({ routed: 'db-1', status: { ...STATUS, history } }), 'Available')).toBe(
      'False RoutedElsewhere',
    )
  })
})

describe('a rejoin', () => {
  const former = { ...STATUS, members: [member('db-0', { role: 'Primary' }), member('db-1', { former: true })] }
  it.each<[string, Case, string]>([
    [
      'of one that was replaced',
      { status: former, members: [primary('db-0'), primary('db-1'), replica('db-2')] },
      'rejoin db-1',
    ],
    [
      'of one that came up anew as a primary',
      { members: [primary('db-0'), primary('db-1', { instance: 'db-1-b' }), replica('db-2')] },
      'rejoin db-1',
    ],
    [
      'of one that follows another',
      { members: [primary('db-0'), replica('db-1', { follows: 'db-2' }), replica('db-2')] },
      'rejoin db-1',
    ],
    [
      'of one that follows nobody’s address in vain',
      { members: [primary('db-0'), replica('db-1', { follows: undefined, link: 'Down' }), replica('db-2')] },
      'rejoin db-1',
    ],
    [
      'to a primary that takes no writes for want of it',
      {
        members: [
          primary('db-0', { isWritable: false, replicas: 0 }),
          primary('db-1', { instance: 'b' }),
          lost('db-2'),
        ],
        memory: DOWN_LONG,
      },
      'rejoin db-1',
    ],
    [
      'not of one that follows an address which it reaches',
      { members: [primary('db-0'), replica('db-1', { follows: undefined }), replica('db-2')] },
      'none',
    ],
    [
      'not while the primary is lost',
      { members: [lost('db-0'), replica('db-1', { follows: 'db-2' }), replica('db-2')] },
      'none',
    ],
    [
      'not of one that is unknown',
      { status: former, members: [primary('db-0'), lost('db-1', 'unknown'), replica('db-2')] },
      'none',
    ],
    [
      'not of one that was never seen before',
      { status: { ...STATUS, members: [] }, members: [primary('db-0'), primary('db-1'), replica('db-2')] },
      'none',
    ],
    [
      'not under a manager',
      {
        spec: { method: { patroni: {} } },
        members: [primary('db-0'), replica('db-1', { follows: 'db-2' }), replica('db-2')],
      },
      'none',
    ],
  ])('is made %s', (_what, input, expected) => {
    expect(said(judge(input))).toBe(expected)
  })
})
