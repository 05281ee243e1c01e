// What a look leaves in status: what was seen of each member, and of the active one what its fencing rests on. And a look from it.
import type { GroupMemory, Look, MemberReading, Reach } from '../../model/failover.ts'
import type { FailoverGroupStatus, LastSeen, MemberStatus } from '../../model/failover-group-status.ts'
import { type AdvanceFacts, seenNow } from './advance.ts'
import { timestamp } from './history.ts'
import { followedBy, lagIn } from './lag.ts'
import { answers, isWellPrimary, lookWithRoles, readingOf } from './reading.ts'
import { isToFollow } from './rejoin.ts'

/** The status with this look in it; the loop writes it when it has to. `memory` is what judgeGroup gave back for the same look. */
export function noteLook(status: FailoverGroupStatus, memory: GroupMemory, facts: AdvanceFacts): FailoverGroupStatus {
  const { spec } = facts
  const look = lookWithRoles({ spec, status, look: facts.look })
  const { soakSince: _, ...rest } = status
  const active = status.active === undefined ? undefined : readingOf(look, status.active)
  return {
    ...rest,
    members: spec.members.map(({ name }) => memberStatus(readingOf(look, name), look, status)),
    ...(active !== undefined && isWellPrimary(active) ? { lastSeen: seenAgain(active, look, status, facts) } : {}),
    ...(memory.soakSince === undefined ? {} : { soakSince: timestamp(memory.soakSince) }),
  }
}

/** The same run of a process is in the same pod, also while the watch has lost sight of it. */
function seenAgain(
  active: MemberReading,
  look: Look,
  { lastSeen }: FailoverGroupStatus,
  facts: AdvanceFacts,
): LastSeen {
  const now = seenNow(active.name, { ...facts, look })
  if (now.podUid !== undefined || lastSeen?.podUid === undefined || lastSeen.instance !== now.instance) return now
  const { pod, podUid, containerId } = lastSeen
  return {
    ...now,
    podUid,
    ...(pod === undefined ? {} : { pod }),
    ...(containerId === undefined ? {} : { containerId }),
  }
}

function memberStatus(reading: MemberReading, look: Look, status: FailoverGroupStatus): MemberStatus {
  const { name } = reading
  const before = status.members?.find((one) => one.name === name)
  const state = stateOf(reading.reach)
  // Of one that says nothing it is kept which run it was, and whether it is to follow when it comes back.
  if (!answers(reading)) {
    const { instance, former, follows } = before ?? {}
    return {
      name,
      role: 'Unknown',
      state,
      ...(follows === undefined ? {} : { follows }),
      ...(instance === undefined ? {} : { instance }),
      ...(former === undefined ? {} : { former }),
    }
  }
  const { role = 'Unknown', position, link, unfit, instance } = reading
  const follows = followedBy(reading, status)
  const lag = role === 'Replica' ? lagIn(look, status, name) : undefined
  return {
    name,
    role,
    state,
    ...(lag === undefined ? {} : { lag }),
    ...(position === undefined ? {} : { position }),
    ...(follows === undefined ? {} : { follows }),
    ...(link === undefined ? {} : { link }),
    ...(unfit === undefined ? {} : { unfit }),
    ...(instance === undefined ? {} : { instance }),
    ...(isToFollow(reading, status) ? { former: true } : {}),
  }
}

const STATES = { answers: 'Answers', refused: 'Refuses', silent: 'Silent', gone: 'Gone', unknown: 'Unknown' } as const

function stateOf(reach: Reach): string {
  return reach.kind === 'answers' ? STATES.answers : `${STATES[reach.kind]}: ${reach.why}`
}

/** The look that status tells of, for those who can't look themselves: whatever it does not tell is absent. */
export function lookFromStatus({ members = [], lastSeen }: FailoverGroupStatus, at: number): Look {
  return {
    at,
    members: members.map(({ name, role, state, lag, position, follows, link, unfit, instance }) => ({
      name,
      reach: reachOf(state),
      ...(role === 'Unknown' ? {} : { role }),
      ...(lag === undefined ? {} : { lag }),
      ...(position === undefined ? {} : { position }),
      ...(follows === undefined ? {} : { follows }),
      ...(link === undefined ? {} : { link }),
      ...(unfit === undefined ? {} : { unfit }),
      ...(instance === undefined ? {} : { instance }),
      ...(role === 'Primary' && lastSeen?.starves !== undefined ? { starves: lastSeen.starves } : {}),
    })),
  }
}

function reachOf(state: string): Reach {
  if (state === STATES.answers) return { kind: 'answers' }
  const [word, ...why] = state.split(': ')
  const kinds = ['refused', 'silent', 'gone'] as const
  return { kind: kinds.find((kind) => STATES[kind] === word) ?? 'unknown', why: why.join(': ') }
}
