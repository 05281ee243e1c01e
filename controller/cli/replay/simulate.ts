// The loop of one Guard over history: the same evaluate and decide, with replicas that follow the acts of the replay.
import { arbitrate } from '../../decide/arbiter.ts'
import { effectWithinOf } from '../../decide/ladder/climb-so-far.ts'
import { BOTTOM_OF_LADDER } from '../../decide/ladder/state.ts'
import { climb } from '../../decide/ladder.ts'
import { adaptFlows } from '../../decide/remedies/limit.ts'
import { isUnderWay } from '../../decide/under-way.ts'
import { effectToCome, verifyActions } from '../../decide/verify.ts'
import { diagnose } from '../../evaluate/diagnosis/diagnose.ts'
import { evaluate } from '../../evaluate/evaluate.ts'
import { ALL_CALM, type Assessment, LIMITS, type LimitRules, SIGNAL_OF_LIMIT } from '../../model/assessment.ts'
import type { Command, Decision, Facts, Proposal, TargetRef } from '../../model/command.ts'
import { withDemand } from '../../model/demand.ts'
import { describeFinding, describeLimit, describeValue } from '../../model/describe.ts'
import type { StoredFeature } from '../../model/feature.ts'
import type { GuardSpec } from '../../model/guard.ts'
import type { Action } from '../../model/guard-status.ts'
import type { FlowLimit } from '../../model/ladder.ts'
import { scaleOf, timesOf } from '../../model/remedies.ts'
import { nameOfResource } from '../../model/resource.ts'
import { createScheduleFloor } from '../../model/schedule-floor.ts'
import { type Observations, withReplicas } from '../../model/signal.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'

import { describeField } from '../../record/decisions.ts'
import { describeChange, fieldsOf } from '../../record/fields.ts'
import { timestamp } from '../../record/status.ts'

export interface ReplayEvent {
  readonly at: EpochMs
  readonly kind: 'breach' | 'release' | 'act' | 'veto' | 'unknown' | 'known' | 'exhausted' | 'diagnosis'
  readonly text: string
  /** Of an act: the value before and after, as status has them. */
  readonly from?: number
  readonly to?: number
  /** Of a veto: the interlocks that vetoed. */
  readonly interlocks?: readonly string[]
}

export interface ReplayTotals {
  readonly steps: number
  /** Steps at which some limit could not be judged completely. */
  readonly unknownSteps: number
  readonly replicas: { readonly start: number; readonly end: number; readonly lowest: number; readonly highest: number }
  /** Acts of any remedy: up applies it or more of it, down takes a step back. */
  readonly actions: { readonly up: number; readonly down: number }
  /** The same by remedy; those that did nothing are left out. */
  readonly remedies: Readonly<Record<string, number>>
  /** Acts that undo the direction of the one before within `FLAP_WITHIN_MS`. */
  readonly flaps: number
  /** Decisions that an interlock vetoed, by interlock; the same one at following steps counts once. */
  readonly vetoes: Readonly<Record<string, number>>
  /** Breaches that were confirmed, by limit. */
  readonly breaches: Readonly<Record<string, number>>
}

export interface Simulation {
  /** Judges one moment. The moments must ascend. */
  step(at: EpochMs, seen: Observations): void
  readonly timeline: readonly ReplayEvent[]
  totals(): ReplayTotals
}

/** As long as the HorizontalPodAutoscaler steadies scaling down: what reverses sooner should not have been done. */
export const FLAP_WITHIN_MS: Milliseconds = 300_000

export interface SimulatedGuard {
  readonly name: string
  readonly spec: GuardSpec
  /** The Features that may be shed. */
  readonly features: readonly StoredFeature[]
}

/**
 * Pure: the same spec, rules, replicas and readings give the same timeline. What is simulated: every act succeeds at once,
 * its replicas are ready at the next step, no autoscaler owns them, this replica leads and the clock is steady. What is not:
 * load and use stay as history has them, whatever the replay does. The mode Observe is replayed as if it were Enforce.
 */
