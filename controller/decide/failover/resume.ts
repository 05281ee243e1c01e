// Resume: the active member has restarted, and takes no writes until it is told, as its configuration has it.
import type { GroupInput, Look } from '../../model/failover.ts'
import { answers, readingOf, saysItIsPrimary } from './reading.ts'

export interface Resume {
  readonly member: string
  readonly why: string
}

/**
 * Only after a restart: who made it read-only while it ran meant it. And only when everybody can say that nobody is ahead of
 * it: what was lost in the restart would be written anew under the same ids. And not before a replica hears what it writes.
 */
export function findResume({ spec, status }: Pick<GroupInput, 'spec' | 'status'>, look: Look): Resume | undefined {
  const { active, lastSeen } = status
  if (spec.method.mysql === undefined || active === undefined) return undefined
  const reading = readingOf(look, active)
  const { position, instance, isWritable } = reading
  if (!saysItIsPrimary(reading) || isWritable !== false || position === undefined) return undefined
  if (instance === undefined || lastSeen?.instance === undefined || instance === lastSeen.instance) return undefined
  const others = spec.members.filter(({ name }) => name !== active).map(({ name }) => readingOf(look, name))
  const isBehind = (other: (typeof others)[number]) =>
    answers(other) && other.role === 'Replica' && other.position !== undefined && other.position <= position
  if (!others.every(isBehind) || !others.some(({ follows, link }) => follows === active && link === 'Up'))
    return undefined
  return { member: active, why: `${active} has restarted, and none of its replicas has more than it.` }
}
