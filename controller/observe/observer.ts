// One Guard's eyes: scrapes its targets once per tick and says what is known about each signal.
import type { Clock } from '../model/clock.ts'
import type { Observations } from '../model/signal.ts'
import type { SignalSources } from '../model/signal-source.ts'
import type { EpochMs, Milliseconds } from '../model/units.ts'
import type { Fetcher } from './scrape/fetch.ts'
import type { Target } from './scrape/targets.ts'

/** How a Guard is observed. */
export interface ScrapeSpec {
  readonly intervalMs: Milliseconds
  /** For one target's whole exchange. */
  readonly timeoutMs: Milliseconds
  /** What errors, latencies and CPU are measured over. */
  readonly windowMs: Milliseconds
  /** What requests per second are measured over: short, so that a spike is seen at its height. */
  readonly rateWindowMs: Milliseconds
  /** Requests in the window below which errors and latencies are unknown. */
  readonly minimumRequests: number
  readonly sources: SignalSources
  /** Sources that are only a profile's guess: when no target exposes them, the signal is absent rather than unknown. */
  readonly optional?: readonly (keyof SignalSources)[]
}

/** How one target did in a round. */
export type TargetReport =
  | { readonly pod: string; readonly ok: true }
  | { readonly pod: string; readonly ok: false; readonly why: string }

/** What one tick saw. */
export interface Round {
  readonly at: EpochMs
  /** rps, errors, latencyP50, latencyP95, latencyP99, cpu, pool, queue: those that this Guard observes. */
  readonly observations: Observations
  readonly targets: readonly TargetReport[]
}

export interface GuardObserver {
  /** Replaces the targets. Those that stay (same pod uid and address) keep their history. */
  setTargets(targets: readonly Target[]): void
  /**
   * Scrapes every target once and returns what is known now. Waits for those that answered last time and for new ones,
   * until each answers or times out; a target that failed last time is not waited for, and its late answer counts in the
   * next round. Never throws; resolves early when `signal` aborts.
   */
  observe(signal?: AbortSignal): Promise<Round>
  /** Closes the connections to its targets. */
  close(): void
}

export interface ObserverDeps {
  readonly clock: Clock
  /** Shared by all Guards. */
  readonly fetcher: Fetcher
}

export type CreateObserver = (deps: ObserverDeps, spec: ScrapeSpec) => GuardObserver
