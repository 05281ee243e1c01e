// A dry run: what the rules say of a switch, on what the controller last wrote into the group's status. It asks and writes nothing.

import { memberToFailBackTo } from '../../decide/failover/failback.ts'
import { freshMemory } from '../../decide/failover/memory.ts'
import { lookFromStatus } from '../../decide/failover/note-look.ts'
import { type OutlookInput, planSwitch, type SwitchOutlook } from '../../decide/failover/plan.ts'
import { isNotWell, lookWithRoles, readingOf } from '../../decide/failover/reading.ts'
import type { StoredFailoverGroup } from '../../kube/failover-group.ts'
import { CommandError } from '../../model/errors.ts'
import type { SwitchRequest } from '../../model/failover.ts'
import type { FailoverGroupSpec } from '../../model/failover-group.ts'
import { describeFaults } from '../../model/faults.ts'
import { GROUP_CONDITIONS } from '../../model/names.ts'
import { type EpochMs, formatDuration, type Milliseconds } from '../../model/units.ts'
import { validateFailoverGroupSpec } from '../../model/validate-failover-group.ts'

export interface DryRun {
  readonly kind: string
  readonly from: string | undefined
  readonly to: string | undefined
  readonly possible: boolean
  /** Why not, each a sentence. */
  readonly against: readonly string[]
  readonly candidates: SwitchOutlook['candidates']
}

/** A look that is older than this is told with its age. */
const OLD_MS: Milliseconds = 15_000

/** Throws CommandError for a spec that can't be used. */
export function dryRun(group: StoredFailoverGroup, request: Omit<SwitchRequest, 'id'>, now: EpochMs): DryRun {
  const validation = validateFailoverGroupSpec(group.spec)
  if (!validation.ok) throw new CommandError(`The spec is refused: ${describeFaults(validation.faults)}`)
  const { spec } = validation
  const { status, acknowledgedEpoch } = group
  const look = lookFromStatus(status, now)
  const input: OutlookInput = { spec, status, look, memory: freshMemory(status, now), now, acknowledgedEpoch }
  const isLost = status.active !== undefined && isNotWell(readingOf(lookWithRoles(input), status.active))
  const kind = isLost ? 'Failover' : request.kind
  const target = request.kind === 'Failback' ? memberToFailBackTo(spec, status.active) : undefined
  const { to, against, candidates } = planSwitch(input, { kind, by: request.by, to: request.to ?? target })
  const all = [...standingRules(spec, group, now), ...against]
  return { kind, from: status.active, to, possible: all.length === 0 && to !== undefined, against: all, candidates }
}

function standingRules({ mode }: FailoverGroupSpec, { status }: StoredFailoverGroup, now: EpochMs): string[] {
  const all: string[] = []
  if (mode !== 'Enforce') all.push(`The mode of the group is ${mode}.`)
  const { switch: under, lastSeen } = status
  if (under !== undefined) all.push(`${under.from} → ${under.to} is under way: ${under.step}.`)
  const ageMs = lastSeen === undefined ? undefined : now - Date.parse(lastSeen.at)
  const isLooking = status.conditions?.some(
    ({ type, status: value }) => type === GROUP_CONDITIONS.available && value === 'True',
  )
  if (isLooking === true && ageMs !== undefined && ageMs > OLD_MS)
    all.push(`Nobody has looked at the group for ${formatDuration(ageMs)}: does a controller lead?`)
  return all
}

export function dryRunText({ kind, from, to, possible, against, candidates }: DryRun): string {
  const what = `${kind} from ${from ?? 'an unknown primary'} to ${to ?? 'nobody'}`
  const head = possible ? `${what} could be made now.` : `${what} would be refused:`
  const others = candidates
    .filter(({ name }) => name !== to)
    .map(({ name, objections }) => `  ${name}: ${objections.length === 0 ? 'could, too' : objections.join(' ')}`)
  return [head, ...against.map((why) => `  - ${why}`), ...others].join('\n')
}
