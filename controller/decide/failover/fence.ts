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
  const cutOff = starves === undefined ? [] : silentReplicas(spec, look, active)
  if (starves !== undefined && reading.reach.kind === 'silent' && cutOff.length >= starves.replicas)
    return `${[active, ...cutOff].join(' and ')} are silent together: where they are, ${active} may have all it needs to take writes, also after a restart.`
  const canBeTold = !isWell && answers(reading)
  const canEnd = known.podUid !== undefined
  const notReached = spec.members.filter(({ name }) => name !== active && !answers(readingOf(look, name))).length
  const canStarve = starves !== undefined && notReached < starves.replicas
  if (canBeTold || canEnd || canStarve) return undefined
  return `Nothing could keep ${active} from taking writes: it does not answer, and its pod is not known.`
}

/** Those that may be on the same side of a cut as the primary. Of one that refuses or has no pod it is known that it feeds nobody. */
function silentReplicas({ members }: GroupInput['spec'], look: Look, active: string): string[] {
  return members
    .map(({ name }) => readingOf(look, name))
    .filter(({ name, reach }) => name !== active && (reach.kind === 'silent' || reach.kind === 'unknown'))
    .map(({ name }) => name)
}

/** What it says now is what counts, also what it does not say. */
function ofReading({ starves, returnsWritable }: ReturnType<typeof readingOf>) {
  return { starves, returnsWritable }
}
