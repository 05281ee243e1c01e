// When a failover is made, and every rule that stands against it.
import { describe, expect, it } from 'vitest'
import {
  ago,
  BLOCKED,
  type Case,
  conditionOf,
  DOWN,
  DOWN_LONG,
  downWith,
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
      ['the last one is not acknowledged', { members: DOWN, status: BLOCKED }, 'epoch 1, has not been acknowledged'],
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
    expect(said(judge({ status: BLOCKED, ...input, members: DOWN }))).toBe('begin Failover db-2')
  })

  it('is not made past a block by the acknowledgement of another epoch', () => {
    expect(said(judge({ status: BLOCKED, members: DOWN, acknowledgedEpoch: 7 }))).toBe('refuse Failover')
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
      epoch: 3,
      history: [
        entry({ epoch: 2, kind: 'Switchover', outcome: 'Failed' }),
        entry({ epoch: 3, outcome: 'Abandoned', from: 'db-2', to: 'db-1' }),
      ],
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
