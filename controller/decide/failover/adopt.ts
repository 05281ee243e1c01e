// Adoption: the first sight of the primary, and one that was made by others: a manager, or a person past us.

import type { GroupInput, GroupStep, Look } from '../../model/failover.ts'
import { isDelegated } from '../../model/failover-group.ts'
import { followedBy } from './lag.ts'
import { answers, hasRoles, isWellPrimary, readingOf, saysItIsPrimary } from './reading.ts'

type Facts = Pick<GroupInput, 'spec' | 'status'>
type Adopt = Extract<GroupStep, { kind: 'adopt' }>

/** Of a group whose primary is not known yet: the only member that answers as a primary; behind a Service, the one it names. */
export function adoptFirst({ spec, status }: Facts, look: Look): Adopt | undefined {
  if (status.active !== undefined) return undefined
  const active = hasRoles(spec) ? (onlyPrimary(look) ?? lonelyPrimary(look)) : (look.routed ?? firstToServe(spec, look))
  return active === undefined ? undefined : { kind: 'adopt', active, how: 'Adoption' }
}

/**
 * Under a manager: the only primary, once the active member no longer says that it is one. Without: when the active member
 * itself follows it, which nobody but a person has told it.
 */
export function adoptFromOthers({ spec, status }: Facts, look: Look): Adopt | undefined {
  const { active } = status
  if (active === undefined || !hasRoles(spec)) return undefined
  const found = onlyPrimary(look)
  if (found === undefined || found === active) return undefined
  const before = readingOf(look, active)
  const hasGivenWay = isDelegated(spec)
    ? !saysItIsPrimary(before)
    : answers(before) && before.role === 'Replica' && followedBy(before, status) === found
  return hasGivenWay ? { kind: 'adopt', active: found, how: 'Manager' } : undefined
}

/** Undefined when there is none, or more than one that says so. */
export function onlyPrimary(look: Look): string | undefined {
  const [first, ...others] = look.members.filter(saysItIsPrimary)
  return first !== undefined && others.length === 0 && isWellPrimary(first) ? first.name : undefined
}

/** Takes no writes for want of replicas, which it gets by being adopted; and nobody is out of sight who could be the primary. */
function lonelyPrimary({ members }: Look): string | undefined {
  const [first, ...others] = members.filter((one) => one.role !== 'Replica' || !answers(one))
  if (first === undefined || others.length > 0 || !saysItIsPrimary(first) || first.lost !== undefined) return undefined
  return first.starves !== undefined && (first.replicas ?? 0) < first.starves.replicas ? first.name : undefined
}

function firstToServe({ members }: GroupInput['spec'], look: Look): string | undefined {
  return members.find(({ name, promote }) => promote === 'Allowed' && answers(readingOf(look, name)))?.name
}
