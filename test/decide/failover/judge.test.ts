// The rules of failover, one by one, on one look at a group of three.
import { describe, expect, it } from 'vitest'
import type { Switch } from '../../../controller/model/failover-group-status.ts'
import {
  ago,
  CALM,
  type Case,
  conditionOf,
  DOWN,
  DOWN_LONG,
  entry,
  judge,
  LESS,
  lost,
  MORE,
  member,
  mute,
  NOW,
  primary,
  replica,
  STATUS,
  said,
  WELL,
  whyOf,
} from './group.ts'

const downWith = (...others: NonNullable<Case['members']>): Case => ({
  members: [lost('db-0'), ...others],
  memory: DOWN_LONG,
})
const asks = (change: object = {}) => ({ id: 'r1', kind: 'Switchover' as const, by: 'ann', ...change })
const blocked = { ...STATUS, block: { epoch: 1, until: ago(-60_000) } }

describe('a failover', () => {
  it('is made to the replica that has the most, with what it rests on', () => {
    const { step, verdict } = judge({ members: DOWN })
    expect(verdict).toBe('act')
    expect(step).toEqual({
      kind: 'begin',
      plan: {
        kind: 'Failover',
        from: 'db-0',
        to: 'db-2',
        by: 'evenkeel',
        reasons: [
          'db-0 does not answer (a test), for 5 s.',
          'db-1 and db-2 do not hear from it either.',
          'db-2 has all that is known of its writes.',
        ],
      },
    })
  })

  it.each<[string, Case, string]>([
    ['the primary is well', {}, 'none'],
    ['downAfter is not over', { members: DOWN, memory: { ...DOWN_LONG, downSince: NOW - 4999 } }, 'none'],
    ['there were only two looks', { members: DOWN, memory: { ...DOWN_LONG, looksDown: 1 } }, 'none'],
    ['the primary is unknown', { members: [lost('db-0', 'unknown'), ...DOWN.slice(1)], memory: DOWN_LONG }, 'none'],
    ['what was remembered is of another primary', { members: DOWN, memory: { ...DOWN_LONG, active: 'db-1' } }, 'none'],
    [
      'the primary refuses connections',
      { members: [lost('db-0', 'refused'), ...DOWN.slice(1)], memory: DOWN_LONG },
      'begin Failover db-2',
    ],
    [
      'the primary has no pod',
      { members: [lost('db-0', 'gone'), ...DOWN.slice(1)], memory: DOWN_LONG },
      'begin Failover db-2',
    ],
    [
      'the primary says it takes no writes, and its replicas hear it',
      { members: [primary('db-0', { isWritable: false }), ...WELL.slice(1)], memory: DOWN_LONG },
      'begin Failover db-1',
    ],
    [
      'a replica hears only silence',
      downWith(replica('db-1', { primarySilentMs: 5000, position: 990 }), MORE),
      'begin Failover db-2',
    ],
    ['one replica is gone with it, the other tells', downWith(lost('db-1', 'refused'), MORE), 'begin Failover db-2'],
    [
      'positions are equal: the order of the spec decides',
      downWith(replica('db-1', { link: 'Down' }), MORE),
      'begin Failover db-1',
    ],
    [
      'the address they follow is nobody’s now',
      downWith(replica('db-1', { link: 'Down', follows: undefined }), lost('db-2', 'refused')),
      'begin Failover db-1',
    ],
  ])('is decided when %s: %#', (_what, input, expected) => {
    expect(said(judge(input))).toBe(expected)
  })

  it.each<[string, Case, string]>(
    [
      [
        'a replica still hears from it',
        downWith(LESS, replica('db-2')),
        'db-2 still hears from db-0: it is Evenkeel that',
      ],
      ['a silence is short', downWith(LESS, replica('db-2', { primarySilentMs: 4999 })), 'db-2 still hears from db-0'],
      ['no replica answers', downWith(lost('db-1'), lost('db-2', 'refused')), 'No replica of db-0 answers'],
      [
        'a replica does not say whether it hears',
        downWith(LESS, mute(replica('db-2'), 'link', 'primarySilentMs')),
        'db-2 does not say whether',
      ],
      [
        'it takes no writes only for want of replicas that hear it',
        { members: [primary('db-0', { isWritable: false, replicas: 0 }), ...WELL.slice(1)], memory: DOWN_LONG },
        'still hear from db-0',
      ],
      [
        'all are too far behind',
        {
          ...downWith(LESS, MORE),
          status: { ...STATUS, lastSeen: { ...STATUS.lastSeen, at: ago(1), position: 9_999_999 } },
        },
        'over the limit of 1,048,576 bytes',
      ],
      [
        'it is not known how far they are behind',
        downWith(mute(LESS, 'position'), mute(MORE, 'position')),
        'How far db-1 is behind is not known',
      ],
      [
        'none may be promoted but the primary',
        {
          members: DOWN,
          spec: { members: [{ name: 'db-0' }, { name: 'db-1', promote: 'Never' }, { name: 'db-2', promote: 'Never' }] },
        },
        'db-1 may not be promoted',
      ],
      [
        'all are unfit',
        downWith({ ...LESS, unfit: 'its SQL thread stopped' }, { ...MORE, unfit: 'x' }),
        'db-1 is not fit: its SQL thread stopped.',
      ],
      ['the last one is not acknowledged', { members: DOWN, status: blocked }, 'epoch 1, has not been acknowledged'],
      [
        'it would come back with writes',
        { members: DOWN, status: { ...STATUS, lastSeen: { at: ago(1), podUid: 'u' } } },
        'set min-replicas-to-write',
      ],
      [
        'it was never seen well',
        { members: DOWN, status: { active: 'db-0', epoch: 1, members: STATUS.members } },
        'has not been seen well',
      ],
      ['it and a replica are silent together', downWith(LESS, lost('db-2')), 'db-0 and db-2 are silent together'],
      [
        'another says that it is a primary',
        downWith(LESS, primary('db-2', { instance: 'db-2-a' })),
        'db-2 says that it is a primary, too',
      ],
      ['its manager can’t be asked', { members: DOWN, managerFault: 'no quorum' }, "can't be asked: no quorum."],
      [
        'the last attempt came to nothing a moment ago',
        {
          members: DOWN,
          status: {
            ...STATUS,
            lastSeen: { ...STATUS.lastSeen, at: ago(9000) },
            history: [entry({ outcome: 'Abandoned' })],
          },
        },
        'It was abandoned: a test',
      ],
    ].filter(([what]) => what !== 'a replica follows another') as [string, Case, string][],
  )('is refused, aloud, when %s', (_what, input, expected) => {
    const decision = judge(input)
    expect(said(decision)).toBe('refuse Failover')
    expect(whyOf(decision)).toContain(expected)
    expect(conditionOf(decision, 'FailoverRefused')).toBe('True RuleAgainst')
  })

  it('is made although the last attempt came to nothing, once the primary has been well since', () => {
    const history = [entry({ outcome: 'Abandoned', endedAt: ago(7000) })]
    expect(said(judge({ members: DOWN, status: { ...STATUS, history } }))).toBe('begin Failover db-2')
  })

  it.each<[string, Partial<Case>]>([
    ['it is acknowledged', { acknowledgedEpoch: 1 }],
    ['it is over', { status: { ...STATUS, block: { epoch: 1, until: ago(1) } } }],
    [
      'the acknowledgement is written down',
      { status: { ...STATUS, block: { epoch: 1, until: ago(-60_000), acknowledgedAt: ago(5) } } },
    ],
  ])('is made in spite of the recovery block when %s', (_what, input) => {
    expect(said(judge({ status: blocked, ...input, members: DOWN }))).toBe('begin Failover db-2')
  })

  it('is not made past a block by the acknowledgement of another epoch', () => {
    expect(said(judge({ status: blocked, members: DOWN, acknowledgedEpoch: 7 }))).toBe('refuse Failover')
  })

  it('behind a mere Service goes to the first standby that is well', () => {
    const well = (name: string) => ({ name, reach: { kind: 'answers' as const } })
    const input = {
      spec: { method: { service: {} } },
      members: [lost('db-0'), well('db-1'), well('db-2')],
      memory: DOWN_LONG,
    }
    expect(said(judge(input))).toBe('begin Failover db-1')
    expect(said(judge({ ...input, members: [lost('db-0'), lost('db-1'), lost('db-2')] }))).toBe('refuse Failover')
  })

  it('goes back to the primary before, when the new one was lost while it was promoted', () => {
    const status = {
      ...STATUS,
      active: 'db-2',
      epoch: 2,
      history: [entry({ epoch: 2, kind: 'Switchover', outcome: 'Failed' })],
      members: [member('db-0', { former: true })],
    }
    const members = [
      primary('db-0', { isWritable: false }),
      replica('db-1', { link: 'Down', follows: 'db-2' }),
      lost('db-2', 'refused'),
    ]
    expect(said(judge({ status, members, memory: { ...DOWN_LONG, active: 'db-2' } }))).toBe('begin Failover db-0')
  })
})

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

