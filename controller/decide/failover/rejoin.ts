// Rejoin: a member that is to follow the active one and does not. And one that a person made a primary, which nobody touches.
import type { GroupInput, Look, MemberReading } from '../../model/failover.ts'
import type { FailoverGroupStatus } from '../../model/failover-group-status.ts'
import { answers, readingOf, saysItIsPrimary } from './reading.ts'

/**
 * It was replaced, or came up as another run than the last one seen, or follows the wrong member; until it follows the active
 * one. Kept in status as `former`, so that it is still known at the look after the one that told it.
 */
export function isToFollow(reading: MemberReading, { active, members = [] }: FailoverGroupStatus): boolean {
  const { name, role, follows, instance } = reading
  if (active === undefined || name === active) return false
  const before = members.find((one) => one.name === name)
  if (!answers(reading) || role === undefined) return before?.former === true
  if (role === 'Replica') return follows !== active && (before?.former === true || followsAnother(reading))
  // Made a primary while it ran, or never seen before: that was a person.
  return before?.former === true || (before?.instance !== undefined && before.instance !== instance)
}

/** Of nobody's address it is told only by a link that is down: a member may have a name that we don't know. */
function followsAnother(reading: MemberReading): boolean {
  if (reading.follows !== undefined) return true
  return Object.hasOwn(reading, 'follows') && reading.link === 'Down'
}

export interface Rejoin {
  readonly member: string
  readonly why: string
}

/**
 * The first member that is to follow the active one now: both answer. The active one need not take writes: without replicas it
 * may have to wait for them.
 */
export function findRejoin({ spec, status }: Pick<GroupInput, 'spec' | 'status'>, look: Look): Rejoin | undefined {
  const { active } = status
  if (active === undefined || !saysItIsPrimary(readingOf(look, active))) return undefined
  // Whoever followed it would lose what it has lost.
  if (readingOf(look, active).lost !== undefined) return undefined
  for (const { name } of spec.members) {
    const reading = readingOf(look, name)
    if (!answers(reading) || reading.role === undefined || !isToFollow(reading, status)) continue
    return { member: name, why: `${name} ${whatItDoes(reading)}, and ${active} is the primary.` }
  }
  return undefined
}

function whatItDoes({ role, follows }: MemberReading): string {
  if (role === 'Primary') return 'has come back as a primary'
  return follows === undefined ? 'follows none of the members' : `follows ${follows}`
}

/**
 * Members that say they are the primary without being the active one, without being about to follow it, and without a switch that
 * makes them one.
 */
export function strayPrimaries(look: Look, status: FailoverGroupStatus): string[] {
  return look.members
    .filter((one) => saysItIsPrimary(one) && one.name !== status.active && one.name !== status.switch?.to)
    .filter((one) => !isToFollow(one, status))
    .map(({ name }) => name)
}
