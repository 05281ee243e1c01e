// A Guard's signals: what its targets said in a round goes in, an observation per signal comes out.
import type { Counts } from '../model/counts.ts'
import type { Observation, Observations, Unknown } from '../model/signal.ts'
import { formatDuration, type Milliseconds } from '../model/units.ts'
import { addSpread, type Cut, countUpTo, cutAt, isSame, unionOf } from './buckets.ts'
import { histogramQuantile } from './quantile.ts'
import { SOURCES } from './scrape/catalog.ts'
import { type Extract, SUM } from './scrape/extract.ts'
import { Window } from './window.ts'

export interface SignalSpec {
  readonly intervalMs: Milliseconds
  readonly windowMs: Milliseconds
  readonly minimumRequests: number
  /** Requests that take longer are counted as slow; undefined counts none. */
  readonly slowAboveMs?: Milliseconds | undefined
}

/** How far the targets of a round tell one source. */
export type Coverage =
  /** Enough targets tell it; `missing` names those that don't. */
  | { readonly kind: 'ok'; readonly missing: string | undefined }
  | { readonly kind: 'unknown'; readonly why: string }
  /** No metric for it, and none is required: the signal is not observed. */
  | { readonly kind: 'absent' }

const [RPS, ERRORS, LATENCY, CPU, POOL, QUEUE] = SOURCES.map((_, index) => index) as [0, 1, 2, 3, 4, 5]

/** Rows of the window; the latency buckets follow. */
const REQUESTS_ROW = 0
const ERRORS_ROW = 1
const CPU_SECONDS_ROW = 2
const CORE_SECONDS_ROW = 3
const BUCKETS_ROW = 4

/** What the present round adds up. One for all Guards, since a round is added up in one go: it is always in cache. */
const round = { column: new Float64Array(64), rps: 0, poolUsed: 0, poolMax: 0, queue: 0, sharedQueue: 0 }

/**
 * What is remembered of one Guard: its window and the bounds of its latency buckets. Each round is `begin`, `add` for each
 * target, and `end`, without a pause in between.
 */
export class Signals {
  private readonly spec: SignalSpec
  private readonly window: Window
  /** The union of the bounds of the targets. */
  private bounds: Float64Array = NO_BOUNDS
  /** The bounds that were last found to be ours, so that they aren't compared at every tick. */
  private same: Float64Array = NO_BOUNDS
  /** Where slow begins in the bounds; undefined while nothing is counted as slow, or can't be. */
  private slowFrom: Cut | undefined
  /** What was counted since it was taken. Plain fields: they are added to at every tick. */
  private requests = 0
  private failed = 0
  private requestsMs = 0
  private timed = 0
  private inTime = 0
  private timedMs = 0

  constructor(spec: SignalSpec) {
    this.spec = spec
    this.window = new Window(BUCKETS_ROW, Math.max(1, Math.round(spec.windowMs / spec.intervalMs)))
  }

  begin(): void {
    round.column.fill(0, 0, BUCKETS_ROW + this.bounds.length)
    round.rps = 0
    round.poolUsed = 0
    round.poolMax = 0
    round.queue = 0
    round.sharedQueue = 0
  }

  /** Adds what a target said since it was last added. `tells` says for each source whether it can be used. */
  add(extract: Extract, tells: readonly boolean[], cpuCores: number, requestsPerSecond: number | undefined): void {
    const { sums } = extract
    if (tells[RPS] === true && requestsPerSecond !== undefined) round.rps += requestsPerSecond
    if (tells[ERRORS] === true) {
      addTo(REQUESTS_ROW, sums[SUM.rps] as number)
      addTo(ERRORS_ROW, sums[SUM.errors] as number)
    }
    if (tells[LATENCY] === true && extract.bounds.length > 0) this.addBuckets(extract.bounds, sums)
    if (tells[CPU] === true) {
      addTo(CPU_SECONDS_ROW, sums[SUM.cpu] as number)
      addTo(CORE_SECONDS_ROW, (extract.spanMs / 1000) * cpuCores)
    }
    if (tells[POOL] === true) {
      round.poolUsed += sums[SUM.poolUsed] as number
      round.poolMax += sums[SUM.poolMax] as number
    }
    if (tells[QUEUE] === true) {
      const queue = sums[SUM.queue] as number
      if (extract.queueIsShared) round.sharedQueue = Math.max(round.sharedQueue, queue)
      else round.queue += queue
    }
  }

  /** Forgets the window, after a pause that was longer than it is. */
  clear(): void {
    this.window.clear()
  }

  /** What was counted since it was last taken. A source that is unknown at the end of a round adds nothing. */
  takeCounts(): Counts {
    const { requests, failed, requestsMs, timed, inTime, timedMs } = this
    this.requests = this.failed = this.requestsMs = this.timed = this.inTime = this.timedMs = 0
    const counts: Counts = {
      requests: { events: requests, bad: Math.min(failed, requests), watchedMs: requestsMs },
      timed: { events: timed, bad: Math.max(0, timed - inTime), watchedMs: timedMs },
    }
    const between = this.slowFrom?.between
    return between === undefined ? counts : { ...counts, between }
  }

