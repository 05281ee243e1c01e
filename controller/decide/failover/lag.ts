// How far a replica is behind: by its place in the stream of changes, and by its own word; the worse of both.

import { describeCount } from '../../model/describe.ts'
import type { GroupInput, Look, MemberReading } from '../../model/failover.ts'
import { methodOf } from '../../model/failover-group.ts'
import type { FailoverGroupStatus } from '../../model/failover-group-status.ts'
import { beforeFailedSwitch } from './history.ts'
import { answers, readingOf } from './reading.ts'

/**
 * The member that a replica follows. While the primary has no pod, its address is nobody's; then it is the one that this run of
 * the replica was last known to follow.
 */
export function followedBy(
  { name, role, follows, instance }: MemberReading,
  { members = [] }: Pick<FailoverGroupStatus, 'members'>,
): string | undefined {
  if (role !== 'Replica') return undefined
  if (follows !== undefined) return follows
  const before = members.find((one) => one.name === name)
  return before?.instance === instance ? before?.follows : undefined
}

/** The furthest that anybody is known to have got in the stream of the active member. */
export function furthestPosition(look: Look, status: FailoverGroupStatus): number | undefined {
  const { active, lastSeen } = status
  if (active === undefined) return undefined
  const stream = [active, beforeFailedSwitch(status)]
  const known = look.members
    .filter((one) => answers(one) && (stream.includes(one.name) || stream.includes(followedBy(one, status) ?? '')))
    .map(({ position }) => position)
  return mostOf([lastSeen?.position, ...known])
}

/** Undefined when nothing is known of it. */
export function lagOf({ position, lag }: MemberReading, furthest: number | undefined): number | undefined {
  const byPosition = position === undefined || furthest === undefined ? undefined : Math.max(0, furthest - position)
  return mostOf([byPosition, lag])
}

export function lagLimitOf({ method, lagLimit }: GroupInput['spec']): number {
  return method.mysql === undefined ? lagLimit.bytes : lagLimit.transactions
}

/** "2,048 bytes" */
export function describeLag(lag: number, spec: GroupInput['spec']): string {
  const one = methodOf(spec) === 'mysql' ? 'transaction' : 'byte'
  return `${describeCount(lag)} ${one}${lag === 1 ? '' : 's'}`
}

/** Of a look at the active member and its replicas. */
export function lagIn(look: Look, status: FailoverGroupStatus, name: string): number | undefined {
  return lagOf(readingOf(look, name), furthestPosition(look, status))
}

function mostOf(all: readonly (number | undefined)[]): number | undefined {
  const known = all.filter((one) => one !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}
