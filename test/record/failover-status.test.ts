// When a group's status is worth a write: at once for what successors and people act on, now and then for mere positions.
import { describe, expect, it } from 'vitest'
import type { FailoverGroupStatus } from '../../controller/model/failover-group-status.ts'
import { unrunStatus, withConditions, worthWriting } from '../../controller/record/failover-status.ts'

const AT = '2026-01-01T00:00:00.000Z'
const LATER = '2026-01-01T00:00:05.000Z'
const WRITTEN: FailoverGroupStatus = {
  active: 'a',
  epoch: 2,
  lastSeen: { at: AT, instance: 'i', podUid: 'u', position: 10 },
  members: [{ name: 'b', role: 'Replica', state: 'Silent: nothing within 1 s', lag: 4, position: 6 }],
  conditions: [{ type: 'Available', status: 'True', reason: 'PrimaryWell', message: 'x', lastTransitionTime: AT }],
}
const [member] = WRITTEN.members ?? []
const [condition] = WRITTEN.conditions ?? []
if (member === undefined || condition === undefined) throw new Error('the status has a member and a condition')

describe('a status is written', () => {
  it.each<[string, FailoverGroupStatus, 'now' | 'later' | 'no']>([
    ['not at all when nothing differs', {}, 'no'],
    ['later for a position', { lastSeen: { ...WRITTEN.lastSeen, at: LATER, position: 99 } }, 'later'],
    [
      'later for a lag, and for how a silence is put',
      { members: [{ ...member, lag: 5, position: 8, state: 'Silent: timeout' }] },
      'later',
    ],
    ['later for the words of a condition', { conditions: [{ ...condition, message: 'y' }] }, 'later'],
    ['now for another run of the primary', { lastSeen: { at: AT, instance: 'j', podUid: 'u', position: 10 } }, 'now'],
    [
      'now for a container that is known for certain',
      { lastSeen: { ...WRITTEN.lastSeen, at: AT, containerId: 'c' } },
      'now',
    ],
    ['now for a member that answers again', { members: [{ ...member, state: 'Answers' }] }, 'now'],
    ['now for a member that is to follow', { members: [{ ...member, former: true }] }, 'now'],
    ['now for another condition', { conditions: [{ ...condition, status: 'False' }] }, 'now'],
    ['now for an epoch', { epoch: 3 }, 'now'],
  ])('%s', (_, change, when) => {
    expect(worthWriting(WRITTEN, { ...WRITTEN, ...change })).toBe(when)
  })
})

describe('conditions', () => {
  const about = { generation: 7, method: 'redis', now: Date.parse(LATER) }
  it('carry the generation, and their time only when they turn', () => {
    const judged = [{ type: 'Available', status: 'True', reason: 'PrimaryWell', message: 'still' } as const]
    const { conditions, observedGeneration, method } = withConditions(WRITTEN, judged, about)
    expect([observedGeneration, method]).toEqual([7, 'redis'])
    expect(conditions).toEqual([
      {
        type: 'Accepted',
        status: 'True',
        reason: 'SpecValid',
        message: 'The spec is accepted.',
        observedGeneration: 7,
        lastTransitionTime: LATER,
      },
      { ...condition, message: 'still', observedGeneration: 7 },
    ])
  })

  it('of a group that is not run are unknown; who is active, and a switch under way, stay', () => {
    const under = { ...WRITTEN, soakSince: AT, switch: { epoch: 3 } } as FailoverGroupStatus
    const refused = unrunStatus(under, 'spec.members is missing.', about)
    expect(refused).toMatchObject({ active: 'a', epoch: 2, switch: { epoch: 3 }, lastSeen: WRITTEN.lastSeen })
    expect(refused.soakSince).toBeUndefined()
    const before: FailoverGroupStatus = {
      ...WRITTEN,
      members: [{ ...member, instance: 'i', former: true, follows: 'a' }],
    }
    expect(unrunStatus(before, undefined, about).members).toEqual([
      { name: 'b', role: 'Unknown', state: 'Unknown: nobody looks.', instance: 'i', former: true, follows: 'a' },
    ])
    expect(refused.conditions?.map(({ type, status }) => [type, status])).toEqual([
      ['Accepted', 'False'],
      ['Observed', 'Unknown'],
      ['Available', 'Unknown'],
      ['FailoverReady', 'Unknown'],
      ['FailbackReady', 'Unknown'],
      ['RecoveryBlocked', 'Unknown'],
      ['FailoverRefused', 'Unknown'],
    ])
  })
})
