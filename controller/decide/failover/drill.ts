// Rehearsals: whether a failover would be possible; or a switch there, as planned, and back.
import type { GroupStep } from '../../model/failover.ts'
import type { FailoverGroupSpec } from '../../model/failover-group.ts'
import type { HistoryEntry } from '../../model/failover-group-status.ts'
import { formatDuration, type Milliseconds } from '../../model/units.ts'
import { DRILL, EVENKEEL, howItBecameActive } from './history.ts'
import { type OutlookInput, planSwitch } from './plan.ts'

/** Whoever was the primary until just now needs a while to follow; after this the rehearsal has failed, and all stays there. */
const BACK_WITHIN_MS: Milliseconds = 10 * 60_000

/** Undefined when there is none to be made, and none that was begun. */
export function rehearse(input: OutlookInput, isDue: boolean): GroupStep | undefined {
  const { drill, mode } = input.spec
  const made = unrecorded(input.status)
  if (made.length > 0) return goOnWith(input, made)
  if (!isDue || drill === undefined || input.status.active === undefined) return undefined
  return drill.mode === 'Observe' ? askWhether(input) : goThere(input, mode)
}

function askWhether(input: OutlookInput): GroupStep {
  const { to, against } = planSwitch(input, { kind: 'Failover', by: EVENKEEL })
  const passed = against.length === 0
  return {
    kind: 'drill',
    passed,
    message: passed ? `${to} could take over from ${input.status.active}.` : against.join(' '),
  }
}

function goThere(input: OutlookInput, mode: FailoverGroupSpec['mode']): GroupStep {
  if (mode !== 'Enforce') return failed(`It would switch, and the mode of the group is ${mode}.`)
  return beginTo(input, undefined) ?? failed(planSwitch(input, { kind: 'Drill', by: DRILL }).against.join(' '))
}

/** From what was made since the last rehearsal that is recorded. */
function goOnWith(input: OutlookInput, made: readonly HistoryEntry[]): GroupStep {
  const [there, back] = made.filter(({ outcome }) => outcome === 'Done')
  if (there?.from === undefined) return failed(made.at(-1)?.reason ?? '')
  if (back !== undefined) {
    const took = (one: HistoryEntry) => formatDuration(Date.parse(one.endedAt) - Date.parse(one.startedAt))
    const message = `${there.from} → ${there.to} took ${took(there)}, and back ${took(back)}.`
    return { kind: 'drill', passed: true, message }
  }
  if (howItBecameActive(input.status) !== there)
    return failed(`Another switch came before it was back at ${there.from}.`)
  const begun = beginTo(input, there.from)
  if (begun !== undefined) return begun
  const waitedMs = input.now - Date.parse(there.endedAt)
  if (waitedMs >= 0 && waitedMs < BACK_WITHIN_MS) return { kind: 'none' }
  const why = planSwitch(input, { kind: 'Drill', by: DRILL, to: there.from }).against.join(' ')
  return failed(`${there.to} took over, and it did not get back to ${there.from}: ${why}`)
}

function beginTo(input: OutlookInput, wanted: string | undefined): GroupStep | undefined {
  const { active } = input.status
  const { to, against } = planSwitch(input, { kind: 'Drill', by: DRILL, to: wanted })
  if (active === undefined || to === undefined || against.length > 0) return undefined
  const reason =
    wanted === undefined ? 'It is rehearsed whether another can take over.' : 'The rehearsal ends where it began.'
  return { kind: 'begin', plan: { kind: 'Drill', from: active, to, by: DRILL, reasons: [reason] } }
}

function unrecorded({ history = [], drill }: OutlookInput['status']): HistoryEntry[] {
  const recordedAt = drill === undefined ? Number.NEGATIVE_INFINITY : Date.parse(drill.at)
  return history.filter(
    ({ kind, outcome, endedAt }) => kind === 'Drill' && outcome !== 'Refused' && Date.parse(endedAt) > recordedAt,
  )
}

const failed = (message: string): GroupStep => ({ kind: 'drill', passed: false, message })
