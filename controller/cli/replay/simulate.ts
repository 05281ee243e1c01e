// The loop of one Guard over history: the same evaluate and decide, with replicas that follow the acts of the replay.
import { arbitrate } from '../../decide/arbiter.ts'
import { BOTTOM_OF_LADDER, climb } from '../../decide/ladder.ts'
import { isUnderWay } from '../../decide/under-way.ts'
import { diagnose } from '../../evaluate/diagnosis/diagnose.ts'
import { evaluate } from '../../evaluate/evaluate.ts'
import { ALL_CALM, type Assessment, LIMITS, type LimitRules, SIGNAL_OF_LIMIT } from '../../model/assessment.ts'
import type { Decision, Facts, Proposal, TargetRef } from '../../model/command.ts'
import { describeFinding, describeLimit, describeValue } from '../../model/describe.ts'
import type { GuardSpec } from '../../model/guard.ts'
import type { Action } from '../../model/guard-status.ts'
import { nameOfResource } from '../../model/resource.ts'
import { createScheduleFloor } from '../../model/schedule-floor.ts'
import { type Observations, withReplicas } from '../../model/signal.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'

export interface ReplayEvent {
  readonly at: EpochMs
  readonly kind: 'breach' | 'release' | 'act' | 'veto' | 'unknown' | 'known' | 'exhausted' | 'diagnosis'
  readonly text: string
  /** Of an act: replicas before and after. */
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
  readonly actions: { readonly up: number; readonly down: number }
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

/**
 * Pure: the same spec, rules, replicas and readings give the same timeline. What is simulated: every act succeeds at once,
 * its replicas are ready at the next step, no autoscaler owns them, this replica leads and the clock is steady. What is not:
 * load and use stay as history has them, whatever the replay does. The mode Observe is replayed as if it were Enforce.
 */
export function createSimulation(spec: GuardSpec, rules: LimitRules, target: TargetRef, start: number): Simulation {
  const [remedy] = spec.remedies
  const floorAt = createScheduleFloor(spec.schedules)
  const timeline: ReplayEvent[] = []
  const vetoes: Record<string, number> = {}
  const breaches: Record<string, number> = {}
  const actions = { up: 0, down: 0 }
  const replicas = { start, end: start, lowest: start, highest: start }
  let limits = ALL_CALM
  let ladder = BOTTOM_OF_LADDER
  let acts: readonly Action[] = []
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

  function factsAt(at: EpochMs, assessment: Assessment): Facts {
    return {
      now: at,
      mode: spec.mode === 'Observe' ? 'Enforce' : spec.mode,
      isLeading: true,
      target,
      scale: { kind: 'read', value: { replicas: replicas.end, resourceVersion: '' }, at },
      autoscalers: { kind: 'read', value: [], at },
      raisedMinimum: undefined,
      recentActions: acts,
      cooldownMs: remedy?.scale.cooldown ?? 0,
      budget: { actions: spec.budget.actions, perMs: spec.budget.per },
      blind: assessment.blind.map((one) => one.why),
      clockUnsteadyUntil: 0,
    }
  }

  function carryOut(at: EpochMs, { proposal: { direction, reasons, remedy }, command: { from, to } }: Decision): void {
    const why = reasons.join('; ')
    timeline.push({ at, kind: 'act', from, to, text: `replicas ${from} → ${to}: ${why}` })
    const field = `${target.kind}/${target.name} replicas`
    const act: Action = { id: `${at}`, at: new Date(at).toISOString(), remedy, field, from, to, why, outcome: 'Done' }
    acts = [...acts.filter((one) => Date.parse(one.at) > at - Math.max(spec.budget.per, DAY_MS)), act]
    actions[direction]++
    if (lastAct !== undefined && lastAct.direction !== direction && at - lastAct.at < FLAP_WITHIN_MS) flaps++
    lastAct = { at, direction }
    replicas.end = to
    replicas.lowest = Math.min(replicas.lowest, to)
    replicas.highest = Math.max(replicas.highest, to)
  }

  function decide(at: EpochMs, assessment: Assessment, proposal: Proposal | undefined): void {
    const isRepeat = proposal !== undefined && isUnderWay(proposal, acts, at, remedy?.scale.effectWithin ?? 0)
    if (proposal === undefined || isRepeat) {
      told = ''
      return
    }
    const decision = arbitrate(proposal, factsAt(at, assessment))
    if (decision.verdict === 'act') {
      told = ''
      carryOut(at, decision)
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
      text: `replicas ${proposal.from} → ${proposal.to} vetoed by ${interlocks.join(', ')}: ${why}`,
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
      const last = acts.findLast((act) => act.to > act.from)
      const lastUpAt = last === undefined ? undefined : Date.parse(last.at)
      const count = replicas.end
      const input = { assessment, rules, replicas: count, ready: count, lastUpAt, floor: floorAt(at) }
      const climbed = climb(spec.remedies, input, ladder)
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
      flaps,
      vetoes,
      breaches,
    }),
  }
}

const DAY_MS: Milliseconds = 86_400_000
