// The overrides of a circuit: what happens to its state when a person changes spec.circuit.mode.
import type { Circuit, CircuitRules } from '../../model/circuit.ts'
import type { EpochMs } from '../../model/units.ts'

/**
 * The circuit in the mode that is asked for. It begins closed. A forced one stands still until the mode is changed: from
 * ForcedOpen it goes on half-open, so that it is tried before all is let in; from ForcedClosed it goes on closed. Between
 * Auto and MetricsOnly nothing changes but which state holds.
 */
export function takeMode(previous: Circuit | undefined, rules: CircuitRules, now: EpochMs): Circuit {
  const { mode } = rules
  if (previous?.mode === mode) return previous
  const { until, pastSince, ...rest } = previous ?? BEGINNING
  if (mode === 'ForcedOpen' || mode === 'ForcedClosed') {
    const [judged, reason] =
      mode === 'ForcedOpen'
        ? (['Open', 'Forced open by spec.circuit.mode'] as const)
        : (['Closed', 'Forced closed by spec.circuit.mode'] as const)
    return { ...rest, mode, judged, since: now, reason }
  }
  if (previous === undefined) return { ...rest, mode, since: now }
  if (previous.mode === 'ForcedOpen')
    return {
      ...rest,
      mode,
      judged: 'HalfOpen',
      since: now,
      until: now + rules.halfOpenMs,
      causes: [],
      reason: 'No longer forced open',
    }
  if (previous.mode === 'ForcedClosed') return { ...rest, mode, since: now, reason: 'No longer forced closed' }
  return { ...previous, mode }
}

const BEGINNING: Circuit = {
  mode: 'Auto',
  judged: 'Closed',
  since: 0,
  trips: 0,
  inARow: 0,
  causes: [],
  reason: 'Nothing has opened it yet',
}
