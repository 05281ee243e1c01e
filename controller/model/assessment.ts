// What evaluate makes of a reading: the state of each limit, and the findings that deserve an answer.
import type { Observations, SignalName } from './signal.ts'
import type { EpochMs, Milliseconds, Ratio } from './units.ts'

/** The limits a Guard is judged by. `rps` is the capacity of the ready replicas, when their baseline is declared. */
export const LIMITS = ['rps', 'errors', 'latency', 'cpu', 'pool', 'queue'] as const
export type LimitName = (typeof LIMITS)[number]

/** Which signal each limit looks at. */
export const SIGNAL_OF_LIMIT = {
  rps: 'rps',
  errors: 'errors',
  latency: 'latencyP99',
  cpu: 'cpu',
  pool: 'pool',
  queue: 'queue',
} as const satisfies Record<LimitName, SignalName>

/** A limit's course: calm, past it but not yet for the hold time, breached until released. */
export type LimitState =
  | { readonly phase: 'calm' }
  | { readonly phase: 'holding'; readonly since: EpochMs; readonly peak: number; readonly threshold: number }
  | Breached

export interface Breached {
  readonly phase: 'breached'
  /** First reading past the limit. */
  readonly onset: EpochMs
  readonly confirmedAt: EpochMs
  /** The worst value, and the limit when it was seen. */
  readonly peak: number
  readonly threshold: number
  /** The last reading is back under the limit. */
  readonly eased: boolean
  /** Since when the signal has been below the release share of its limit. */
  readonly releasingSince?: EpochMs
}

export type LimitStates = Readonly<Record<LimitName, LimitState>>

export const CALM: LimitState = { phase: 'calm' }
export const ALL_CALM: LimitStates = { rps: CALM, errors: CALM, latency: CALM, cpu: CALM, pool: CALM, queue: CALM }

/** Whether any limit is in this phase. Spelled out: it is asked for every Guard on every tick. */
export function isAnyLimit(
  phase: LimitState['phase'],
  { rps, errors, latency, cpu, pool, queue }: LimitStates,
): boolean {
  return (
    rps.phase === phase ||
    errors.phase === phase ||
    latency.phase === phase ||
    cpu.phase === phase ||
    pool.phase === phase ||
    queue.phase === phase
  )
}

/** How a limit is judged, in base units: seconds, ratios, items, requests per second. */
export interface LimitRules {
  readonly thresholds: Readonly<Partial<Record<Exclude<LimitName, 'rps'>, number>>>
  /** Requests per second one replica can serve. */
  readonly perReplicaRps: number | undefined
  /** Errors, latency and CPU are means over this time. */
  readonly windowMs: Milliseconds
  readonly holdMs: Milliseconds
  readonly releaseBelow: Ratio
  readonly releaseForMs: Milliseconds
}

/** A breach that has lasted, with the value seen now (undefined while the signal is unknown). */
export interface Finding {
  readonly limit: LimitName
  readonly onset: EpochMs
  readonly confirmedAt: EpochMs
  readonly value: number | undefined
  readonly threshold: number
  readonly peak: number
  readonly eased: boolean
}

export interface Assessment {
  readonly at: EpochMs
  readonly observations: Observations
  readonly limits: LimitStates
  readonly findings: readonly Finding[]
  /** The limits that could not be judged completely, and why. */
  readonly blind: readonly { readonly limit: LimitName; readonly why: string }[]
}
