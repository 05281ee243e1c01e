// The conditions of a group: what is known of it, and what could be done, each in a sentence.
import type { ConditionStatus, JudgedCondition } from '../../model/conditions.ts'
import type { GroupInput, GroupStep } from '../../model/failover.ts'
import { GROUP_CONDITIONS, GROUP_REASONS } from '../../model/names.ts'
import { whyBlocked } from './block.ts'
import { memberToFailBackTo, whyNotSoaked } from './failback.ts'
import { EVENKEEL, isAutomatic } from './history.ts'
import { planSwitch } from './plan.ts'
import { isUnknown, isWellPrimary, readingOf, saysItIsPrimary, whyNotWell } from './reading.ts'
import { strayPrimaries } from './rejoin.ts'
import { routedElsewhere } from './route.ts'
import { suspicion } from './verdict.ts'

type Said = Omit<JudgedCondition, 'type'>
/** `look` as lookWithRoles reads it, and `memory` with this look in it. */
type Teller = (facts: GroupInput, step: GroupStep) => Said

export function conditionsOf(facts: GroupInput, step: GroupStep): JudgedCondition[] {
  return TELLERS.map(([type, tell]) => ({ type, ...tell(facts, step) }))
}

const say = (status: ConditionStatus, reason: string, message: string): Said => ({ status, reason, message })

const observed: Teller = ({ spec, look }) => {
  const blind = spec.members.map(({ name }) => readingOf(look, name)).filter(isUnknown)
  if (look.managerFault !== undefined)
    return say('False', 'ManagerNotAsked', `Its manager can't be asked: ${look.managerFault}.`)
  if (blind.length === 0) return say('True', 'AllAsked', 'Every member could be asked.')
  return say('False', 'NotAsked', blind.map((one) => `${one.name} ${whyNotWell(one)}.`).join(' '))
}

const available: Teller = ({ spec, status, look }) => {
  const { active } = status
  if (active === undefined) return say('False', 'NoPrimary', 'No member answers as the only primary that takes writes.')
  const strays = strayPrimaries(look, status)
  if (strays.length > 0)
    return say(
      'False',
      GROUP_REASONS.twoPrimaries,
      `${[active, ...strays].join(' and ')} each may be a primary: ${active} is the active one, and the other was made one by others. Make it a replica by hand.`,
    )
  const reading = readingOf(look, active)
  if (isUnknown(reading)) return say('Unknown', 'NotAsked', `${active} ${whyNotWell(reading)}.`)
  if (!isWellPrimary(reading))
    return say('False', saysItIsPrimary(reading) ? 'NotWritable' : 'PrimaryDown', `${active} ${whyNotWell(reading)}.`)
  const elsewhere = routedElsewhere({ spec, status }, look)
  if (elsewhere !== undefined)
    return say(
      'False',
      'RoutedElsewhere',
      `The Service ${spec.service} names ${elsewhere}, and ${active} is the primary: correct the selector, or make ${elsewhere} the primary.`,
    )
  return say('True', 'PrimaryWell', `${active} answers as the primary.`)
}

const failoverReady: Teller = (facts) => {
  const { active, switch: underWay } = facts.status
  if (active === undefined) return say('False', 'NoPrimary', 'The primary is not known yet.')
  if (underWay !== undefined)
    return say('False', 'Switching', `${underWay.from} → ${underWay.to} is under way: ${underWay.step}.`)
  const { to, candidates, against } = planSwitch(facts, { kind: 'Failover', by: EVENKEEL })
  if (against.length === 0) return say('True', 'Ready', `${to} could take over from ${active}.`)
  const hasNobody = candidates.every(({ objections }) => objections.length > 0)
  const reason = hasNobody ? 'NoCandidate' : whyBlocked(facts) === undefined ? 'RuleAgainst' : 'RecoveryBlocked'
  return say('False', reason, against.join(' '))
}

const failbackReady: Teller = ({ spec, status, memory, now }) => {
  const { active } = status
  const target = memberToFailBackTo(spec, active)
  if (active === undefined) return say('False', 'NoPrimary', 'The primary is not known yet.')
  if (target === undefined) return say('False', 'AtHome', `${active} is the member to fail back to.`)
  const why = whyNotSoaked({ spec, now }, target, memory)
  if (why !== undefined) return say('False', memory.soakSince === undefined ? 'NotWell' : 'Soaking', why)
  return say('True', 'Soaked', `${target} has been well and without lag for the soak time.`)
}

const blocked: Teller = (facts) => {
  const why = whyBlocked(facts)
  return why === undefined
    ? say('False', 'NotBlocked', 'An automatic failover may be made.')
    : say('True', 'NotAcknowledged', why)
}

const refused: Teller = ({ status, look, panic }, step) => {
  const { active, switch: underWay } = status
  if (step.kind === 'refuse' && step.plan.kind === 'Failover') return say('True', 'RuleAgainst', step.why.join(' '))
  if (step.kind === 'begin' && step.plan.kind === 'Failover' && panic !== undefined && isAutomatic(step.plan.by))
    return say('True', 'ObserverSuspected', suspicion(panic))
  // An attempt came to nothing, and the next one is under way: it is not settled yet.
  const last = status.history?.at(-1)
  const isRetrying =
    underWay?.kind === 'Failover' &&
    (underWay.step === 'Fencing' || underWay.step === 'Unfencing') &&
    last?.kind === 'Failover' &&
    last.from === underWay.from &&
    (last.outcome === 'Abandoned' || last.outcome === 'Refused')
  if (isRetrying) return say('True', 'Retrying', `It is tried again. ${last.reason}`)
  if (active !== undefined && isUnknown(readingOf(look, active)))
    return say('Unknown', 'NotAsked', `${active} ${whyNotWell(readingOf(look, active))}.`)
  return say('False', 'NotRefused', 'No failover is needed that a rule stands against.')
}

const TELLERS: readonly (readonly [string, Teller])[] = [
  [GROUP_CONDITIONS.observed, observed],
  [GROUP_CONDITIONS.available, available],
  [GROUP_CONDITIONS.failoverReady, failoverReady],
  [GROUP_CONDITIONS.failbackReady, failbackReady],
  [GROUP_CONDITIONS.blocked, blocked],
  [GROUP_CONDITIONS.refused, refused],
]
