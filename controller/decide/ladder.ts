// The ladder: the remedies of a Guard in the order in which they are climbed, taken back in reverse, and the point where none is left.

import { isClimb } from '../model/action.ts'
import type { Assessment, LimitRules } from '../model/assessment.ts'
import type { ConnectionUse, Proposal } from '../model/command.ts'
import { isHeldBy } from '../model/demand.ts'
import { describeFinding, describeLimit } from '../model/describe.ts'
import type { FailoverView } from '../model/failover-view.ts'
import type { StoredFeature } from '../model/feature.ts'
import type { Action } from '../model/guard-status.ts'
import type { FlowLimit } from '../model/ladder.ts'
import type { Remedy } from '../model/remedies.ts'
import type { DiagnosisStatus } from '../model/resource.ts'
import type { ScheduleFloor } from '../model/schedule-floor.ts'
import { type EpochMs, formatDuration } from '../model/units.ts'
import { mostReplicas } from './connections.ts'
import { awaitedAct, failedAt } from './ladder/climb-so-far.ts'
import { isCalm, type LadderState, passTime, steadyMs } from './ladder/state.ts'
import { isOf, proposeRestore, proposeShed } from './remedies/degrade.ts'
import { type FailoverInput, proposeFailover, whyNotAsked } from './remedies/failover.ts'
import { type IsolateInput, proposeIsolation } from './remedies/isolate.ts'
import { proposeLift, proposeLimit } from './remedies/limit.ts'
import { proposeScale, type ScaleOutcome } from './remedies/scale.ts'

export interface LadderInput {
  readonly assessment: Assessment
  readonly rules: LimitRules
  /** spec.replicas of the target. */
  readonly replicas: number
  readonly ready: number
  /** The name of the Guard. */
  readonly guard: string
  /** Acts of this Guard, newest last. */
  readonly recentActions: readonly Action[]
  /** The Features of the Guard's namespace. */
  readonly features: readonly StoredFeature[]
  /** The flows that are limited now. */
  readonly flows: readonly FlowLimit[]
  readonly connections: ConnectionUse | undefined
  /** What a schedule asks for now. */
  readonly floor: ScheduleFloor | undefined
  /** The dependency that the evidence points to. */
  readonly suspect: string | undefined
  /** What the open Incident says that binds, and how sure that is. */
  readonly diagnosis: DiagnosisStatus | undefined
  /** The FailoverGroups of the Guard's namespace; none for a Guard that asks none to switch. */
  readonly groups: readonly FailoverView[]
  /** What is known of each pod by itself; undefined for a Guard that isolates none. */
  readonly isolation: IsolateInput | undefined
  /** A remedy that an interlock bars for longer: others are tried in its place. */
  readonly barred: number | undefined
}

export interface LadderOutcome {
  readonly proposal: Proposal | undefined
  readonly state: LadderState
  /** Why nothing is left to do about a breach; undefined while something is, or there is none. */
  readonly exhausted: string | undefined
}

/** Pure: what to do next, if anything. One step at a time. */
export function climb(remedies: readonly Remedy[], input: LadderInput, previous: LadderState): LadderOutcome {
  const { assessment, rules, ready } = input
  const isHolding = isAnythingHeld(input)
  const isLearning = remedies.some(({ limit }) => limit !== undefined && limit.baseline === undefined)
  const passed = passTime(previous, { assessment, rules, ready, isHolding, isLearning })
  const awaited =
    assessment.findings.length === 0
      ? undefined
      : awaitedAct(remedies, input.recentActions, passed.since, assessment.at)
  const scale = askScale(remedies, input, passed, awaited !== undefined)
  const state = scale === undefined || scale.state === passed.scaleIn ? passed : { ...passed, scaleIn: scale.state }
  const targeted = askIsolate(remedies, input)
  if (targeted !== undefined) return { proposal: targeted, exhausted: undefined, state }
  const step =
    assessment.findings.length > 0
      ? stepUp(remedies, input, state, scale, awaited)
      : { proposal: isHolding ? stepBack(remedies, input, state, scale) : scale?.proposal, exhausted: undefined }
  return { ...step, state }
}

interface AskedScale extends ScaleOutcome {
  readonly rung: number
}
type Step = Omit<LadderOutcome, 'state'>
const NOTHING: Step = { proposal: undefined, exhausted: undefined }

/** What is known of one pod is acted on at once, wherever the remedy stands and whether or not a limit is passed. */
function askIsolate(remedies: readonly Remedy[], input: LadderInput): Proposal | undefined {
  if (input.isolation === undefined) return undefined
  const proposal = proposeIsolation(remedies, input.isolation, input.guard, input.assessment.at)
  return proposal?.direction === 'up' && proposal.rung === input.barred ? undefined : proposal
}

