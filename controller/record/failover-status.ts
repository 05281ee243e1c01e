// A FailoverGroup's status beyond what the rules put into it: its conditions, and when it is worth a write.
import { isDeepStrictEqual } from 'node:util'
import { type JudgedCondition, transition } from '../model/conditions.ts'
import type { FailoverGroupStatus } from '../model/failover-group-status.ts'
import { CONDITIONS, GROUP_CONDITIONS } from '../model/names.ts'
import type { EpochMs, Milliseconds } from '../model/units.ts'
import { timestamp } from './status.ts'

/** How old positions and lags in status may grow while nothing else changes. */
export const POSITIONS_EVERY_MS: Milliseconds = 5_000

export function withConditions(
  status: FailoverGroupStatus,
  judged: readonly JudgedCondition[],
  about: { readonly generation: number; readonly method: string; readonly now: EpochMs },
): FailoverGroupStatus {
  const { generation: observedGeneration, method, now } = about
  const all = [acceptedCondition(undefined), ...judged].map((one) => ({ ...one, observedGeneration }))
  const conditions = transition(status.conditions ?? [], all, timestamp(now))
  return { ...status, observedGeneration, method, conditions }
}

/**
 * Of a group that is not run: its spec can't be used, or it is paused. What is known of who is active stays, and of the members
 * which run they were and who is to follow: without it, a former primary that comes back would be a second one.
 */
export function unrunStatus(
  status: FailoverGroupStatus,
  fault: string | undefined,
  { generation: observedGeneration, now }: { readonly generation: number; readonly now: EpochMs },
): FailoverGroupStatus {
  const why =
    fault === undefined
      ? { reason: 'Paused', message: 'The group is paused: nothing is observed, decided or done.' }
      : { reason: 'SpecInvalid', message: 'The spec is refused, so that nothing is observed, decided or done.' }
  const others = Object.values(GROUP_CONDITIONS).map((type) => ({ type, status: 'Unknown' as const, ...why }))
  const all = [acceptedCondition(fault), ...others].map((one) => ({ ...one, observedGeneration }))
  const conditions = transition(status.conditions ?? [], all, timestamp(now))
  const { members, soakSince: _, ...kept } = status
  const known = members?.map(({ name, instance, former, follows }) => ({
    name,
    role: 'Unknown' as const,
    state: 'Unknown: nobody looks.',
    ...(instance === undefined ? {} : { instance }),
    ...(former === undefined ? {} : { former }),
    ...(follows === undefined ? {} : { follows }),
  }))
  return { ...kept, ...(known === undefined ? {} : { members: known }), observedGeneration, conditions }
}

function acceptedCondition(fault: string | undefined): JudgedCondition {
  const type = CONDITIONS.accepted
  return fault === undefined
    ? { type, status: 'True', reason: 'SpecValid', message: 'The spec is accepted.' }
    : { type, status: 'False', reason: 'SpecInvalid', message: fault }
}

/** `now`, `later` (positions only), or `no`. Pure. */
export function worthWriting(written: FailoverGroupStatus, next: FailoverGroupStatus): 'now' | 'later' | 'no' {
  if (!isDeepStrictEqual(gistOf(written), gistOf(next))) return 'now'
  return isDeepStrictEqual(written, next) ? 'no' : 'later'
}

/** What people and successors act on. Of a member that is silent, how it is put is none of it. */
function gistOf(status: FailoverGroupStatus): unknown {
  const { members = [], lastSeen, conditions = [], ...rest } = status
  const { at: _, position: __, ...seen } = lastSeen ?? { at: '' }
  return {
    ...rest,
    seen,
    members: members.map(({ lag: ___, position: ____, state, ...member }) => [state.split(':')[0], member]),
    conditions: conditions.map(({ message, ...condition }) =>
      condition.type === CONDITIONS.accepted ? [condition, message] : [condition],
    ),
  }
}
