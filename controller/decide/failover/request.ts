// What a person or a Guard asks for: the switch that it comes to, by the state of the primary.
import type { GroupInput, GroupMemory, Look, SwitchRequest } from '../../model/failover.ts'
import { hasLapsed } from '../../model/failover-view.ts'
import { type EpochMs, formatDuration } from '../../model/units.ts'
import { memberToFailBackTo } from './failback.ts'
import { isAutomatic } from './history.ts'
import type { Want } from './plan.ts'
import { isNotWell, readingOf } from './reading.ts'
import { suspicion } from './verdict.ts'

/** A switchover of a lost primary is a failover. Undefined while it is not known whether it is lost. */
export function wantOf(
  { kind, to, by }: Pick<SwitchRequest, 'kind' | 'to' | 'by'>,
  input: Pick<GroupInput, 'spec' | 'status' | 'now'>,
  look: Look,
  memory: GroupMemory,
): Want | undefined {
  const { spec, status, now } = input
  const { active } = status
  const target = kind === 'Failback' ? (to ?? memberToFailBackTo(spec, active)) : to
  if (active === undefined || !isNotWell(readingOf(look, active))) return { kind, by, to: target }
  return isDownLongEnough(spec, memory, now) ? { kind: 'Failover', by, to: target } : undefined
}

/** A Guard's is refused where a person's is not: it can't know better than what suspects the observer, and soon is out of date. */
export function whyNotTakenUp(
  request: Pick<SwitchRequest, 'by' | 'until'>,
  { now, panic }: Pick<GroupInput, 'now' | 'panic'>,
): string[] {
  const why: string[] = []
  if (isAutomatic(request.by) && panic !== undefined) why.push(suspicion(panic))
  if (hasLapsed(request, now)) why.push(`It was asked for until ${request.until} only.`)
  return why
}

/** For downAfter and at least three looks, without one between in which it was well or unknown. */
export function isDownLongEnough(
  { downAfter }: GroupInput['spec'],
  { downSince, looksDown }: Pick<GroupMemory, 'downSince' | 'looksDown'>,
  now: EpochMs,
): boolean {
  return downSince !== undefined && looksDown >= LEAST_LOOKS && now - downSince >= downAfter
}

const LEAST_LOOKS = 3

export function describeDown({ downSince }: GroupMemory, now: EpochMs): string {
  return formatDuration(Math.max(0, now - (downSince ?? now)))
}
