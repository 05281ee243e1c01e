// Did it help? Each act on a breach is judged once, when the time in which it should show is over.
import type { Assessment } from '../model/assessment.ts'
import type { Action } from '../model/guard-status.ts'
import type { Milliseconds } from '../model/units.ts'

/**
 * The actions with verdicts added: Improved when nothing is past its limit any more, NotImproved when something is,
 * Inconclusive when that can't be seen. Returns the same array while there is nothing to judge. Pure.
 */
export function verifyActions(
  actions: readonly Action[],
  assessment: Assessment,
  effectWithinMs: Milliseconds,
): readonly Action[] {
  const isDue = (action: Action) =>
    action.outcome === 'Done' &&
    action.verdict === undefined &&
    action.to > action.from &&
    assessment.at - Date.parse(action.at) >= effectWithinMs
  if (!actions.some(isDue)) return actions
  const verdict = verdictOf(assessment)
  return actions.map((action) => (isDue(action) ? { ...action, verdict } : action))
}

function verdictOf({ findings, blind }: Assessment): NonNullable<Action['verdict']> {
  if (findings.some((finding) => !finding.eased && finding.value !== undefined)) return 'NotImproved'
  return blind.length > 0 || findings.some((finding) => finding.value === undefined) ? 'Inconclusive' : 'Improved'
}
