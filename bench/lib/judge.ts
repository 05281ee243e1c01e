// What the loop does with a reading, without a cluster: evaluate and decide, with the state of one Guard carried along.
import { BOTTOM_OF_LADDER } from '../../controller/decide/ladder/state.ts'
import { climb } from '../../controller/decide/ladder.ts'
import { advanceCircuit } from '../../controller/evaluate/circuit/circuit.ts'
import { evaluate } from '../../controller/evaluate/evaluate.ts'
import { advanceLedger, type RunningLedger } from '../../controller/evaluate/ledger/book.ts'
import { standingOf } from '../../controller/evaluate/ledger/standing.ts'
import { countTraffic } from '../../controller/evaluate/ledger/traffic.ts'
import { ALL_CALM, type LimitStates } from '../../controller/model/assessment.ts'
import { type Circuit, circuitRulesOf } from '../../controller/model/circuit.ts'
import type { GuardSpec } from '../../controller/model/guard.ts'
import { limitRulesOf } from '../../controller/model/rules.ts'
import { type Observations, withReplicas } from '../../controller/model/signal.ts'
import type { EpochMs } from '../../controller/model/units.ts'
import { validateGuardSpec } from '../../controller/model/validate.ts'

/** Every limit set, and a remedy: the whole of what a Guard can ask of a tick. */
export function benchSpec(): GuardSpec {
  const validation = validateGuardSpec({
    target: { name: 'checkout' },
    remedies: [{ scale: { min: 2, max: 30, perReplica: { rps: 5000 } } }],
  })
  if (!validation.ok) throw new Error(JSON.stringify(validation.faults))
  return validation.spec
}

/** Judges a reading of one Guard, and when asked to carries its circuit and ledger; returns whether anything was found or proposed. */
export function createJudge(
  spec: GuardSpec,
  { replicas = 4, keepsBooks = false } = {},
): (observations: Observations, at: EpochMs) => boolean {
  const rules = limitRulesOf(spec)
  let limits: LimitStates = ALL_CALM
  let ladder = BOTTOM_OF_LADDER
  const around = {
    guard: 'checkout',
    recentActions: [],
    features: [],
    flows: [],
    connections: undefined,
    floor: undefined,
    suspect: undefined,
    barred: undefined,
  }
  const circuitRules = circuitRulesOf(spec)
  const { hold, release } = spec.limits
  const bookRules = { mergeGapMs: release.for, longestTickMs: 10_000, holdMs: hold + 2_000 }
  let circuit: Circuit | undefined
  let ledger: RunningLedger | undefined
  return (observations, at) => {
    const seen = withReplicas(observations, replicas, replicas)
    const assessment = evaluate(seen, rules, limits, at)
    limits = assessment.limits
    if (keepsBooks) {
      circuit = advanceCircuit(assessment, rules, circuitRules, circuit)
      const next = advanceLedger(ledger, standingOf(assessment), undefined, at, bookRules)
      const { book, seenAt, watchedSince, announcedUntil } = next
      const traffic = countTraffic(next.traffic, seen, 1_000, seenAt)
      ledger = { book, seenAt, watchedSince, traffic, announcedUntil }
    }
    const outcome = climb(spec.remedies, { ...around, assessment, rules, replicas, ready: replicas }, ladder)
    ladder = outcome.state
    return assessment.findings.length > 0 || outcome.proposal !== undefined
  }
}
