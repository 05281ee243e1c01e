// What the loop does with a reading, without a cluster: evaluate and decide, with the state of one Guard carried along.
import { BOTTOM_OF_LADDER, type LadderState } from '../../controller/decide/ladder/state.ts'
import { climb } from '../../controller/decide/ladder.ts'
import { advanceCircuit } from '../../controller/evaluate/circuit/circuit.ts'
import { evaluate } from '../../controller/evaluate/evaluate.ts'
import { advanceLedger, NEVER_SEEN, type RunningLedger, seenUntil } from '../../controller/evaluate/ledger/book.ts'
import { standingOf } from '../../controller/evaluate/ledger/standing.ts'
import { countTraffic } from '../../controller/evaluate/ledger/traffic.ts'
import { advanceObjective } from '../../controller/evaluate/objectives/objective.ts'
import { ALL_CALM, type LimitStates } from '../../controller/model/assessment.ts'
import { type Circuit, circuitRulesOf } from '../../controller/model/circuit.ts'
import type { Counts } from '../../controller/model/counts.ts'
import type { GuardSpec } from '../../controller/model/guard.ts'
import { type ObjectiveState, objectiveRulesOf } from '../../controller/model/objectives.ts'
import { limitRulesOf } from '../../controller/model/rules.ts'
import { type Observations, withReplicas } from '../../controller/model/signal.ts'
import type { EpochMs } from '../../controller/model/units.ts'
import { validateGuardSpec } from '../../controller/model/validate.ts'
import { COUNTED_EVERY_MS } from '../../controller/reconcile/counts.ts'

/** Every limit set, and a remedy: the whole of what a Guard can ask of a tick. */
export function benchSpec(more: object = {}): GuardSpec {
  const validation = validateGuardSpec({
    target: { name: 'checkout' },
    remedies: [{ scale: { min: 2, max: 30, perReplica: { rps: 5000 } } }],
    ...more,
  })
  if (!validation.ok) throw new Error(JSON.stringify(validation.faults))
  return validation.spec
}

/**
 * Judges a reading of one Guard, and carries its circuit and ledger when it is given who counts its requests; returns whether
 * anything was found or proposed.
 */
export function createJudge(
  spec: GuardSpec,
  { replicas = 4, countedBy }: { replicas?: number; countedBy?: { takeCounts(): Counts } | undefined } = {},
): (observations: Observations, at: EpochMs) => boolean {
  const rules = limitRulesOf(spec)
  const circuitRules = circuitRulesOf(spec)
  const { hold, release } = spec.limits
  const objectiveRules = objectiveRulesOf(spec)
  const bookRules = { mergeGapMs: release.for, longestTickMs: 10_000, holdMs: hold + 2_000 }
  const session: BenchSession = {
    limits: ALL_CALM,
    ladder: BOTTOM_OF_LADDER,
    circuit: undefined,
    ledger: undefined,
    objectives: [],
    seenAt: NEVER_SEEN,
    countedAt: NEVER_SEEN,
  }
  return (observations, at) => {
    const seen = withReplicas(observations, replicas, replicas)
    const assessment = evaluate(seen, rules, session.limits, at)
    session.limits = assessment.limits
    if (countedBy !== undefined) {
      if (session.countedAt === NEVER_SEEN) session.countedAt = at - (judges++ % 10) * 1000
      session.circuit = advanceCircuit(assessment, rules, circuitRules, session.circuit)
      const ledger = advanceLedger(session.ledger, session.seenAt, standingOf(assessment), undefined, at, bookRules)
      session.ledger = ledger
      session.seenAt = seenUntil(session.seenAt, at)
      if (session.seenAt - session.countedAt >= COUNTED_EVERY_MS) {
        session.countedAt = session.seenAt
        const { requests, timed } = countedBy.takeCounts()
        session.ledger = { ...ledger, traffic: countTraffic(ledger.traffic, requests, session.seenAt) }
        const { objectives, seenAt } = session
        session.objectives = objectiveRules.map((rule, index) => {
          const count = rule.name === 'latency' ? timed : requests
          return advanceObjective(objectives[index], rule, { count, at: seenAt, now: seenAt })
        })
      }
    }
    // As the loop makes it, field by field: a spread would cost more than the climb.
    const input = {
      assessment,
      rules,
      replicas,
      ready: replicas,
      guard: 'checkout',
      recentActions: NONE,
      features: NONE,
      flows: NONE,
      connections: undefined,
      floor: undefined,
      suspect: undefined,
      diagnosis: undefined,
      groups: NONE,
      isolation: undefined,
      barred: undefined,
    }
    const outcome = climb(spec.remedies, input, session.ladder)
    session.ladder = outcome.state
    return assessment.findings.length > 0 || outcome.proposal !== undefined
  }
}

const NONE: readonly never[] = []

/** Guards take their counts at different moments, as they do in the loop. */
let judges = 0

/** What the loop keeps of a Guard between ticks. */
interface BenchSession {
  limits: LimitStates
  ladder: LadderState
  circuit: Circuit | undefined
  ledger: RunningLedger | undefined
  objectives: readonly ObjectiveState[]
  seenAt: EpochMs
  countedAt: EpochMs
}
