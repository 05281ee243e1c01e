// A circuit as status keeps it, and back: a successor goes on exactly where the last leader stopped.
import { type Circuit, type CircuitState, type CircuitStatus, stateOf, TRIPPING_LIMITS } from '../model/circuit.ts'
import type { EpochMs, Ratio } from '../model/units.ts'
import { timestamp } from './status.ts'

/** `probeShare` is what a half-open circuit lets through. */
export function circuitStatus(circuit: Circuit, probeShare: Ratio): CircuitStatus {
  const { mode, judged, since, until, trips, inARow, causes, pastSince, reason } = circuit
  const state = stateOf(circuit)
  return {
    state,
    mode,
    judged,
    since: timestamp(since),
    ...(until === undefined ? {} : { until: timestamp(until) }),
    trips,
    inARow,
    causes: [...causes],
    ...(pastSince === undefined ? {} : { pastSince: timestamp(pastSince) }),
    letThrough: shareOf(state, probeShare),
    reason,
  }
}

/** The circuit of a status; undefined when it has none, or one that can't be read. */
export function restoreCircuit(status: CircuitStatus | undefined): Circuit | undefined {
  const since = timeOf(status?.since)
  if (status === undefined || since === undefined) return undefined
  const { mode, judged, trips, inARow, reason } = status
  const [until, pastSince] = [timeOf(status.until), timeOf(status.pastSince)]
  return {
    mode,
    judged,
    since,
    ...(until === undefined ? {} : { until }),
    trips,
    inARow,
    causes: TRIPPING_LIMITS.filter((limit) => status.causes.includes(limit)),
    ...(pastSince === undefined ? {} : { pastSince }),
    reason,
  }
}

function timeOf(timestamp: string | undefined): EpochMs | undefined {
  const at = Date.parse(timestamp ?? '')
  return Number.isNaN(at) ? undefined : at
}

function shareOf(state: CircuitState, probeShare: Ratio): Ratio {
  return { Closed: 1, HalfOpen: probeShare, Open: 0 }[state]
}