function underWay(change: Partial<Switch> = {}): Switch {
  return {
    epoch: 2,
    kind: 'Failover',
    from: 'db-0',
    to: 'db-2',
    step: 'Fencing',
    stepSince: ago(1000),
    startedAt: ago(1000),
    by: 'evenkeel',
    reason: 'a test',
    ...change,
  }
}

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

describe('what is asked for', () => {
  it.each<[string, Case, string]>([
    ['a switchover goes to the best', { request: asks() }, 'begin Switchover db-1'],
    ['a switchover goes to whom it names', { request: asks({ to: 'db-2' }) }, 'begin Switchover db-2'],
    ['a person is not held up by the block', { request: asks(), status: blocked }, 'begin Switchover db-1'],
    [
      'of a lost primary it is a failover, without the block',
      { request: asks(), members: DOWN, status: blocked },
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
      { request: asks({ by: 'Guard/shop' }), status: blocked },
      'has not been acknowledged',
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

/** db-1 has taken over, and db-0 follows it. */
function away(): Case {
  return {
    status: { ...STATUS, active: 'db-1', epoch: 2 },
    members: [replica('db-0', { follows: 'db-1' }), primary('db-1'), replica('db-2', { follows: 'db-1' })],
    memory: { ...CALM, active: 'db-1' },
  }
}
function soaked(ms: number) {
  return { ...CALM, active: 'db-1', soakSince: NOW - ms }
}

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

describe('a rehearsal', () => {
  const drill = (mode: string) => ({ drill: { cron: '0 3 * * *', mode } })
  const half = entry({ kind: 'Drill', by: 'drill', from: 'db-1', to: 'db-0', endedAt: ago(1000) })
  it.each<[string, Case, string]>([
    ['passes when a failover would be possible', { spec: drill('Observe') }, 'drill passed'],
    [
      'fails when it would not',
      { spec: drill('Observe'), members: [primary('db-0'), lost('db-1'), lost('db-2')] },
      'drill failed',
    ],
    ['switches in mode Enforce', { spec: drill('Enforce') }, 'begin Drill db-1'],
    [
      'fails in mode Enforce when a rule stands against it',
      { spec: drill('Enforce'), status: blocked },
      'drill failed',
    ],
    [
      'fails in mode Enforce of a group that only observes',
      { spec: { ...drill('Enforce'), mode: 'Observe' } },
      'drill failed',
    ],
    ['waits for a primary that is well', { spec: drill('Observe'), members: DOWN, memory: CALM }, 'none'],
    ['goes back', { spec: drill('Enforce'), status: { ...STATUS, history: [half] } }, 'begin Drill db-1'],
    [
      'waits for who is to be gone back to',
      {
        spec: drill('Enforce'),
        status: { ...STATUS, history: [half] },
        members: [primary('db-0'), replica('db-1', { link: 'Down' }), replica('db-2')],
      },
      'none',
    ],
    [
      'passes when it is back',
      { spec: drill('Enforce'), status: { ...STATUS, history: [half, { ...half, from: 'db-0', to: 'db-1' }] } },
      'drill passed',
    ],
    [
      'fails when its first half did',
      { spec: drill('Enforce'), status: { ...STATUS, history: [{ ...half, outcome: 'Abandoned' }] } },
      'drill failed',
    ],
    [
      'fails when another switch came between',
      { spec: drill('Enforce'), status: { ...STATUS, history: [half, entry({ to: 'db-0' })] } },
      'drill failed',
    ],
    [
      'fails when it does not get back',
      {
        spec: drill('Enforce'),
        status: { ...STATUS, history: [{ ...half, endedAt: ago(600_001) }] },
        members: [primary('db-0'), lost('db-1'), replica('db-2')],
      },
      'drill failed',
    ],
  ])('%s', (_what, input, expected) => {
    expect(said(judge({ isDrillDue: true, ...input }))).toBe(expected)
  })

  it('that is recorded is over', () => {
    const status = {
      ...STATUS,
      history: [half],
      drill: { at: ago(500), mode: 'Enforce' as const, passed: true, message: '' },
    }
    expect(said(judge({ spec: drill('Enforce'), status }))).toBe('none')
  })
})

describe('the conditions', () => {
  it.each<[string, Case, string, string]>([
    ['all is well', {}, 'Available', 'True PrimaryWell'],
    ['all is well', {}, 'FailoverReady', 'True Ready'],
    ['all is well', {}, 'Observed', 'True AllAsked'],
    ['all is well', {}, 'FailoverRefused', 'False NotRefused'],
    ['all is well', {}, 'RecoveryBlocked', 'False NotBlocked'],
    [
      'a member is unknown',
      { members: [primary('db-0'), replica('db-1'), lost('db-2', 'unknown')] },
      'Observed',
      'False NotAsked',
    ],
    [
      'the primary is unknown',
      { members: [lost('db-0', 'unknown'), ...WELL.slice(1)] },
      'Available',
      'Unknown NotAsked',
    ],
    [
      'the primary is unknown',
      { members: [lost('db-0', 'unknown'), ...WELL.slice(1)] },
      'FailoverRefused',
      'Unknown NotAsked',
    ],
    ['the primary is lost', { members: DOWN, memory: CALM }, 'Available', 'False PrimaryDown'],
    [
      'the primary takes no writes',
      { members: [primary('db-0', { isWritable: false }), ...WELL.slice(1)] },
      'Available',
      'False NotWritable',
    ],
    [
      'no standby answers',
      { members: [primary('db-0'), lost('db-1'), lost('db-2')] },
      'FailoverReady',
      'False NoCandidate',
    ],
    [
      'the primary takes writes without replicas',
      { members: [mute(primary('db-0'), 'starves'), ...WELL.slice(1)] },
      'FailoverReady',
      'False RuleAgainst',
    ],
    [
      'it would come back with writes',
      {
        spec: { method: { mysql: {} } },
        members: [primary('db-0', { returnsWritable: 'read_only is not in its configuration' }), ...WELL.slice(1)],
      },
      'FailoverReady',
      'False RuleAgainst',
    ],
    ['it is blocked', { status: blocked }, 'FailoverReady', 'False RecoveryBlocked'],
    ['it is blocked', { status: blocked }, 'RecoveryBlocked', 'True NotAcknowledged'],
    ['a failover is vetoed by a panic', { members: DOWN, panic: 'x' }, 'FailoverRefused', 'True ObserverSuspected'],
    [
      'a failover is tried again',
      { members: DOWN, status: { ...STATUS, switch: underWay(), history: [entry({ outcome: 'Abandoned' })] } },
      'FailoverRefused',
      'True Retrying',
    ],
  ])('when %s', (_what, input, type, expected) => {
    expect(conditionOf(judge(input), type)).toBe(expected)
  })
})
