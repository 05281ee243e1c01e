// What one member's reading says: whether it is well as the primary, down, or not known; and the look as the rules read it.

import type { GroupInput, Look, MemberReading, Reach } from '../../model/failover.ts'
import { isDelegated, type MemberSpec } from '../../model/failover-group.ts'

const NOT_ASKED: Reach = { kind: 'unknown', why: 'it was not asked' }

export function readingOf({ members }: Pick<Look, 'members'>, name: string): MemberReading {
  return members.find((one) => one.name === name) ?? { name, reach: NOT_ASKED }
}

export const answers = ({ reach }: MemberReading): boolean => reach.kind === 'answers'

/** What nobody could say a word about; also one that answers without saying what it is. */
export function isUnknown({ reach, role }: MemberReading): boolean {
  return reach.kind === 'unknown' || (reach.kind === 'answers' && role === undefined)
}

/** It can't be spoken with, by what is known: nobody listens, nothing comes back, there is no pod. */
export function isLost({ reach }: MemberReading): boolean {
  return reach.kind === 'silent' || reach.kind === 'refused' || reach.kind === 'gone'
}

export function saysItIsPrimary(reading: MemberReading): boolean {
  return answers(reading) && reading.role === 'Primary'
}

/** As what the active member should be: it answers as the primary, takes writes, and still has what it had. */
export function isWellPrimary(reading: MemberReading): boolean {
  return saysItIsPrimary(reading) && reading.isWritable !== false && reading.lost === undefined
}

/** The opposite of well, and known to be so. */
export function isNotWell(reading: MemberReading): boolean {
  return !isUnknown(reading) && !isWellPrimary(reading)
}

/** Why a member is not well as the primary: "does not answer (timeout)". */
export function whyNotWell({ reach, role, isWritable, lost }: MemberReading): string {
  switch (reach.kind) {
    case 'silent':
      return `does not answer (${reach.why})`
    case 'refused':
      return `refuses connections (${reach.why})`
    case 'gone':
      return `has no pod that could answer (${reach.why})`
    case 'unknown':
      return `could not be asked (${reach.why})`
    case 'answers':
      if (role === undefined) return 'does not say whether it is the primary'
      if (role === 'Replica') return 'answers as a replica'
      if (lost !== undefined) return `is not what it was (${lost})`
      return isWritable === false ? 'takes no writes' : 'is well'
  }
}

export function memberOf({ members }: GroupInput['spec'], name: string): MemberSpec | undefined {
  return members.find((one) => one.name === name)
}

/** Whether its members have a primary among them that they know of; those behind a mere Service have not. */
export function hasRoles(spec: GroupInput['spec']): boolean {
  return spec.method.service === undefined
}

/** Whether we make the switch of data ourselves. */
export function isOwn(spec: GroupInput['spec']): boolean {
  return hasRoles(spec) && !isDelegated(spec)
}

/**
 * Members behind a mere Service have no roles of their own: the active one is read as the primary, and each other as its
 * replica without lag, so that the same rules hold for them.
 */
export function lookWithRoles({ spec, status, look }: Pick<GroupInput, 'spec' | 'status' | 'look'>): Look {
  if (hasRoles(spec) || status.active === undefined) return look
  const { active } = status
  const link = answers(readingOf(look, active)) ? 'Up' : 'Down'
  const members = look.members.map((reading): MemberReading => {
    if (!answers(reading)) return reading
    if (reading.name === active) return { ...reading, role: 'Primary', isWritable: true }
    return { ...reading, role: 'Replica', follows: active, link, lag: 0 }
  })
  return { ...look, members }
}
