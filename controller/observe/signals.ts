// A Guard's signals: what its targets said in a round goes in, an observation per signal comes out.
import type { Observation, Observations, Unknown } from '../model/signal.ts'
import { type EpochMs, formatDuration, type Milliseconds } from '../model/units.ts'
import { createLatencyWindow } from './latency.ts'
import { SOURCES } from './scrape/catalog.ts'
import { type Extract, SUM } from './scrape/extract.ts'
import { createWindow } from './window.ts'

export interface SignalSpec {
  readonly intervalMs: Milliseconds
  readonly windowMs: Milliseconds
  readonly minimumRequests: number
}

/** How far the targets of a round tell one source. */
export type Coverage =
  /** Enough targets tell it; `missing` names those that don't. */
  | { readonly kind: 'ok'; readonly missing: string | undefined }
  | { readonly kind: 'unknown'; readonly why: string }
  /** No metric for it, and none is required: the signal is not observed. */
  | { readonly kind: 'absent' }

export interface Signals {
  /** Adds what a target said since it was last added. `tells` says for each source whether it can be used. */
  add(extract: Extract, tells: readonly boolean[], cpuCores: number, requestsPerSecond: number | undefined): void
  /** Ends the round: its increases become the newest column of the windows. */
  commit(): void
  /** Forgets the windows, after a pause that was longer than they are. */
  clear(): void
  /** `coverage` has one entry for each of `SOURCES`, in their order. */
  observations(at: EpochMs, coverage: readonly Coverage[]): Observations
}

const [RPS, ERRORS, LATENCY, CPU, POOL, QUEUE] = SOURCES.map((_, index) => index) as [0, 1, 2, 3, 4, 5]
const REQUESTS_ROW = 0
const ERRORS_ROW = 1
const CPU_SECONDS_ROW = 2
const CORE_SECONDS_ROW = 3
const ROWS = 4

export function createSignals(spec: SignalSpec): Signals {
  const columns = Math.max(1, Math.round(spec.windowMs / spec.intervalMs))
  const window = createWindow(ROWS, columns)
  const latency = createLatencyWindow(columns)
  const column = new Float64Array(ROWS)
  const now = { rps: 0, poolUsed: 0, poolMax: 0, queue: 0, sharedQueue: 0 }
  const span = formatDuration(spec.windowMs)

  /** Not blindness but quiet: what there is to see was seen. */
  function tooFew(requests: number): Unknown | undefined {
    if (requests >= spec.minimumRequests && requests > 0) return undefined
    const few = `${Math.round(requests)} requests in ${span}, fewer than the minimum of ${spec.minimumRequests}`
    return { kind: 'unknown', why: requests > 0 ? few : `no requests in ${span}`, idle: true }
  }

  function errors(): Measure {
    const requests = window.sums[REQUESTS_ROW] ?? 0
    return tooFew(requests) ?? Math.min(1, Math.max(0, window.sums[ERRORS_ROW] ?? 0) / requests)
  }

  function quantile(q: number): number | string {
    const value = latency.quantile(q)
    return Number.isNaN(value) ? 'the histogram has no observations, or no bucket up to +Inf' : value
  }
  const p50 = () => quantile(0.5)
  const p95 = () => quantile(0.95)
  const p99 = () => quantile(0.99)

  function cpu(): number | string {
    const coreSeconds = window.sums[CORE_SECONDS_ROW] ?? 0
    return coreSeconds > 0 ? Math.max(0, window.sums[CPU_SECONDS_ROW] ?? 0) / coreSeconds : WAITING
  }

  function pool(): number | string {
    return now.poolMax > 0 ? now.poolUsed / now.poolMax : 'the pool says that its maximum is 0'
  }

  return {
    add: (extract, tells, cpuCores, requestsPerSecond) => {
      const { sums } = extract
      if (tells[RPS] === true && requestsPerSecond !== undefined) now.rps += requestsPerSecond
      if (tells[ERRORS] === true) {
        column[REQUESTS_ROW] = (column[REQUESTS_ROW] ?? 0) + (sums[SUM.rps] ?? 0)
        column[ERRORS_ROW] = (column[ERRORS_ROW] ?? 0) + (sums[SUM.errors] ?? 0)
      }
      if (tells[LATENCY] === true && extract.bounds.length > 0) latency.add(extract.bounds, sums, SUM.buckets)
      if (tells[CPU] === true) {
        column[CPU_SECONDS_ROW] = (column[CPU_SECONDS_ROW] ?? 0) + (sums[SUM.cpu] ?? 0)
        column[CORE_SECONDS_ROW] = (column[CORE_SECONDS_ROW] ?? 0) + (extract.spanMs / 1000) * cpuCores
      }
      if (tells[POOL] === true) {
        now.poolUsed += sums[SUM.poolUsed] ?? 0
        now.poolMax += sums[SUM.poolMax] ?? 0
      }
      if (tells[QUEUE] === true) {
        const queue = sums[SUM.queue] ?? 0
        if (extract.queueIsShared) now.sharedQueue = Math.max(now.sharedQueue, queue)
        else now.queue += queue
      }
    },
    commit: () => {
      window.push(column)
      latency.commit()
      for (let row = 0; row < ROWS; row++) column[row] = 0
    },
    clear: () => {
      window.clear()
      latency.clear()
    },
    observations: (at, coverage) => {
      const slow = coverage[LATENCY]
      const quiet = slow?.kind === 'ok' ? tooFew(latency.total()) : undefined
      // One literal with every name: all Guards' observations have one shape, and what reads them stays fast.
      const result: Observations = {
        rps: observationOf(coverage[RPS], at, now.rps),
        errors: observationOf(coverage[ERRORS], at, errors),
        latencyP50: observationOf(slow, at, quiet ?? p50),
        latencyP95: observationOf(slow, at, quiet ?? p95),
        latencyP99: observationOf(slow, at, quiet ?? p99),
        cpu: observationOf(coverage[CPU], at, cpu),
        pool: observationOf(coverage[POOL], at, pool),
        queue: observationOf(coverage[QUEUE], at, now.queue + now.sharedQueue),
        replicasWanted: undefined,
        replicasReady: undefined,
      }
      now.rps = 0
      now.poolUsed = 0
      now.poolMax = 0
      now.queue = 0
      now.sharedQueue = 0
      return result
    },
  }
}

/** Why a rate is unknown at first. */
export const WAITING = 'waiting for the second scrape, which makes a rate'

/** A value, why there is none, or the whole unknown. */
type Measure = number | string | Unknown

/** Undefined when the source is not observed. What must be computed is computed only when the source is covered. */
function observationOf(
  coverage: Coverage | undefined,
  at: EpochMs,
  measure: number | Unknown | (() => Measure),
): Observation | undefined {
  if (coverage === undefined || coverage.kind === 'absent') return undefined
  if (coverage.kind === 'unknown') return coverage
  const value = typeof measure === 'function' ? measure() : measure
  if (typeof value === 'object') return value
  if (typeof value === 'string') return { kind: 'unknown', why: value }
  const { missing } = coverage
  return missing === undefined ? { kind: 'ok', value, at } : { kind: 'ok', value, at, missing }
}
