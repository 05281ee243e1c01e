// Whether what is to be done may be done now: by the mode, the lease, the clock, and whether the observer itself is suspected.
import type { GroupDecision, GroupInput, GroupStep } from '../../model/failover.ts'
import { formatDuration } from '../../model/units.ts'
import { isAutomatic } from './history.ts'

/** What is only written into our own status, in mode Observe, too. */
const RECORDS: readonly GroupStep['kind'][] = ['none', 'adopt', 'refuse', 'drill']
/**
 * What is only finished rests on no timer and on no look: to stop here would leave nobody who takes writes, and the Service with
 * the old primary.
 */
const PAST_THE_FENCE: readonly string[] = ['Unfencing', 'Promoting', 'Following', 'Routing']

export function giveVerdict(step: GroupStep, input: GroupInput): Pick<GroupDecision, 'verdict' | 'why'> {
  const why = vetoes(step, input)
  if (why.length > 0) return { verdict: 'veto', why }
  if (input.spec.mode === 'Observe' && !RECORDS.includes(step.kind))
    return { verdict: 'would', why: ['The mode is Observe.'] }
  return { verdict: 'act', why }
}

function vetoes(step: GroupStep, { spec, isLeading, now, clockUnsteadyUntil, panic }: GroupInput): string[] {
  const why: string[] = []
  if (!isLeading) why.push('This replica does not hold the lease.')
  // A request is answered all the same: nobody should wait for what nobody does.
  const answersRequest = step.kind === 'refuse' && step.plan.request !== undefined
  if (spec.mode === 'Paused' && !answersRequest) why.push('The mode is Paused.')
  if (isFinishing(step)) return why
  if (now < clockUnsteadyUntil)
    why.push(`The clock jumped; nothing is done for another ${formatDuration(clockUnsteadyUntil - now)}.`)
  if (panic !== undefined && !answersRequest && !isOfPerson(step)) why.push(suspicion(panic))
  return why
}

/** They have looked for themselves, and the primary that they fenced must not wait for the fleet. */
function isOfPerson(step: GroupStep): boolean {
  if (step.kind === 'begin') return step.plan.request !== undefined && !isAutomatic(step.plan.by)
  if (step.kind !== 'continue' && step.kind !== 'abandon') return false
  return step.switch.request !== undefined && !isAutomatic(step.switch.by)
}

export function suspicion(panic: string): string {
  return `${panic.replace(/\.?$/, '')}: the observer itself is suspected.`
}

function isFinishing(step: GroupStep): boolean {
  return step.kind === 'continue' && PAST_THE_FENCE.includes(step.switch.step)
}
