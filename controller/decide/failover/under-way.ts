// A switch under way: it goes on, or, only while the old primary is not fenced yet, it is abandoned.
import type { GroupInput, GroupMemory, GroupStep, Look } from '../../model/failover.ts'
import type { Switch } from '../../model/failover-group-status.ts'
import { formatDuration } from '../../model/units.ts'
import { onlyPrimary } from './adopt.ts'
import { isTimeOver } from './advance.ts'
import { answers, isWellPrimary, readingOf, whyNotWell } from './reading.ts'
import { isDownLongEnough } from './request.ts'

/** `look` is as lookWithRoles reads it. */
export function goOn(input: GroupInput, look: Look, memory: GroupMemory, underWay: Switch): GroupStep {
  const why = whyAbandoned(input, look, memory, underWay)
  return why === undefined ? { kind: 'continue', switch: underWay } : { kind: 'abandon', switch: underWay, why }
}

function whyAbandoned(input: GroupInput, look: Look, memory: GroupMemory, underWay: Switch): string | undefined {
  const { spec, now } = input
  const { step, kind, from, to } = underWay
  if (step === 'Delegating') {
    const made = onlyPrimary(look)
    if (made === undefined || made === from || made === to) return undefined
    return `The manager made ${made} the primary, not ${to}.`
  }
  if (step !== 'Fencing') return undefined
  const chosen = readingOf(look, to)
  // A blip is waited for; these say by themselves that it is not what it was.
  if (chosen.reach.kind === 'refused' || chosen.reach.kind === 'gone')
    return `${to} was to take over, and ${whyNotWell(chosen)}.`
  if (answers(chosen) && chosen.unfit !== undefined) return `${to} was to take over, and is not fit: ${chosen.unfit}.`
  const old = readingOf(look, from)
  if (kind === 'Failover' && isWellPrimary(old)) return `${from} is well again.`
  if (kind !== 'Failover' && !isWellPrimary(old) && !answers(old) && isDownLongEnough(spec, memory, now))
    return `${from} was lost before it was done.`
  if (isTimeOver(underWay, spec.fencing.within, now))
    return `${from} was not known to take no writes within ${formatDuration(spec.fencing.within)}.`
  return undefined
}
