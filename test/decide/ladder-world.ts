// A Guard without a cluster, for the tests of the ladder: readings go in, and what it decides is done at once, as the loop would.
import { arbitrate } from '../../controller/decide/arbiter.ts'
import { effectWithinOf } from '../../controller/decide/ladder/climb-so-far.ts'
import { standingOn } from '../../controller/decide/ladder/standing.ts'
import { BOTTOM_OF_LADDER, type LadderState } from '../../controller/decide/ladder/state.ts'
import { climb, type LadderInput, type LadderOutcome } from '../../controller/decide/ladder.ts'
import type { IsolateInput } from '../../controller/decide/remedies/isolate.ts'
import { adaptFlows } from '../../controller/decide/remedies/limit.ts'
import { effectToCome, verifyActions } from '../../controller/decide/verify.ts'
import { evaluate } from '../../controller/evaluate/evaluate.ts'
import { ALL_CALM, type Assessment, type LimitStates } from '../../controller/model/assessment.ts'
import type { ConnectionUse, Decision, FreshPod } from '../../controller/model/command.ts'
import { withDemand } from '../../controller/model/demand.ts'
import type { FailoverView } from '../../controller/model/failover-view.ts'
import { FEATURE_SPEC, type StoredFeature, type Tier } from '../../controller/model/feature.ts'
import { GUARD_SPEC, type GuardSpec } from '../../controller/model/guard.ts'
import { type Action, GUARD_STATUS } from '../../controller/model/guard-status.ts'
import type { FlowLimit } from '../../controller/model/ladder.ts'
import { isolateOf, timesOf } from '../../controller/model/remedies.ts'
import type { DiagnosisStatus } from '../../controller/model/resource.ts'
import { limitRulesOf } from '../../controller/model/rules.ts'
import type { Observation, Observations } from '../../controller/model/signal.ts'
import type { Pod, Surge } from '../../controller/model/workload.ts'
import { fieldsOf } from '../../controller/record/fields.ts'
import { ladderStatus, restoreLadder } from '../../controller/record/ladder.ts'
import { timestamp } from '../../controller/record/status.ts'

export const START = Date.parse('2026-01-01T12:00:00Z')
const TARGET = { kind: 'Deployment', namespace: 'shop', name: 'checkout' } as const

export const known = (value: number): Observation => ({ kind: 'ok', value })
export const unseen: Observation = { kind: 'unknown', why: 'timeout' }
export const CALM: Observations = { rps: known(50), errors: known(0), latencyP99: known(0.1), cpu: known(0.3) }
export const SLOW: Observations = { ...CALM, latencyP99: known(2) }

export function aFeature(
  name: string,
  tier: Tier,
  more: { readonly labels?: Record<string, string>; readonly overriddenUntil?: number } = {},
): StoredFeature {
  const override =
    more.overriddenUntil === undefined
      ? {}
      : { override: { value: true, until: timestamp(more.overriddenUntil), reason: 'a sale' } }
  return {
    namespace: 'shop',
    name,
    uid: name,
    labels: more.labels ?? {},
    resourceVersion: '1',
    generation: 1,
    spec: FEATURE_SPEC.parse({ tier, ...override }),
    status: {},
    fault: undefined,
  }
}

/** Quick times: held for no time, released after 10 s. */
export function guardSpec(remedies: readonly object[], more: object = {}): GuardSpec {
  return GUARD_SPEC.parse({
    mode: 'Enforce',
    target: { name: 'checkout' },
    limits: { hold: '0s', window: '5s', release: { below: '80%', for: '10s' } },
    remedies,
    ...more,
  })
}

export interface LadderWorld {
  /** Judges one reading, so many seconds after the last, and does what is decided. */
  step(seen: Observations, around?: Around): Decision | undefined
  /** The same reading, once a second; what was done, as "10 reviews off": the second and the change. */
  run(seconds: number, seen: Observations | (() => Observations), around?: Around): string[]
  /** Goes on as a successor would: from what status keeps, as JSON. */
  succeed(): void
  readonly features: readonly StoredFeature[]
  readonly off: readonly string[]
  readonly flows: readonly FlowLimit[]
  readonly acts: readonly Action[]
  readonly replicas: number
  readonly now: number
  readonly state: LadderState
  readonly last: LadderOutcome | undefined
  readonly assessment: Assessment | undefined
  replace(feature: StoredFeature): void
  standing(): ReturnType<typeof standingOn>
}

