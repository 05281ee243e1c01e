// A Guard's circuit: closed while all is well, open when too much failed, half-open while it is tried again.
import { z } from 'zod'
import type { LimitName } from './assessment.ts'
import { TIMESTAMP } from './conditions.ts'
import type { GuardSpec } from './guard.ts'
import type { EpochMs, Milliseconds, Ratio } from './units.ts'

export const CIRCUIT_STATES = ['Closed', 'HalfOpen', 'Open'] as const
export type CircuitState = (typeof CIRCUIT_STATES)[number]
export const CIRCUIT_MODES = ['Auto', 'ForcedOpen', 'ForcedClosed', 'MetricsOnly'] as const
export type CircuitMode = (typeof CIRCUIT_MODES)[number]

/** The limits that trip a circuit. */
export const TRIPPING_LIMITS = ['cpu', 'errors', 'latency'] as const satisfies readonly LimitName[]
export type TrippingLimit = (typeof TRIPPING_LIMITS)[number]

export const CIRCUIT_STATUS = z.object({
  state: z.enum(CIRCUIT_STATES).meta({ description: 'The state that holds: an override has its way.' }),
  mode: z.enum(CIRCUIT_MODES).meta({ description: 'The mode it was judged in.' }),
  judged: z
    .enum(CIRCUIT_STATES)
    .meta({ description: 'What the signals make of it. It differs from state only in the mode MetricsOnly.' }),
  since: TIMESTAMP.meta({ description: 'When the judged state began.' }),
  until: TIMESTAMP.optional().meta({ description: 'When it ends by its timer; absent while Closed or forced.' }),
  trips: z.int().meta({ description: 'How often a limit has opened it.' }),
  inARow: z.int().meta({ description: 'Openings that followed each other closely: the factor of the open time.' }),
  causes: z.array(z.string()).meta({ description: 'The limits that opened it last.' }),
  pastSince: TIMESTAMP.optional().meta({ description: 'Since when a limit is passed that may open it again.' }),
  letThrough: z
    .number()
    .meta({ description: 'The share of requests to let through, as a ratio: 1 Closed, probeShare HalfOpen, 0 Open.' }),
  reason: z.string().meta({ description: 'Why, in one sentence.' }),
})
export type CircuitStatus = Readonly<z.output<typeof CIRCUIT_STATUS>>

/** A circuit as the loop holds it. All times are whole milliseconds, so that status keeps them exactly. */
export interface Circuit {
  readonly mode: CircuitMode
  readonly judged: CircuitState
  readonly since: EpochMs
  /** When the state ends by its timer; undefined while Closed or forced. */
  readonly until?: EpochMs
  readonly trips: number
  readonly inARow: number
  readonly causes: readonly TrippingLimit[]
  readonly pastSince?: EpochMs
  readonly reason: string
}

export interface CircuitRules {
  readonly mode: CircuitMode
  readonly openMs: Milliseconds
  readonly maxOpenMs: Milliseconds
  readonly halfOpenMs: Milliseconds
  /** The share of requests that a half-open circuit lets through. */
  readonly probeShare: Ratio
}

const LEAST_HALF_OPEN_MS: Milliseconds = 30_000

/**
 * A half-open time that is not given leaves room for readings of the probes alone. An open time is no shorter than the window:
 * else what opened it would still be in the readings when it is tried.
 */
export function circuitRulesOf({ circuit, limits }: GuardSpec): CircuitRules {
  const openMs = Math.max(circuit.openFor, limits.window)
  return {
    mode: circuit.mode,
    openMs,
    maxOpenMs: Math.max(circuit.maxOpenFor, openMs),
    halfOpenMs: circuit.halfOpenFor ?? Math.max(LEAST_HALF_OPEN_MS, limits.window + limits.hold),
    probeShare: circuit.probeShare,
  }
}

/** The state that holds, whatever the signals say. */
export function stateOf({ mode, judged }: Pick<Circuit, 'mode' | 'judged'>): CircuitState {
  if (mode === 'ForcedOpen') return 'Open'
  return mode === 'Auto' ? judged : 'Closed'
}
