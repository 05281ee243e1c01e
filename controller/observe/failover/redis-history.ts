// Whose data is whose: which replicas have the primary's history, and whether a primary that has restarted still has theirs. Pure.
import type { MemberReading } from '../../model/failover.ts'
import type { Sight } from './redis-reading.ts'

/** The last run of a primary with which at least one replica agreed. */
export interface History {
  readonly member: string
  readonly instance: string
  readonly replIds: readonly string[]
}

export interface JudgedSights {
  readonly members: readonly MemberReading[]
  readonly history: History | undefined
}

/** Replication ids are random: with the same one, two positions are places in the same stream. */
export function judgeHistories(sights: readonly Sight[], before: History | undefined): JudgedSights {
  const primaries = sights.filter(({ state }) => state?.role === 'Primary')
  const [primary] = primaries
  // With two primaries nobody can say whose history counts.
  const only = primaries.length === 1 ? primary : undefined
  const lost = only === undefined ? [] : holdersOf(before, only, sights)
  const present = only === undefined ? undefined : historyOf(only)
  const isShared = present !== undefined && sights.some((sight) => isReplicaOf(sight, present))
  const history = lost.length === 0 && (before === undefined || isShared) ? (present ?? before) : before
  return { history, members: sights.map((sight) => judge(sight, history, only, lost, sights)) }
}

function judge(
  { reading, state }: Sight,
  history: History | undefined,
  primary: Sight | undefined,
  lost: readonly string[],
  sights: readonly Sight[],
): MemberReading {
  if (state === undefined) return reading
  if (state.role === 'Primary') {
    const trusted = lessForeign(reading, sights)
    return reading.name === primary?.reading.name && lost.length > 0
      ? {
          ...trusted,
          lost: `it has restarted without the data that ${lost.join(' and ')} still ${lost.length > 1 ? 'have' : 'has'}`,
        }
      : trusted
  }
  if (reading.unfit !== undefined || history === undefined || history.replIds.includes(state.replId)) return reading
  return { ...reading, unfit: `its data is not of the history of ${history.member}` }
}

/** Replicas that still have what the primary had before it restarted, and now has no more. */
function holdersOf(before: History | undefined, { state, reading }: Sight, sights: readonly Sight[]): string[] {
  if (before === undefined || state === undefined || before.member !== reading.name) return []
  if (before.instance === state.runId) return []
  return sights
    .filter(({ state: other }) => {
      if (other?.role !== 'Replica' || other.position === 0 || !before.replIds.includes(other.replId)) return false
      const isContinued = [state.replId, state.replId2].includes(other.replId) && other.position <= state.position
      return !isContinued
    })
    .map(({ reading: other }) => other.name)
}

function historyOf({ reading, state }: Sight): History | undefined {
  return state && { member: reading.name, instance: state.runId, replIds: [state.replId, state.replId2] }
}

function isReplicaOf({ state }: Sight, { replIds }: History): boolean {
  return state?.role === 'Replica' && replIds.includes(state.replId)
}

/** A replica that is no member could keep it writable for those who are cut off with it: it starves the later by that. */
function lessForeign(reading: MemberReading, sights: readonly Sight[]): MemberReading {
  const { name: primary, starves, replicas = 0 } = reading
  if (starves === undefined) return reading
  const ours = sights.filter(
    ({ reading: { name, reach, follows } }) => name !== primary && (reach.kind !== 'answers' || follows === primary),
  )
  const foreign = Math.max(0, replicas - ours.length)
  return foreign === 0
    ? reading
    : { ...reading, starves: { ...starves, replicas: Math.max(0, starves.replicas - foreign) } }
}