export interface Around {
  readonly afterMs?: number
  readonly ready?: number
  readonly terminating?: number
  readonly surge?: Surge | undefined
  readonly suspect?: string
  readonly panic?: string
  readonly barred?: number
  readonly isolation?: IsolateInput
  readonly groups?: readonly FailoverView[]
  readonly diagnosis?: DiagnosisStatus | undefined
  /** What a fresh read of the group shows, when it is not what was known. */
  readonly freshGroup?: FailoverView
  /** The act is announced and made, but the API refuses it. */
  readonly fails?: boolean
}

const asRead = (pod: Pod): FreshPod => ({
  pod,
  resourceVersion: '1',
  hasController: true,
  isSelectedByMark: false,
})

export function ladderWorld(
  spec: GuardSpec,
  given: { readonly features?: readonly StoredFeature[]; readonly replicas?: number } = {},
): LadderWorld {
  const rules = limitRulesOf(spec)
  let features = given.features ?? []
  let replicas = given.replicas ?? 2
  let now = START
  let limits: LimitStates = ALL_CALM
  let state: LadderState = BOTTOM_OF_LADDER
  let acts: readonly Action[] = []
  let flows: readonly FlowLimit[] = []
  let last: LadderOutcome | undefined
  let assessment: Assessment | undefined
  let input: LadderInput | undefined

  function connectionsOf({ surge, terminating = 0 }: Around): ConnectionUse | undefined {
    const budget = spec.remedies.find(({ scale }) => scale !== undefined)?.scale?.connections
    return budget === undefined ? undefined : { budget, surge, terminating }
  }

  function decide({ proposal }: LadderOutcome, around: Around): Decision | undefined {
    if (proposal === undefined) return undefined
    const remedy = spec.remedies[proposal.rung ?? 0]
    const connections = connectionsOf(around)
    const isolate = isolateOf(spec.remedies)
    const view =
      proposal.remedy === 'failover'
        ? (around.freshGroup ?? around.groups?.find(({ name }) => name === proposal.group))
        : undefined
    return arbitrate(proposal, {
      now,
      mode: spec.mode,
      isLeading: true,
      target: TARGET,
      scale: { kind: 'read', value: { replicas, resourceVersion: '1' }, at: now },
      autoscalers: { kind: 'read', value: [], at: now },
      raisedMinimum: undefined,
      recentActions: acts,
      cooldownMs: remedy === undefined ? 0 : timesOf(remedy).cooldown,
      budget: { actions: spec.budget.actions, perMs: spec.budget.per },
      blind: assessment?.blind.map(({ why }) => why) ?? [],
      clockUnsteadyUntil: 0,
      guard: 'checkout',
      features: { kind: 'read', value: features, at: now },
      pods: { kind: 'read', value: (around.isolation?.pods ?? []).map(asRead), at: now },
      group: { kind: 'read', value: view && { view, resourceVersion: '1' }, at: now },
      ...(isolate === undefined ? {} : { maxEjected: isolate.maxEjected }),
      ...(connections === undefined ? {} : { connections }),
      ...(around.panic === undefined ? {} : { panic: around.panic }),
    })
  }

  function carryOut({ command, proposal }: Decision, fails: boolean): void {
    const { direction, remedy, rung } = proposal
    const effect = direction === 'up' ? effectToCome(assessment?.findings ?? []) : []
    const reason = proposal.reasons.join('; ')
    acts = [
      ...acts,
      ...fieldsOf(command).map((field): Action => {
        const act: Action = {
          id: `${now} ${field}`,
          at: timestamp(now),
          remedy,
          field,
          from: command.from,
          to: command.to,
          why: reason,
          outcome: fails ? 'Failed' : 'Done',
        }
        return { ...act, ...(rung === undefined ? {} : { rung }), ...(effect.length === 0 ? {} : { effect }) }
      }),
    ]
    if (fails) return
    if (direction === 'down' && (remedy === 'degrade' || remedy === 'limit')) state = { ...state, restoredAt: now }
    if (command.kind === 'scale') replicas = command.to
    if (command.kind === 'feature') {
      const names = command.features.map(({ name }) => name)
      const demand = command.to === 0 ? { since: timestamp(now), reason } : undefined
      features = features.map((one) => (names.includes(one.name) ? withDemand(one, 'checkout', demand) : one))
    }
    if (command.kind === 'limit') {
      const { flow, to } = command
      const others = flows.filter((one) => one.flow !== flow)
      flows = to === 0 ? others : [...others, { flow, limit: to, since: timestamp(now), reason }]
    }
  }

  const world: LadderWorld = {
    step(seen, around = {}) {
      now += around.afterMs ?? 1000
      const ready = Math.min(around.ready ?? replicas, replicas)
      assessment = evaluate(
        { ...seen, replicasWanted: known(replicas), replicasReady: known(ready) },
        rules,
        limits,
        now,
      )
      limits = assessment.limits
      acts = verifyActions(acts, assessment, (act) => effectWithinOf(spec.remedies, act))
      const specs = spec.remedies.flatMap(({ limit }) => limit ?? [])
      flows = adaptFlows(flows, specs, { assessment, ready, baseline: state.baseline }, rules)
      input = {
        assessment,
        rules,
        replicas,
        ready,
        guard: 'checkout',
        recentActions: acts,
        features,
        flows,
        connections: connectionsOf(around),
        floor: undefined,
        suspect: around.suspect,
        diagnosis: around.diagnosis,
        groups: around.groups ?? [],
        isolation: around.isolation,
        barred: around.barred,
      }
      last = climb(spec.remedies, input, state)
      state = last.state
      const decision = decide(last, around)
      if (decision?.verdict === 'act') carryOut(decision, around.fails ?? false)
      return decision
    },
    run(seconds, seen, around = {}) {
      const told: string[] = []
      for (let second = 1; second <= seconds; second++) {
        const decision = world.step(typeof seen === 'function' ? seen() : seen, around)
        if (decision?.verdict !== 'act') continue
        const { command } = decision
        const what =
          command.kind === 'feature'
            ? `${command.features.map(({ name }) => name).join('+')} ${command.to === 0 ? 'off' : 'on'}`
            : command.kind === 'isolate'
              ? `${command.pods.map(({ name }) => name).join('+')} ${command.step}`
              : command.kind === 'failover'
                ? `${command.group} asked`
                : `${command.kind === 'limit' ? command.flow : 'replicas'} ${command.from}→${command.to}`
        told.push(`${second} ${what}`)
      }
      return told
    },
    succeed() {
      if (input === undefined) return
      const ladder = ladderStatus(state, standingOn(spec.remedies, input, state))
      const written = { ladder, flows: [...flows], recentActions: [...acts] }
      const status = GUARD_STATUS.parse(JSON.parse(JSON.stringify(written)))
      // How long fewer replicas would have done is not kept: see the test about it.
      state = { ...restoreLadder(status.ladder), scaleIn: state.scaleIn }
      flows = status.flows ?? []
      acts = status.recentActions ?? []
    },
    get features() {
      return features
    },
    get off() {
      return features.filter(({ status }) => status.demandedBy?.checkout !== undefined).map(({ name }) => name)
    },
    get flows() {
      return flows
    },
    get acts() {
      return acts
    },
    get replicas() {
      return replicas
    },
    get now() {
      return now
    },
    get state() {
      return state
    },
    get last() {
      return last
    },
    get assessment() {
      return assessment
    },
    replace(feature) {
      features = features.map((one) => (one.name === feature.name ? feature : one))
    },
    standing() {
      if (input === undefined) throw new Error('nothing has been read yet')
      return standingOn(spec.remedies, { ...input, features, flows, recentActions: acts, replicas }, state)
    },
  }
  return world
}
