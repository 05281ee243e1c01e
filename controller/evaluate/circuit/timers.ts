// How long a circuit stays open or half-open, whatever the clock does.
import type { Circuit, CircuitRules } from '../../model/circuit.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'

/** How long a circuit stays open: openFor × openings in a row, up to the cap, as Envoy ejects a host. */
export function openTimeMs({ openMs, maxOpenMs }: CircuitRules, inARow: number): Milliseconds {
  return Math.min(maxOpenMs, openMs * Math.max(1, inARow))
}

/** No timer runs longer from now than it does as a whole: a leader whose clock is behind, or a shorter time in the spec. */
export function withinItsTime(circuit: Circuit, rules: CircuitRules, now: EpochMs): Circuit {
  if (circuit.until === undefined) return circuit
  const latest = now + timeOf(circuit, rules)
  return circuit.until <= latest ? circuit : { ...circuit, until: latest }
}

/** Begins every timer anew, as a jump of the clock would make it wrong; the state stays. */
export function forgetCircuitTimers(
  circuit: Circuit | undefined,
  rules: CircuitRules,
  now: EpochMs,
): Circuit | undefined {
  if (circuit === undefined) return undefined
  const { until, pastSince: _, ...rest } = circuit
  const at = Math.floor(now)
  const begun = { ...rest, since: Math.min(rest.since, at) }
  return until === undefined ? begun : { ...begun, until: at + timeOf(circuit, rules) }
}

function timeOf({ judged, inARow }: Circuit, rules: CircuitRules): Milliseconds {
  return judged === 'Open' ? openTimeMs(rules, inARow) : rules.halfOpenMs
}
