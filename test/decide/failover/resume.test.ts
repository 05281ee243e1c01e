// A primary that has restarted read-only takes writes again, when it is certain that nothing was lost with it.
import { expect, it } from 'vitest'
import { findResume } from '../../../controller/decide/failover/resume.ts'
import type { MemberReading } from '../../../controller/model/failover.ts'
import { FAILOVER_GROUP_SPEC } from '../../../controller/model/failover-group.ts'
import type { FailoverGroupStatus } from '../../../controller/model/failover-group-status.ts'

const answers = { kind: 'answers' } as const
const members = ['db-0', 'db-1', 'db-2'].map((name) => ({ name }))
const spec = FAILOVER_GROUP_SPEC.parse({ method: { mysql: {} }, members })
const status: FailoverGroupStatus = { active: 'db-0', lastSeen: { at: '2026-01-01T00:00:00.000Z', instance: 'first' } }
const restarted: MemberReading = {
  name: 'db-0',
  reach: answers,
  role: 'Primary',
  isWritable: false,
  position: 100,
  instance: 'second',
}
const replica = (name: string, more: Partial<MemberReading> = {}): MemberReading => ({
  name,
  reach: answers,
  role: 'Replica',
  isWritable: false,
  position: 100,
  follows: 'db-0',
  link: 'Up',
  ...more,
})
const gone = { reach: { kind: 'silent', why: 'nothing' } } as const

it.each<[string, boolean, MemberReading, MemberReading, Partial<FailoverGroupStatus>?]>([
  ['its replicas have as much', true, restarted, replica('db-1')],
  ['a replica is behind', true, restarted, replica('db-1', { position: 90 })],
  ['a replica has more: what was lost would be written anew', false, restarted, replica('db-1', { position: 101 })],
  ['no replica hears it yet', false, restarted, replica('db-1', { link: 'Down' })],
  ['a replica does not answer: it may have more', false, restarted, replica('db-1', gone)],
  ['another says that it is a primary', false, restarted, replica('db-1', { role: 'Primary' })],
  ['it takes writes', false, { ...restarted, isWritable: true }, replica('db-1')],
  ['it is the same process: somebody made it read-only', false, { ...restarted, instance: 'first' }, replica('db-1')],
  ['it was made a replica', false, { ...restarted, role: 'Replica' }, replica('db-1')],
  ['which run was seen last is not known', false, restarted, replica('db-1'), { lastSeen: { at: 'x' } }],
])('when %s: %s', (_, isResumed, active, other, more = {}) => {
  const look = {
    at: 0,
    members: [active, other, replica('db-2', other.link === undefined ? {} : { link: other.link })],
  }
  expect(findResume({ spec, status: { ...status, ...more } }, look)?.member).toBe(isResumed ? 'db-0' : undefined)
})

it('one of a store that takes writes by itself is left alone', () => {
  const redis = FAILOVER_GROUP_SPEC.parse({ method: { redis: {} }, members })
  const look = { at: 0, members: [restarted, replica('db-1'), replica('db-2')] }
  expect(findResume({ spec: redis, status }, look)).toBeUndefined()
})