export function createSimulation(
  { name, spec, features: given }: SimulatedGuard,
  rules: LimitRules,
  target: TargetRef,
  start: number,
): Simulation {
  const scale = scaleOf(spec.remedies)
  const connections =
    scale?.connections === undefined ? undefined : { budget: scale.connections, surge: undefined, terminating: 0 }
  const floorAt = createScheduleFloor(spec.schedules)
  const timeline: ReplayEvent[] = []
  const vetoes: Record<string, number> = {}
  const breaches: Record<string, number> = {}
  const actions = { up: 0, down: 0 }
  const remedies: Record<string, number> = {}
  const replicas = { start, end: start, lowest: start, highest: start }
  let limits = ALL_CALM
  let ladder = BOTTOM_OF_LADDER
  let acts: readonly Action[] = []
  let features = given
  let flows: readonly FlowLimit[] = []
  let lastAct: { readonly at: EpochMs; readonly direction: Proposal['direction'] } | undefined
  let told = ''
  let diagnosed = ''
  let blind = ''
  let wasExhausted = false
  let steps = 0
  let unknownSteps = 0
  let flaps = 0

  function tellLimits(assessment: Assessment): void {
    for (const limit of LIMITS) {
      const [was, is] = [limits[limit].phase === 'breached', assessment.limits[limit].phase === 'breached']
      if (was === is) continue
      if (is) breaches[limit] = (breaches[limit] ?? 0) + 1
      const finding = assessment.findings.find((one) => one.limit === limit)
      const value = assessment.observations[SIGNAL_OF_LIMIT[limit]]
      const now = value?.kind === 'ok' ? describeValue(limit, value.value) : 'unknown'
      timeline.push({
        at: assessment.at,
        kind: is ? 'breach' : 'release',
        text: finding === undefined ? `${describeLimit(limit)} is over its breach: ${now}` : describeFinding(finding),
      })
    }
  }

  /** By the signals alone, which are all that history has: nothing is told where they name nothing. */
  function tellDiagnosis({ at, observations, findings }: Assessment): void {
    const pressing = findings.filter(({ eased }) => !eased)
    if (pressing.length === 0) {
      diagnosed = ''
      return
    }
    const { minimumRequests } = spec.limits
    const found = diagnose({ observations, findings: pressing, readings: [], pods: [], rules, minimumRequests })
    if (found.kind === 'notKnown' || found.resource === diagnosed) return
    diagnosed = found.resource
    const text = `What binds: ${nameOfResource(found.resource)} (${found.amount}, ${found.confidence})`
    timeline.push({ at, kind: 'diagnosis', text })
  }

  function tellBlindness(assessment: Assessment): void {
    if (assessment.blind.length > 0) unknownSteps++
    const key = assessment.blind.map((one) => one.limit).join(' ')
    if (key === blind) return
    blind = key
    const what = [...new Set(assessment.blind.map((one) => one.why))].join('; ')
    const names = assessment.blind.map((one) => describeLimit(one.limit)).join(', ')
    timeline.push(
      key === ''
        ? { at: assessment.at, kind: 'known', text: 'Every signal is seen' }
        : { at: assessment.at, kind: 'unknown', text: `Not seen: ${names}: ${what}` },
    )
  }

  function factsAt(at: EpochMs, assessment: Assessment, { rung }: Proposal): Facts {
    const remedy = spec.remedies[rung ?? 0]
    return {
      now: at,
      mode: spec.mode === 'Observe' ? 'Enforce' : spec.mode,
      isLeading: true,
      target,
      scale: { kind: 'read', value: { replicas: replicas.end, resourceVersion: '' }, at },
      autoscalers: { kind: 'read', value: [], at },
      raisedMinimum: undefined,
      recentActions: acts,
      cooldownMs: remedy === undefined ? 0 : timesOf(remedy).cooldown,
      budget: { actions: spec.budget.actions, perMs: spec.budget.per },
      blind: assessment.blind.map((one) => one.why),
      clockUnsteadyUntil: 0,
      guard: name,
      features: { kind: 'read', value: features, at },
      ...(connections === undefined ? {} : { connections }),
    }
  }

  function carryOut(at: EpochMs, { proposal, command }: Decision, assessment: Assessment): void {
    const { direction, remedy, rung } = proposal
    const { from, to } = command
    const why = proposal.reasons.join('; ')
    const effect = direction === 'up' ? effectToCome(assessment.findings) : []
    const done = fieldsOf(command).map((field): Action => {
      const act: Action = { id: `${at} ${field}`, at: timestamp(at), remedy, field, from, to, why, outcome: 'Done' }
      return { ...act, ...(rung === undefined ? {} : { rung }), ...(effect.length === 0 ? {} : { effect }) }
    })
    acts = [...acts.filter((one) => Date.parse(one.at) > at - Math.max(spec.budget.per, DAY_MS)), ...done]
    actions[direction]++
    remedies[remedy] = (remedies[remedy] ?? 0) + 1
    if (lastAct !== undefined && lastAct.direction !== direction && at - lastAct.at < FLAP_WITHIN_MS) flaps++
    lastAct = { at, direction }
    if (direction === 'down' && remedy !== 'scale') ladder = { ...ladder, restoredAt: Math.floor(at) }
    take(at, command, why)
    const text = remedy === 'scale' ? `replicas ${from} → ${to}` : done.map(describeChange).join(', ')
    timeline.push({ at, kind: 'act', from, to, text: `${text}: ${why}` })
  }

  function take(at: EpochMs, command: Command, reason: string): void {
    const { to } = command
    if (command.kind === 'limit') {
      const others = flows.filter(({ flow }) => flow !== command.flow)
      flows = to === 0 ? others : [...others, { flow: command.flow, limit: to, since: timestamp(at), reason }]
      return
    }
    if (command.kind === 'feature') {
      const names = new Set(command.features.map((one) => one.name))
      const demand = to === 0 ? { since: timestamp(at), reason } : undefined
      features = features.map((one) => (names.has(one.name) ? withDemand(one, name, demand) : one))
      return
    }
    if (command.kind !== 'scale' && command.kind !== 'raiseMinimum') return
    replicas.end = to
    replicas.lowest = Math.min(replicas.lowest, to)
    replicas.highest = Math.max(replicas.highest, to)
  }

  function decide(at: EpochMs, assessment: Assessment, proposal: Proposal | undefined): void {
    const isRepeat = proposal !== undefined && isUnderWay(proposal, acts, at, scale?.effectWithin ?? 0)
    if (proposal === undefined || isRepeat) {
      told = ''
      return
    }
    const decision = arbitrate(proposal, factsAt(at, assessment, proposal))
    if (decision.verdict === 'act') {
      told = ''
      carryOut(at, decision, assessment)
      return
    }
    const rulings = decision.rulings.filter((ruling) => ruling.verdict === 'Veto')
    const interlocks = rulings.map((ruling) => ruling.interlock)
    const key = `${proposal.direction} ${interlocks.join(' ')}`
    if (key === told) return
    told = key
    for (const interlock of interlocks) vetoes[interlock] = (vetoes[interlock] ?? 0) + 1
    const why = rulings.map((ruling) => ruling.why).join('; ')
    timeline.push({
      at,
      kind: 'veto',
      interlocks,
      text: `${proposal.remedy === 'scale' ? 'replicas' : describeField(decision.command)} ${proposal.from} → ${proposal.to} vetoed by ${interlocks.join(', ')}: ${why}`,
    })
  }

  return {
    timeline,
    step(at, seen) {
      steps++
      const observations = withReplicas(seen, replicas.end, replicas.end)
      const assessment = evaluate(observations, rules, limits, at)
      tellLimits(assessment)
      tellDiagnosis(assessment)
      tellBlindness(assessment)
      limits = assessment.limits
      acts = verifyActions(acts, assessment, (act) => effectWithinOf(spec.remedies, act))
      const around = { guard: name, recentActions: acts, features, flows, connections, suspect: undefined }
      const count = replicas.end
      const now = { assessment, rules, replicas: count, ready: count, floor: floorAt(at) }
      // A server remembers a service, not each pod by itself, nor who was a primary when.
      const unknown = { isolation: undefined, diagnosis: undefined, groups: [] }
      const input = { ...around, ...now, ...unknown, barred: undefined }
      const limited = spec.remedies.flatMap(({ limit }) => limit ?? [])
      flows = adaptFlows(flows, limited, { ...input, baseline: ladder.baseline }, rules)
      const climbed = climb(spec.remedies, { ...input, flows }, ladder)
      ladder = climbed.state
      if (climbed.exhausted !== undefined && !wasExhausted)
        timeline.push({ at, kind: 'exhausted', text: `Nothing is left to try: ${climbed.exhausted}` })
      wasExhausted = climbed.exhausted !== undefined
      decide(at, assessment, climbed.proposal)
    },
    totals: () => ({
      steps,
      unknownSteps,
      replicas: { ...replicas },
      actions: { ...actions },
      remedies,
      flaps,
      vetoes,
      breaches,
    }),
  }
}

const DAY_MS: Milliseconds = 86_400_000