/** Replicas follow the load in any case; while an act is awaited, only the load may ask for more. */
function askScale(
  remedies: readonly Remedy[],
  input: LadderInput,
  { scaleIn }: LadderState,
  isAwaiting: boolean,
): AskedScale | undefined {
  const rung = remedies.findIndex((remedy) => remedy.scale !== undefined)
  const spec = remedies[rung]?.scale
  if (spec === undefined) return undefined
  const { assessment, rules, replicas, ready, connections, floor } = input
  const lastUpAt = isAwaiting ? assessment.at : lastScaleUp(input.recentActions)
  const mostConnected = connections === undefined ? undefined : mostReplicas(connections)
  const outcome = proposeScale({ assessment, rules, replicas, ready, spec, lastUpAt, mostConnected, floor }, scaleIn)
  const { proposal, state, spent } = outcome
  return { proposal: proposal === undefined ? undefined : { ...proposal, rung }, state, spent, rung }
}

function lastScaleUp(actions: readonly Action[]): EpochMs | undefined {
  const last = actions.findLast(
    (action) => action.remedy === 'scale' && isClimb(action) && ['Done', 'Pending'].includes(action.outcome),
  )
  return last === undefined ? undefined : Date.parse(last.at)
}

/**
 * | there is | then |
 * |---|---|
 * | only load over what the replicas serve | `scale` at once, wherever it stands; others only when it is spent |
 * | an act whose effect is awaited | only load asks for more |
 * | else | the first remedy in order that has something left and did not fail; if all failed, the one whose failure is oldest |
 */
function stepUp(
  remedies: readonly Remedy[],
  input: LadderInput,
  state: LadderState,
  scale: AskedScale | undefined,
  awaited: Action | undefined,
): Step {
  const { findings } = input.assessment
  const pressing = findings.filter((finding) => !finding.eased && finding.value !== undefined)
  const isLoadOnly = pressing.every(({ limit }) => limit === 'rps')
  const mayScale = scale !== undefined && scale.rung !== input.barred
  if (mayScale && (isLoadOnly || awaited !== undefined) && scale.proposal !== undefined)
    return { proposal: scale.proposal, exhausted: undefined }
  if (awaited !== undefined || (mayScale && isLoadOnly && pressing.length > 0 && !scale.spent)) return NOTHING

  let isAllSpent = true
  let again: { readonly proposal: Proposal; readonly failedAt: EpochMs } | undefined
  let barred: Proposal | undefined
  for (const [rung, remedy] of remedies.entries()) {
    const ask = remedy.scale === undefined ? askFor(remedy, rung, input, state, pressing.map(describeFinding)) : scale
    if (ask === undefined || ask.spent) continue
    isAllSpent = false
    // What is not seen now is no ground for an act.
    if (pressing.length === 0) continue
    if (rung === input.barred) {
      barred = ask.proposal
      continue
    }
    const failed = failedAt(rung, input.recentActions, state.since)
    if (failed === undefined) return { proposal: ask.proposal, exhausted: undefined }
    if (ask.proposal !== undefined && (again === undefined || failed < again.failedAt))
      again = { proposal: ask.proposal, failedAt: failed }
  }
  return {
    proposal: again?.proposal ?? barred,
    exhausted: isAllSpent ? whyExhausted(remedies, input, state) : undefined,
  }
}

interface Ask {
  readonly proposal: Proposal | undefined
  readonly spent: boolean
}
const SPENT: Ask = { proposal: undefined, spent: true }

function askFor(
  { degrade, limit, failover }: Remedy,
  rung: number,
  input: LadderInput,
  { baseline, since }: LadderState,
  reasons: readonly string[],
): Ask {
  const { assessment, ready, guard, features, suspect } = input
  if (degrade !== undefined) {
    const proposal = proposeShed(degrade, { guard, features, suspect, now: assessment.at }, reasons)
    return proposal === undefined ? SPENT : { proposal: { ...proposal, rung }, spent: false }
  }
  if (failover !== undefined) {
    const proposal = proposeFailover(failover, failoverInput(input, since), reasons)
    return proposal === undefined ? SPENT : { proposal: { ...proposal, rung }, spent: false }
  }
  if (limit === undefined || input.flows.some(({ flow }) => flow === limit.flow)) return SPENT
  const proposal = proposeLimit(limit, { assessment, ready, baseline }, reasons)
  return proposal === undefined ? SPENT : { proposal: { ...proposal, rung }, spent: false }
}

