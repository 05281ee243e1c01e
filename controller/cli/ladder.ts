// A Guard's ladder as people read it: where it stands and why, each rung, what limits are in force, and which pods are out.
import type { GuardStatus } from '../model/guard-status.ts'
import { formatDuration } from '../model/units.ts'
import { rateOf } from '../record/fields.ts'
import { columns } from './columns.ts'

/** Nothing for a Guard without remedies. `now` in epoch milliseconds. */
export function ladderLines({ ladder, flows = [], isolations = [] }: GuardStatus, now: number): string[] {
  if (ladder === undefined) return []
  const { rung, rungs, why, since, baseline } = ladder
  const climbed = since === undefined ? '' : `, climbed since ${age(since, now)}`
  return [
    rung === 0 ? `at its foot${climbed}: ${why}` : `on rung ${rung} of ${rungs.length}${climbed}: ${why}`,
    ...columns(
      rungs.map(({ remedy, state, text }, index) => [
        `${index + 1 === rung ? '→' : ' '} ${index + 1} ${remedy}`,
        state,
        text,
      ]),
    ),
    ...flows.map(
      ({ flow, limit, since: from, reason }) => `limit.${flow} is ${rateOf(limit)}, for ${age(from, now)}: ${reason}`,
    ),
    ...isolations.map(({ pod, phase, since: from, ejections, why: reason }) => {
      const times = ejections === 1 ? 'once' : `${ejections} times`
      return `Pod/${pod} is ${phase === 'Out' ? 'out' : 'on trial'}, for ${age(from, now)}, taken out ${times}: ${reason}`
    }),
    ...(baseline === undefined || baseline.rps === 0 ? [] : [`one replica was seen to carry ${rateOf(baseline.rps)}`]),
  ]
}

function age(timestamp: string, now: number): string {
  return formatDuration(Math.max(0, now - Date.parse(timestamp)))
}
