// Objectives of a Guard: what share of its requests is to be good, the error budget that leaves, and how fast it may burn.
import type { Count } from './counts.ts'
import type { GuardSpec } from './guard.ts'
import { type EpochMs, formatDuration, type Milliseconds, type Ratio } from './units.ts'

export const OBJECTIVE_NAMES = ['availability', 'latency'] as const
export type ObjectiveName = (typeof OBJECTIVE_NAMES)[number]

/** One objective, made ready for the loop. */
export interface ObjectiveRule {
  readonly name: ObjectiveName
  /** The share of requests that is to be good. */
  readonly target: Ratio
  /** Of latency: a request is good when it takes no longer. */
  readonly withinMs: Milliseconds | undefined
  readonly windowMs: Milliseconds
  /** With fewer requests in one of its windows a burn rate says too little. */
  readonly minimumEvents: number
}

export function objectiveRulesOf({ objectives, limits }: GuardSpec): readonly ObjectiveRule[] {
  if (objectives === undefined) return []
  const { availability, latency, window: windowMs } = objectives
  const minimumEvents = Math.max(1, limits.minimumRequests)
  const rules: ObjectiveRule[] = []
  if (availability !== undefined)
    rules.push({ name: 'availability', target: availability, withinMs: undefined, windowMs, minimumEvents })
  if (latency !== undefined)
    rules.push({ name: 'latency', target: latency.share, withinMs: latency.withinMs, windowMs, minimumEvents })
  return rules
}

const HOUR_MS: Milliseconds = 3_600_000

/**
 * Multi-window burn rates (Google's SRE Workbook, chapter 5): a pair burns while both its windows burn faster than its
 * factor. The long window shows that it matters, the short one that it still goes on.
 */
export interface BurnPair {
  readonly longMs: Milliseconds
  readonly shortMs: Milliseconds
  /** So many times as fast as would spend the budget by the end of the objective's window. */
  readonly factor: number
}

export const BURN_PAIRS: readonly BurnPair[] = [
  { longMs: HOUR_MS, shortMs: HOUR_MS / 12, factor: 14.4 },
  { longMs: 6 * HOUR_MS, shortMs: HOUR_MS / 2, factor: 6 },
  { longMs: 24 * HOUR_MS, shortMs: 2 * HOUR_MS, factor: 3 },
  { longMs: 72 * HOUR_MS, shortMs: 6 * HOUR_MS, factor: 1 },
]

/** Were every request bad, the burn rate would be 1 ÷ budget: past a factor above that no service can ever be. */
export function canBurn({ factor }: BurnPair, target: Ratio): boolean {
  return 1 / (1 - target) > factor
}

/** "1h/5m". */
export function pairName({ longMs, shortMs }: BurnPair): string {
  return `${windowName(longMs)}/${windowName(shortMs)}`
}

/** "5m", "6h", "3d". */
export function windowName(ms: Milliseconds): string {
  if (ms % (24 * HOUR_MS) === 0) return `${ms / (24 * HOUR_MS)}d`
  return ms % HOUR_MS === 0 ? `${ms / HOUR_MS}h` : `${ms / 60_000}m`
}

/** What was counted in one stretch of time: five minutes, an hour or a UTC day. */
export interface Slot {
  readonly start: EpochMs
  readonly events: number
  readonly bad: number
  readonly watchedMs: Milliseconds
}

/** Counts over time, the older the coarser. All lists ascend, and leave out what was not watched. */
export interface Series {
  /** When it began to be counted. */
  readonly since: EpochMs
  /** The five minutes that are still counted. */
  readonly open: Slot
  /** The five-minute slots of the last six hours. */
  readonly minutes: readonly Slot[]
  /** The hours of the last three days that are over. */
  readonly hours: readonly Slot[]
  /** The days of the window that are over. */
  readonly days: readonly Slot[]
}

/** How many times faster than it may the budget is spent, over each window of a pair; null without requests. */
export interface Burn {
  readonly long: number | null
  readonly short: number | null
}

export interface ObjectiveFigures {
  /** Requests in the window, and those that were not good. */
  readonly events: number
  readonly bad: number
  /** What is left of the error budget, as a share of it: below 0 when it is overspent; null without requests. */
  readonly budgetLeft: Ratio | null
  /** The share of the window's time, since it is counted, that was watched. */
  readonly coverage: Ratio | null
  /** In the order of `BURN_PAIRS`. */
  readonly burns: readonly Burn[]
}

/** What is closed of each window, which stays the same for five minutes: worked out once, and not kept in status. */
export interface ClosedSums {
  /** The slot of the time that it was worked out for, and what was closed then. */
  readonly slot: EpochMs
  readonly minutes: readonly Slot[]
  /** Of the long and the short window of each pair. */
  readonly counts: readonly Count[]
}

/** An objective as the loop holds it. Its figures are worked out when they are asked for. */
export interface ObjectiveState {
  readonly rule: ObjectiveRule
  /** When it was last counted. */
  readonly at: EpochMs
  readonly series: Series
  /** Undefined until it is counted by this process. */
  readonly closed: ClosedSums | undefined
  /** Since when each pair burns, in the order of `BURN_PAIRS`; the same array while none begins or ceases. */
  readonly burningSince: readonly (EpochMs | undefined)[]
  /** Seconds: where its duration lies between two bounds of the histogram. */
  readonly between: readonly [number, number] | undefined
}

type Described = Pick<ObjectiveRule, 'target' | 'withinMs' | 'windowMs'>

/** "99.99 % of requests succeed over 30 d", "95 % of requests are served within 70 ms over 30 d". */
export function describeObjective({ target, withinMs, windowMs }: Described): string {
  const share = `${Number((target * 100).toFixed(6))} % of requests`
  const good = withinMs === undefined ? 'succeed' : `are served within ${formatDuration(withinMs)}`
  return `${share} ${good} over ${formatDuration(windowMs)}`
}

/** A burn rate in three digits; "–" without requests. */
export function describeBurn(rate: number | null): string {
  return rate === null ? '–' : String(Number(rate.toPrecision(3)))
}
