// At most so many acts in so much time, counted from status, so that a restart forgives nothing. Fails closed.
import type { Interlock } from '../../model/command.ts'
import { formatDuration } from '../../model/units.ts'
import { allow, isGivingBack, veto } from './ruling.ts'

export const budget: Interlock = (_command, proposal, { recentActions, budget: { actions, perMs }, now }) => {
  if (isGivingBack(proposal)) return allow('budget', 'a pod may always be given back')
  if (!(actions >= 1) || !(perMs > 0)) return veto('budget', 'the budget allows no act')
  const counted = recentActions.filter(
    (action) => action.outcome !== 'Abandoned' && !(Date.parse(action.at) <= now - perMs),
  )
  // The features that are switched in one step are one act.
  const spent = new Set(counted.map((action) => `${action.remedy} ${action.at}`)).size
  const of = `${spent} of ${actions} acts in ${formatDuration(perMs)}`
  return spent < actions ? allow('budget', `${of} are used`) : veto('budget', `${of} are used up`)
}
