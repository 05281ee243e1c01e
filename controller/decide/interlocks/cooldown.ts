// The least time between two acts. Acts that failed count too: an API that refuses is not asked again at once.
import type { Interlock } from '../../model/command.ts'
import { formatDuration } from '../../model/units.ts'
import { allow, isGivingBack, veto } from './ruling.ts'

export const cooldown: Interlock = (_command, proposal, { recentActions, cooldownMs, now }) => {
  if (isGivingBack(proposal)) return allow('cooldown', 'a pod may always be given back')
  const last = recentActions.findLast((action) => action.outcome !== 'Abandoned')
  if (last === undefined) return allow('cooldown', 'no act before this one')
  // An act dated in the future was written by a clock ahead of ours: it counts as done this moment.
  const agoMs = Math.max(0, now - Date.parse(last.at))
  return agoMs >= cooldownMs
    ? allow('cooldown', `the last act was ${formatDuration(agoMs)} ago`)
    : veto('cooldown', `the last act was ${formatDuration(agoMs)} ago; the cooldown is ${formatDuration(cooldownMs)}`)
}
