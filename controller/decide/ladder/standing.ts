// Where a Guard stands on its ladder, in words. What is said does not change while nothing happens: no ages, only moments.
import { isHeldBy } from '../../model/demand.ts'
import { describeLimit, describeValue } from '../../model/describe.ts'
import type { Action } from '../../model/guard-status.ts'
import type { Rung } from '../../model/ladder.ts'
import { nameOfRemedy, type Remedy } from '../../model/remedies.ts'
import { formatDuration } from '../../model/units.ts'
import { failoverInput, type LadderInput, rungOf } from '../ladder.ts'
import { isOf } from '../remedies/degrade.ts'
import { describeAsking } from '../remedies/failover.ts'
import { describeIsolations } from '../remedies/isolate.ts'
import { awaitedAct, effectWithinOf, failedAt, hasActed } from './climb-so-far.ts'
import { type LadderState, steadyMs } from './state.ts'

export interface Standing {
  /** The highest remedy in use, counted from 1; 0 when none is. */
  readonly rung: number
  readonly why: string
  readonly rungs: Rung[]
}

/** Pure. */
export function standingOn(remedies: readonly Remedy[], input: LadderInput, state: LadderState): Standing {
  const awaited = awaitedAct(remedies, input.recentActions, state.since, input.assessment.at)
  const rungs = remedies.map((remedy, rung) => describeRung(remedy, rung, remedies, input, state, awaited))
  const rung = rungs.findLastIndex((one) => one.state !== 'Unused') + 1
  return { rung, why: whyThere(remedies, input, state, awaited), rungs }
}

function describeRung(
  remedy: Remedy,
  rung: number,
  remedies: readonly Remedy[],
  input: LadderInput,
  state: LadderState,
  awaited: Action | undefined,
): Rung {
  const { isUsed, isSpent, text } = usesOf(remedy, rung, remedies, input, state)
  const hasFailed = failedAt(rung, input.recentActions, state.since) !== undefined
  const isWaiting = awaited?.rung === rung
  return {
    remedy: nameOfRemedy(remedy),
    state: isWaiting ? 'Waiting' : !isUsed ? 'Unused' : isSpent ? 'Spent' : 'InUse',
    text: hasFailed && !isWaiting ? `${text}; the last step did not help` : text,
  }
}

interface Uses {
  readonly isUsed: boolean
  readonly isSpent: boolean
  readonly text: string
}

function usesOf(
  { scale, degrade, limit, isolate, failover }: Remedy,
  rung: number,
  remedies: readonly Remedy[],
  input: LadderInput,
  { since, baseline }: LadderState,
): Uses {
  const { features, guard, flows, replicas, recentActions, isolation } = input
  if (isolate !== undefined) return describeIsolations(isolate, isolation)
  if (failover !== undefined) return describeAsking(failover.group, failoverInput(input, since))
  if (degrade !== undefined) {
    const own = features.filter((feature) => isOf(degrade, feature) && rungOf(feature, remedies) === rung)
    const off = own.filter((feature) => isHeldBy(guard, feature)).map(({ name }) => name)
    const text =
      off.length === 0 ? `${own.length} features on` : `${off.sort().join(', ')} off, ${own.length - off.length} on`
    return { isUsed: off.length > 0, isSpent: off.length === own.length, text }
  }
  if (limit !== undefined) {
    const imposed = flows.find(({ flow }) => flow === limit.flow)
    const learned = limit.baseline ?? baseline?.rps
    const base =
      learned === undefined || learned === 0 ? 'no baseline known yet' : `baseline ${describeValue('rps', learned)}`
    if (imposed === undefined) return { isUsed: false, isSpent: false, text: `${limit.flow} not limited, ${base}` }
    return { isUsed: true, isSpent: true, text: `${limit.flow} limited to ${describeValue('rps', imposed.limit)}` }
  }
  const isUsed = hasActed(rung, recentActions, since)
  return { isUsed, isSpent: replicas >= scale.max, text: `${replicas} replicas of ${scale.min} to ${scale.max}` }
}

function whyThere(
  remedies: readonly Remedy[],
  { assessment, rules, features, flows, guard }: LadderInput,
  { relapses }: LadderState,
  awaited: Action | undefined,
): string {
  const { findings, blind } = assessment
  if (awaited !== undefined) {
    const until = new Date(Date.parse(awaited.at) + effectWithinOf(remedies, awaited)).toISOString()
    return `Waits until ${until} for the effect of ${awaited.remedy}`
  }
  const passed = findings.filter(({ eased }) => !eased).map(({ limit }) => describeLimit(limit))
  if (passed.length > 0) return `${passed.join(', ')} past the limit`
  if (findings.length > 0) return 'Back under the limits, and waits for their release'
  const isHolding = flows.length > 0 || features.some((feature) => isHeldBy(guard, feature))
  if (!isHolding) return 'Nothing is in use'
  if (blind.length > 0) return 'Takes nothing back while not all is seen'
  const taken = relapses === 0 ? '' : `, since ${relapses === 1 ? 'a step' : `${relapses} steps`} had to be taken back`
  return `Takes one step back each time all has been calm for ${formatDuration(steadyMs(rules, relapses))}${taken}`
}
