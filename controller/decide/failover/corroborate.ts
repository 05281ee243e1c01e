// Corroboration: that the primary is lost has to be said by its replicas, too, or else it is we who are cut off.

import type { GroupInput, Look, MemberReading } from '../../model/failover.ts'
import { isDelegated } from '../../model/failover-group.ts'
import type { FailoverGroupStatus } from '../../model/failover-group-status.ts'
import type { Milliseconds } from '../../model/units.ts'
import { followedBy } from './lag.ts'
import { answers, readingOf } from './reading.ts'

/** Replicas are asked to answer for at least this long: less is a hiccup of the network. */
const LEAST_SILENCE_MS: Milliseconds = 2_000

export type Corroboration =
  | { readonly kind: 'agreed'; readonly why: string }
  | { readonly kind: 'against'; readonly why: string }

/** Of an active member that is not well. `look` is as lookWithRoles reads it. */
export function corroborate(
  { spec, status }: Pick<GroupInput, 'spec' | 'status'>,
  look: Look,
  active: string,
): Corroboration {
  const reading = readingOf(look, active)
  if (answers(reading) && !starvesByItself(reading)) return { kind: 'agreed', why: `${active} says so itself.` }
  const witnesses = look.members.filter((one) => isWitness(one, status, active))
  const hearing = witnesses.filter((one) => hears(one, spec.downAfter))
  if (hearing.length > 0)
    return {
      kind: 'against',
      why: `${namesOf(hearing)} still ${hearing.length === 1 ? 'hears' : 'hear'} from ${active}: it is Evenkeel that can't reach it.`,
    }
  const telling = witnesses.filter((one) => isDelegated(spec) || tellsOfLink(one))
  if (telling.length === 0)
    return { kind: 'against', why: `No replica of ${active} answers that could say whether it hears from it.` }
  const mute = witnesses.filter((one) => !telling.includes(one))
  if (mute.length > 0) return { kind: 'against', why: `${namesOf(mute)} does not say whether it hears from ${active}.` }
  const verb = telling.length === 1 ? 'does not hear' : 'do not hear'
  return { kind: 'agreed', why: `${namesOf(telling)} ${verb} from it either.` }
}

/** Whoever follows another knows nothing of this primary; whoever follows an unknown address may follow it. */
function isWitness(reading: MemberReading, status: FailoverGroupStatus, active: string): boolean {
  if (!answers(reading) || reading.role !== 'Replica' || reading.name === active) return false
  const followed = followedBy(reading, status)
  return followed === undefined || followed === active
}

function hears({ link, primarySilentMs }: MemberReading, downAfterMs: Milliseconds): boolean {
  if (link === 'Down') return false
  if (primarySilentMs !== undefined) return primarySilentMs < Math.max(downAfterMs, LEAST_SILENCE_MS)
  return link === 'Up'
}

function tellsOfLink({ link, primarySilentMs }: MemberReading): boolean {
  return link !== undefined || primarySilentMs !== undefined
}

/** It answers and takes no writes only because it has too few replicas: they have to say why. */
function starvesByItself({ role, starves, replicas, lost }: MemberReading): boolean {
  if (lost !== undefined) return false
  return role === 'Primary' && starves !== undefined && (replicas ?? 0) < starves.replicas
}

function namesOf(members: readonly { readonly name: string }[]): string {
  return members.map(({ name }) => name).join(' and ')
}
