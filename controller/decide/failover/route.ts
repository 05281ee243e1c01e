// Routing: the Service's selector names the active member, unless it named another before we were there.
import type { GroupInput, GroupStep, Look } from '../../model/failover.ts'
import { howItBecameActive } from './history.ts'
import { isWellPrimary, readingOf } from './reading.ts'

type Facts = Pick<GroupInput, 'spec' | 'status'>

/** The Service names another member, and it was not a switch that left it behind: a person has to say which one is right. */
export function routedElsewhere({ spec, status }: Facts, look: Look): string | undefined {
  const { active } = status
  const { routed } = look
  if (spec.service === undefined || active === undefined || routed === undefined || routed === active) return undefined
  return howItBecameActive(status)?.kind === 'Adoption' ? routed : undefined
}

export function findRoute({ spec, status }: Facts, look: Look): Extract<GroupStep, { kind: 'route' }> | undefined {
  const { active } = status
  if (spec.service === undefined || active === undefined || !Object.hasOwn(look, 'routed')) return undefined
  if (look.routed === active || !isWellPrimary(readingOf(look, active))) return undefined
  if (routedElsewhere({ spec, status }, look) !== undefined) return undefined
  const now = look.routed === undefined ? 'names no member' : `names ${look.routed}`
  return { kind: 'route', to: active, why: `The Service ${spec.service} ${now}, and ${active} is the primary.` }
}