/** What the failover remedy looks at. */
export function failoverInput(
  { groups, diagnosis, recentActions, assessment }: LadderInput,
  since: EpochMs | undefined,
): FailoverInput {
  return { groups, diagnosis, recentActions, since, now: assessment.at }
}

/** From the top down, the first that has something to take back; what no remedy names any more goes first of all. */
function stepBack(
  remedies: readonly Remedy[],
  input: LadderInput,
  state: LadderState,
  scale: AskedScale | undefined,
): Proposal | undefined {
  if (scale?.proposal?.direction === 'up') return scale.proposal
  const { assessment, rules, guard, features, flows, ready, barred } = input
  const steady = steadyMs(rules, state.relapses)
  const calmMs = isCalm(assessment) ? assessment.at - (state.calmSince ?? assessment.at) : 0
  // A pod that goes, or comes back when its time is over, is no step of the ladder.
  const steps = input.recentActions.filter(({ outcome, remedy }) => outcome !== 'Abandoned' && remedy !== 'isolate')
  const lastActAt = Date.parse(steps.at(-1)?.at ?? '')
  // An act that is dated in the future was written by a clock ahead of ours: it counts as done this moment.
  const isSteady = calmMs >= steady && !(assessment.at - lastActAt < steady)
  const held = features.filter((feature) => isHeldBy(guard, feature))
  const reasons = [`Every signal has been calm for ${formatDuration(calmMs)}`]
  const lift = (flow: FlowLimit) => {
    const spec = remedies.find(({ limit }) => limit?.flow === flow.flow)?.limit
    return proposeLift(spec, flow, { assessment, ready, baseline: state.baseline }, reasons)
  }

  const stray = flows.find(({ flow }) => !remedies.some(({ limit }) => limit?.flow === flow))
  const orphans = held.filter((feature) => rungOf(feature, remedies) === undefined)
  const first = stray === undefined ? proposeRestore(orphans, guard, reasons) : lift(stray)
  if (first !== undefined) return isSteady ? first : undefined

  for (let rung = remedies.length - 1; rung >= 0; rung--) {
    const remedy = remedies[rung]
    if (remedy?.scale !== undefined) {
      if (scale === undefined || rung === barred) continue
      if (scale.proposal !== undefined) return isSteady ? scale.proposal : undefined
      // Fewer replicas would do, and it waits to be sure: what is below waits with it.
      if (scale.state.calm !== undefined) return undefined
      continue
    }
    const flow = flows.find((one) => one.flow === remedy?.limit?.flow)
    const own = remedy?.degrade === undefined ? [] : held.filter((feature) => rungOf(feature, remedies) === rung)
    const step = flow === undefined ? proposeRestore(own, guard, reasons) : lift(flow)
    if (step !== undefined) return isSteady ? { ...step, rung } : undefined
  }
  return undefined
}

/** The remedy that a Feature belongs to: the first that is about it. */
export function rungOf(feature: StoredFeature, remedies: readonly Remedy[]): number | undefined {
  const rung = remedies.findIndex(({ degrade }) => degrade !== undefined && isOf(degrade, feature))
  return rung < 0 ? undefined : rung
}

function isAnythingHeld({ flows, features, guard }: LadderInput): boolean {
  if (flows.length > 0) return true
  for (const feature of features) if (isHeldBy(guard, feature)) return true
  return false
}

/** Why nothing is left; undefined when the limits that are passed were only passed. */
function whyExhausted(remedies: readonly Remedy[], input: LadderInput, { since }: LadderState): string | undefined {
  const passed = input.assessment.findings.filter((finding) => !finding.eased)
  if (passed.length === 0) return undefined
  const breached = passed.map((finding) => describeLimit(finding.limit)).join(', ')
  if (remedies.length === 0) return `${breached} past the limit, and the Guard declares no remedy`
  return `${breached} past the limit ${remedies.map((remedy) => whySpent(remedy, input, since)).join(', ')}`
}

function whySpent(
  { scale, degrade, limit, isolate, failover }: Remedy,
  input: LadderInput,
  since: EpochMs | undefined,
): string {
  const { replicas, flows } = input
  if (degrade !== undefined) return 'with no feature left to switch off'
  if (isolate !== undefined) return 'with no pod clearly worse than the others'
  if (failover !== undefined)
    return whyNotAsked(failover.group, failoverInput(input, since)) ?? `with ${failover.group} not asked`
  if (scale !== undefined)
    return replicas >= scale.max
      ? `at the maximum of ${scale.max} replicas`
      : `at the ${replicas} replicas that there are connections for`
  return flows.some(({ flow }) => flow === limit?.flow)
    ? `with ${limit?.flow} limited`
    : `with no baseline known to limit ${limit?.flow} by`
}
