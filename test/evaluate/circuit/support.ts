// A circuit under test: readings in words, judged by the real limits, and carried through JSON as status does.
import { advanceCircuit } from '../../../controller/evaluate/circuit/circuit.ts'
import { evaluate } from '../../../controller/evaluate/evaluate.ts'
import { ALL_CALM, type Assessment, type LimitRules, type LimitStates } from '../../../controller/model/assessment.ts'
import { CIRCUIT_STATUS, type Circuit, type CircuitRules } from '../../../controller/model/circuit.ts'
import type { Observation, Observations } from '../../../controller/model/signal.ts'
import { circuitStatus, restoreCircuit } from '../../../controller/record/circuit.ts'

/** A signal in words: `mid` is under the limit and not yet under its release share; `idle` has too few requests. */
export type Word = 'low' | 'mid' | 'past' | 'idle' | 'blind' | 'absent'
export const WORDS = ['low', 'mid', 'past', 'idle', 'blind', 'absent'] as const satisfies readonly Word[]
export interface Words {
  readonly cpu: Word
  readonly errors: Word
  readonly latency: Word
}
export const CALM_WORDS: Words = { cpu: 'low', errors: 'low', latency: 'low' }

export const HOLD_MS = 2_000
const LIMITS: LimitRules = {
  thresholds: { cpu: 0.9, errors: 0.05, latency: 0.5 },
  perReplicaRps: undefined,
  windowMs: 10_000,
  holdMs: HOLD_MS,
  releaseBelow: 0.8,
  releaseForMs: 30_000,
}
export const RULES: CircuitRules = {
  mode: 'Auto',
  openMs: 30_000,
  maxOpenMs: 50_000,
  halfOpenMs: 20_000,
  probeShare: 0.1,
}

function observe(word: Word, threshold: number): Observation | undefined {
  if (word === 'absent') return undefined
  if (word === 'idle') return { kind: 'unknown', why: '3 requests in 10 s', idle: true }
  if (word === 'blind') return { kind: 'unknown', why: 'timeout' }
  return { kind: 'ok', value: threshold * { low: 0.1, mid: 0.95, past: 2 }[word] }
}

function observations({ cpu, errors, latency }: Words): Observations {
  return { cpu: observe(cpu, 0.9), errors: observe(errors, 0.05), latencyP99: observe(latency, 0.5) }
}

export interface Subject {
  readonly limits: LimitStates
  readonly circuit: Circuit | undefined
}
export const NEW: Subject = { limits: ALL_CALM, circuit: undefined }

/** One tick, as the loop makes it. */
export function tick(
  { limits, circuit }: Subject,
  words: Words,
  now: number,
  rules: CircuitRules = RULES,
): { readonly limits: LimitStates; readonly circuit: Circuit; readonly assessment: Assessment } {
  const assessment = evaluate(observations(words), LIMITS, limits, now)
  return { limits: assessment.limits, circuit: advanceCircuit(assessment, LIMITS, rules, circuit), assessment }
}

/** What a successor reads of a circuit. */
export function throughJson(circuit: Circuit | undefined): Circuit | undefined {
  if (circuit === undefined) return undefined
  const written: unknown = JSON.parse(JSON.stringify(circuitStatus(circuit, RULES.probeShare)))
  return restoreCircuit(CIRCUIT_STATUS.parse(written))
}