  /**
   * The round becomes the newest column of the window. `coverage` has one entry for each of `SOURCES`, in their order;
   * `watchedMs` is the time since the last round, 0 when that was not watched.
   */
  end(coverage: readonly Coverage[], watchedMs: Milliseconds): Observations {
    const { window, bounds, spec, slowFrom } = this
    const { column } = round
    window.push(column)
    if (coverage[ERRORS]?.kind === 'ok') {
      this.requests += column[REQUESTS_ROW] as number
      this.failed += column[ERRORS_ROW] as number
      this.requestsMs += watchedMs
    }
    if (slowFrom !== undefined && coverage[LATENCY]?.kind === 'ok') {
      this.timed += column[BUCKETS_ROW + bounds.length - 1] as number
      this.inTime += countUpTo(slowFrom, column, BUCKETS_ROW)
      this.timedMs += watchedMs
    }
    const sums = window.data
    const slow = coverage[LATENCY]
    const last = bounds.length - 1
    const quiet = slow?.kind === 'ok' ? tooFew(last < 0 ? 0 : (sums[BUCKETS_ROW + last] as number), spec) : undefined
    // One literal with every name: all Guards' observations have one shape, and what reads them stays fast.
    return {
      rps: observationOf(coverage[RPS], round.rps),
      errors: observationOf(coverage[ERRORS], errorRatio(sums, spec)),
      latencyP50: observationOf(slow, quiet ?? latency(0.5, bounds, sums)),
      latencyP95: observationOf(slow, quiet ?? latency(0.95, bounds, sums)),
      latencyP99: observationOf(slow, quiet ?? latency(0.99, bounds, sums)),
      cpu: observationOf(coverage[CPU], cpuRatio(sums)),
      pool: observationOf(coverage[POOL], poolRatio()),
      queue: observationOf(coverage[QUEUE], round.queue + round.sharedQueue),
      replicasWanted: undefined,
      replicasReady: undefined,
    }
  }

  private addBuckets(bounds: Float64Array, sums: Float64Array): void {
    if (bounds !== this.same) {
      this.widen(bounds)
      this.same = isSame(this.bounds, bounds) ? bounds : NO_BOUNDS
    }
    if (bounds === this.same) {
      for (let bucket = 0; bucket < bounds.length; bucket++)
        addTo(BUCKETS_ROW + bucket, sums[SUM.buckets + bucket] as number)
    } else {
      const into = { counts: round.column, offset: BUCKETS_ROW }
      addSpread(bounds, { counts: sums, offset: SUM.buckets }, this.bounds, into)
    }
  }

  /** New bounds (a rollout with other buckets) start the latencies anew. */
  private widen(other: Float64Array): void {
    const union = unionOf(this.bounds, other)
    if (union.length === this.bounds.length) return
    const present = round.column.slice(BUCKETS_ROW, BUCKETS_ROW + this.bounds.length)
    const rows = BUCKETS_ROW + union.length
    if (round.column.length < rows) {
      const wider = new Float64Array(2 * rows)
      wider.set(round.column)
      round.column = wider
    }
    round.column.fill(0, BUCKETS_ROW, rows)
    if (this.bounds.length > 0)
      addSpread(this.bounds, { counts: present, offset: 0 }, union, { counts: round.column, offset: BUCKETS_ROW })
    this.bounds = union
    const { slowAboveMs } = this.spec
    const canCount = slowAboveMs !== undefined && union.length > 1 && union.at(-1) === Number.POSITIVE_INFINITY
    this.slowFrom = canCount ? cutAt(union, slowAboveMs / 1000) : undefined
    this.window.resize(rows, BUCKETS_ROW)
  }
}

const NO_BOUNDS = new Float64Array(0)
/** Why a rate is unknown at first. */
export const WAITING = 'waiting for the second scrape, which makes a rate'

/** A value, why there is none, or the whole unknown. */
type Measure = number | string | Unknown

/** Undefined when the source is not observed. */
function observationOf(coverage: Coverage | undefined, measure: Measure): Observation | undefined {
  if (coverage === undefined || coverage.kind === 'absent') return undefined
  if (coverage.kind === 'unknown') return coverage
  if (typeof measure === 'object') return measure
  if (typeof measure === 'string') return { kind: 'unknown', why: measure }
  const { missing } = coverage
  return missing === undefined ? { kind: 'ok', value: measure } : { kind: 'ok', value: measure, missing }
}

function addTo(row: number, increase: number): void {
  round.column[row] = (round.column[row] as number) + increase
}

/** Not blindness but quiet: what there is to see was seen. */
export function tooFew(
  requests: number,
  { minimumRequests, windowMs }: Omit<SignalSpec, 'intervalMs'>,
): Unknown | undefined {
  if (requests >= minimumRequests && requests > 0) return undefined
  const span = formatDuration(windowMs)
  const few = `${Math.round(requests)} requests in ${span}, fewer than the minimum of ${minimumRequests}`
  return { kind: 'unknown', why: requests > 0 ? few : `no requests in ${span}`, idle: true }
}

function errorRatio(sums: Float64Array, spec: SignalSpec): Measure {
  const requests = sums[REQUESTS_ROW] as number
  return tooFew(requests, spec) ?? Math.min(1, Math.max(0, sums[ERRORS_ROW] as number) / requests)
}

function latency(q: number, bounds: Float64Array, sums: Float64Array): Measure {
  const value = histogramQuantile(q, bounds, sums, BUCKETS_ROW)
  return Number.isNaN(value) ? 'the histogram has no observations, or no bucket up to +Inf' : value
}

function cpuRatio(sums: Float64Array): Measure {
  const coreSeconds = sums[CORE_SECONDS_ROW] as number
  return coreSeconds > 0 ? Math.max(0, sums[CPU_SECONDS_ROW] as number) / coreSeconds : WAITING
}

function poolRatio(): Measure {
  return round.poolMax > 0 ? round.poolUsed / round.poolMax : 'the pool says that its maximum is 0'
}
