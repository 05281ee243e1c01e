// Failback: to whom, and only after it has been well and without lag for the soak time, without a break.
import type { GroupInput, GroupMemory, MemberReading } from '../../model/failover.ts'
import type { EpochMs } from '../../model/units.ts'
import { formatDuration } from '../../model/units.ts'
import { answers } from './reading.ts'

/** The first member that may be promoted, while another is active. */
export function memberToFailBackTo({ members }: GroupInput['spec'], active: string | undefined): string | undefined {
  const first = members.find(({ promote }) => promote === 'Allowed')?.name
  return first === active ? undefined : first
}

/**
 * It has all that the primary had at the look before this one: both are asked at nearly the same time, and under load the
 * primary has always gone on a little since.
 */
export function isWithoutLag(reading: MemberReading, active: MemberReading, activeBefore: number | undefined): boolean {
  const { role, follows, link, unfit, position, lag } = reading
  if (!answers(reading) || role !== 'Replica' || unfit !== undefined || link !== 'Up' || follows !== active.name)
    return false
  if (position === undefined || active.position === undefined) return lag === 0
  return position >= Math.min(active.position, activeBefore ?? active.position)
}

/** Why it is not the time to go back; undefined when it is. `memory` has this look in it. */
export function whyNotSoaked(
  { spec, now }: { readonly spec: GroupInput['spec']; readonly now: EpochMs },
  target: string,
  { soakSince }: GroupMemory,
): string | undefined {
  const { soak } = spec.failback
  if (soakSince === undefined) return `${target} is not well and without lag.`
  const passedMs = now - soakSince
  if (passedMs >= soak) return undefined
  return `${target} is to be well and without lag for ${formatDuration(soak)}; it has been for ${formatDuration(Math.max(0, passedMs))}.`
}
