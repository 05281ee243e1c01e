// An act that asked for the same and may still be taking effect: an autoscaler, or a cache, that has not caught up yet.
import type { Proposal } from '../model/command.ts'
import type { Action } from '../model/guard-status.ts'
import type { EpochMs, Milliseconds } from '../model/units.ts'

/** Whether asking again would only repeat the last act. Pure. */
export function isUnderWay(
  proposal: Proposal,
  recentActions: readonly Action[],
  now: EpochMs,
  effectWithinMs: Milliseconds,
): boolean {
  if (proposal.remedy !== 'scale') return false
  const last = recentActions.findLast(({ remedy }) => remedy === 'scale')
  if (last === undefined || last.outcome !== 'Done' || last.to !== proposal.to) return false
  const isSameDirection = last.to > last.from === (proposal.direction === 'up')
  return isSameDirection && now - Date.parse(last.at) < effectWithinMs
}
