// Candidates: who could take over, best first, and why each other could not.

import type { GroupInput, Look, MemberReading } from '../../model/failover.ts'
import { isDelegated } from '../../model/failover-group.ts'
import { beforeFailedSwitch, isAutomatic } from './history.ts'
import { describeLag, followedBy, furthestPosition, lagLimitOf, lagOf } from './lag.ts'
import type { Candidate, Want } from './plan.ts'
import { answers, hasRoles, memberOf, readingOf, whyNotWell } from './reading.ts'

type Facts = Pick<GroupInput, 'spec' | 'status'>

/** `look` is as lookWithRoles reads it. Those that could come first, by lag, then in the order of the spec. */
export function findCandidates({ spec, status }: Facts, look: Look, want: Want): Candidate[] {
  const furthest = furthestPosition(look, status)
  const all = spec.members
    .filter(({ name }) => name !== status.active)
    .map(({ name }): Candidate => {
      const reading = readingOf(look, name)
      const lag = answers(reading) ? lagOf(reading, furthest) : undefined
      return { name, lag, objections: [...objectionsTo(reading, lag, { spec, status }, want)] }
    })
  const could = all.filter(({ objections }) => objections.length === 0).sort((a, b) => (a.lag ?? 0) - (b.lag ?? 0))
  return [...could, ...all.filter(({ objections }) => objections.length > 0)]
}

function* objectionsTo(
  reading: MemberReading,
  lag: number | undefined,
  { spec, status }: Facts,
  want: Want,
): Iterable<string> {
  const { name } = reading
  if (memberOf(spec, name)?.promote === 'Never') yield `${name} may not be promoted (promote: Never).`
  if (!answers(reading) || reading.role === undefined) {
    yield `${name} ${whyNotWell(reading)}.`
    return
  }
  if (reading.unfit !== undefined) yield `${name} is not fit: ${reading.unfit}.`
  if (reading.role === 'Primary') {
    // A person who has promoted it by hand can have it taken over by its name.
    const isAskedFor = want.to === name && !isAutomatic(want.by)
    if (want.kind !== 'Failover' || !(isAskedFor || name === beforeFailedSwitch(status))) {
      yield `${name} says that it is a primary itself.`
      return
    }
  } else yield* objectionsToReplica(reading, { spec, status }, want)
  const limit = lagLimitOf(spec)
  if (lag === undefined) yield `How far ${name} is behind is not known.`
  else if (lag > limit)
    yield `${name} is ${describeLag(lag, spec)} behind, over the limit of ${describeLag(limit, spec)}.`
}

function* objectionsToReplica(reading: MemberReading, { spec, status }: Facts, { kind }: Want): Iterable<string> {
  const { name, link } = reading
  const { active } = status
  if (isDelegated(spec)) {
    if (kind !== 'Failover' && link === 'Down') yield `The link of ${name} to ${active} is down.`
    return
  }
  const followed = followedBy(reading, status)
  if (followed !== active && (followed === undefined || followed !== beforeFailedSwitch(status)))
    yield followed === undefined ? `Whom ${name} follows is not known.` : `${name} follows ${followed}, not ${active}.`
  else if (kind !== 'Failover' && link !== 'Up') yield `The link of ${name} to ${active} is not up.`
}

/** "db-1 is 120 bytes behind"; of members without data nothing. */
export function describeChoice({ name, lag }: Candidate, spec: GroupInput['spec']): string {
  if (!hasRoles(spec) || lag === undefined) return `${name} is well.`
  return lag === 0 ? `${name} has all that is known of its writes.` : `${name} is ${describeLag(lag, spec)} behind.`
}
