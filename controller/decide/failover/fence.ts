// Whether there is a way at all to keep the old primary from taking writes, now and when it comes back.
import type { GroupInput, Look } from '../../model/failover.ts'
import type { LastSeen } from '../../model/failover-group-status.ts'
import { answers, isOwn, isWellPrimary, readingOf } from './reading.ts'

/** Of an active member that is lost, or would be. The fence itself is made, and judged, when the switch is under way. */
export function whyNotFenced(
  { spec, status }: Pick<GroupInput, 'spec' | 'status'>,
  look: Look,
  active: string,
): string | undefined {
  if (!isOwn(spec)) return undefined
  const reading = readingOf(look, active)
  const isWell = isWellPrimary(reading)
  const known: Partial<LastSeen> | undefined = isWell ? { ...status.lastSeen, ...ofReading(reading) } : status.lastSeen
  if (known === undefined)
    return `${active} has not been seen well since it became active: nothing is known that could fence it.`
  if (known.returnsWritable !== undefined)
    return `${active} would take writes again after a restart: ${known.returnsWritable}.`
  const { starves } = known
  if (spec.method.redis !== undefined && starves === undefined)
    return `${active} would take writes without any replica after a restart: set min-replicas-to-write in redis.conf of every member.`
  const canBeTold = !isWell && answers(reading)
  const canEnd = known.podUid !== undefined
  const notReached = spec.members.filter(({ name }) => name !== active && !answers(readingOf(look, name))).length
  const canStarve = starves !== undefined && notReached < starves.replicas
  if (canBeTold || canEnd || canStarve) return undefined
  return `Nothing could keep ${active} from taking writes: it does not answer, and its pod is not known.`
}

/** What it says now is what counts, also what it does not say. */
function ofReading({ starves, returnsWritable }: ReturnType<typeof readingOf>) {
  return { starves, returnsWritable }
}
