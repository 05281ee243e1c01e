// Whom a switch would choose, and everything that stands against it: asked by the rules, and by a dry run.
import type { GroupInput, Look } from '../../model/failover.ts'
import type { SwitchKind } from '../../model/failover-group-status.ts'
import { formatDuration } from '../../model/units.ts'
import { whyBlocked } from './block.ts'
import { findCandidates } from './candidates.ts'
import { corroborate } from './corroborate.ts'
import { memberToFailBackTo, whyNotSoaked } from './failback.ts'
import { whyNotFenced } from './fence.ts'
import { isAutomatic } from './history.ts'
import { isNotWell, isUnknown, isWellPrimary, lookWithRoles, memberOf, readingOf, whyNotWell } from './reading.ts'
import { strayPrimaries } from './rejoin.ts'

/** A switch that is needed or asked for. */
export interface Want {
  readonly kind: SwitchKind
  readonly by: string
  /** Asked for by name. */
  readonly to?: string | undefined
}

export interface Candidate {
  readonly name: string
  /** Behind the primary, in the unit of the method; undefined when nobody knows. */
  readonly lag: number | undefined
  /** Why not, each a sentence; empty when it could. */
  readonly objections: readonly string[]
}

export interface SwitchOutlook {
  /** Whom it would choose; undefined when nobody could. */
  readonly to: string | undefined
  /** All but the active member: the best first, those that could not last. */
  readonly candidates: readonly Candidate[]
  /** Everything that stands against it, each a sentence; empty when it can be made. */
  readonly against: readonly string[]
}

export type OutlookInput = Pick<GroupInput, 'spec' | 'status' | 'look' | 'memory' | 'now' | 'acknowledgedEpoch'>

/** One thing that may stand against a switch. `look` is as lookWithRoles reads it, `to` is whom it would choose. */
type Rule = (input: OutlookInput, look: Look, want: Want, active: string, to: string | undefined) => string | undefined

/** Of a well primary it tells whether a failover would be possible, were it lost. `memory` has this look in it. */
export function planSwitch(input: OutlookInput, want: Want): SwitchOutlook {
  const { active } = input.status
  if (active === undefined) return { to: undefined, candidates: [], against: ['The primary is not known yet.'] }
  const look = lookWithRoles(input)
  const candidates = findCandidates(input, look, want)
  const best = candidates.find(({ objections }) => objections.length === 0)?.name
  const to = want.to ?? best
  const rules = want.kind === 'Failover' ? FAILOVER : PLANNED
  const against = rules.map((rule) => rule(input, look, want, active, to)).filter((why) => why !== undefined)
  return { to, candidates, against: [...against, ...objectionsToChoice(input, want, active, candidates)] }
}

function objectionsToChoice(
  { spec }: OutlookInput,
  { to }: Want,
  active: string,
  candidates: readonly Candidate[],
): readonly string[] {
  if (to === active) return [`${to} is the primary already.`]
  if (to !== undefined && memberOf(spec, to) === undefined)
    return [`${to} is no member of this group: its members are ${spec.members.map(({ name }) => name).join(', ')}.`]
  if (to !== undefined) return candidates.find(({ name }) => name === to)?.objections ?? []
  if (candidates.some(({ objections }) => objections.length === 0)) return []
  return candidates.flatMap(({ objections }) => objections)
}

const twoPrimaries: Rule = ({ status }, look, want, active) => {
  const strays = strayPrimaries(look, status).filter((name) => name !== want.to)
  if (strays.length === 0) return undefined
  return `${strays.join(' and ')} says that it is a primary, too, though ${active} is the active one: make it a replica of ${active} by hand.`
}

const manager: Rule = (_input, { managerFault }) =>
  managerFault === undefined ? undefined : `Its manager can't be asked: ${managerFault}.`

const known: Rule = (_input, look, _want, active) => {
  const reading = readingOf(look, active)
  return isUnknown(reading) ? `${active} ${whyNotWell(reading)}.` : undefined
}

const well: Rule = (_input, look, _want, active) => {
  const reading = readingOf(look, active)
  return isWellPrimary(reading) ? undefined : `${active} ${whyNotWell(reading)}.`
}

/** A person's word stands for that of the replicas. */
const corroborated: Rule = (input, look, { by }, active) => {
  if (!isAutomatic(by) || !isNotWell(readingOf(look, active))) return undefined
  const { kind, why } = corroborate(input, look, active)
  return kind === 'against' ? why : undefined
}

/** Only a person may ask while it lasts, and only a rehearsal needs no asking to be stopped. */
const notBlocked: Rule = (input, _look, { by, kind }) =>
  isAutomatic(by) || kind === 'Drill' ? whyBlocked(input) : undefined

const fenceable: Rule = (input, look, _want, active) => whyNotFenced(input, look, active)

/** An attempt that came to nothing is not made again at once, unless the primary was well since or another could take over. */
const rested: Rule = ({ status, spec, now }, _look, { by }, active, to) => {
  const last = status.history?.at(-1)
  if (last?.outcome !== 'Abandoned' || last.kind !== 'Failover' || last.from !== active || last.to !== to)
    return undefined
  const endedAt = Date.parse(last.endedAt)
  const wasWellSince = status.lastSeen !== undefined && Date.parse(status.lastSeen.at) > endedAt
  const passedMs = now - endedAt
  if (!isAutomatic(by) || wasWellSince || passedMs < 0 || passedMs >= spec.fencing.within) return undefined
  return `It was abandoned: ${last.reason} It is tried again ${formatDuration(spec.fencing.within)} after that.`
}

const soaked: Rule = ({ spec, memory, now }, _look, { kind, to }, active) => {
  if (kind !== 'Failback') return undefined
  const home = memberToFailBackTo(spec, active)
  if (home === undefined) return `${active} is the member to fail back to: there is nothing to do.`
  if (to !== home) return `A failback goes to ${home}, the first member that may be promoted.`
  return whyNotSoaked({ spec, now }, home, memory)
}

const FAILOVER: readonly Rule[] = [twoPrimaries, manager, known, corroborated, notBlocked, fenceable, rested]
const PLANNED: readonly Rule[] = [twoPrimaries, manager, well, notBlocked, soaked]
