// The ledger of outages: the intervals it is made of, and the figures that come of them.
import type { EpochMs, Milliseconds, Ratio } from './units.ts'

/** What a stretch of time can be; all other time is up. Where several overlap: maintenance, then down, then unknown, then degraded. */
export const INTERVAL_KINDS = ['down', 'degraded', 'maintenance', 'unknown'] as const
export type IntervalKind = (typeof INTERVAL_KINDS)[number]

/** How much of the service a degraded interval costs when it doesn't say. */
export const DEGRADED_WEIGHT: Ratio = 0.3

/** Half-open: `end` is the first moment that is different again; without it, it lasts until now. */
export interface Interval {
  readonly kind: IntervalKind
  readonly start: EpochMs
  readonly end?: EpochMs | undefined
  /** Of a degraded interval: the share of the service that was lost. */
  readonly weight?: Ratio | undefined
}

/** One outage inside the window. `downMs` is without maintenance, and without what lies outside the window. */
export interface Outage {
  readonly start: EpochMs
  readonly end: EpochMs
  readonly downMs: Milliseconds
  /** It lasts until now, so that `downMs` is only its least length. */
  readonly isOpen: boolean
}

/** The window cut up: every moment of `observedMs` is maintenance, down, unknown or up. */
export interface Tally {
  readonly observedMs: Milliseconds
  readonly maintenanceMs: Milliseconds
  readonly downMs: Milliseconds
  readonly unknownMs: Milliseconds
  /** The part of the up time that was degraded. */
  readonly degradedMs: Milliseconds
  /** The degraded time, each moment times its weight. */
  readonly lostMs: number
  readonly outages: readonly Outage[]
}

/** Seconds and ratios; null where there is nothing to make the figure of. */
export interface LedgerFigures {
  /** Seconds that were asked for. */
  readonly window: number
  /** Seconds of them since the first observed moment. */
  readonly observed: number
  readonly unknown: number
  readonly maintenance: number
  readonly down: number
  /** Distinct outages that touch down time: N. */
  readonly outages: number
  /** Up ÷ (up + down). */
  readonly availability: Ratio | null
  /** The same with degraded time counted in part. */
  readonly availabilityWeighted: Ratio | null
  /** Up ÷ N: mean operating time between failures (IEC 60050-191). */
  readonly mtbfSeconds: number | null
  /** Down ÷ N, from impact to service restored; a lower bound while an outage is open. */
  readonly mttrSeconds: number | null
  /** The same of the outages that are over. */
  readonly mttrClosedSeconds: number | null
  readonly mttrMedianSeconds: number | null
  readonly mttrP90Seconds: number | null
  /** Outages that last until now. */
  readonly openIncidents: number
  /** 1 − unknown ÷ (observed − maintenance). */
  readonly coverage: Ratio | null
}

/** How long a running ledger is kept, and the longest window it can be read over. */
export const LEDGER_WINDOW_MS: Milliseconds = 30 * 86_400_000
/** A day more, so that the window's first day is whole. */
export const LEDGER_KEPT_MS: Milliseconds = LEDGER_WINDOW_MS + 86_400_000

/** What makes a moment one of maintenance: an announcement on the Guard, or a time of its spec that comes again. */
export type MaintenanceReason =
  | { readonly by: 'annotation'; readonly until: EpochMs }
  | { readonly by: 'cron'; readonly until: EpochMs; readonly cron: string; readonly timezone: string }

export interface ClosedInterval {
  readonly kind: IntervalKind
  readonly start: EpochMs
  readonly end: EpochMs
}

/** What of one UTC day has been added up. */
export interface LedgerDay {
  /** Its midnight. */
  readonly start: EpochMs
  readonly observedMs: Milliseconds
  readonly downMs: Milliseconds
  readonly degradedMs: Milliseconds
  readonly unknownMs: Milliseconds
  readonly maintenanceMs: Milliseconds
  /** Outages that ended in it. */
  readonly outages: number
}

export interface SettledOutage {
  readonly start: EpochMs
  readonly end: EpochMs
  readonly downMs: Milliseconds
}

/** The requests of one UTC day, as the signals tell them. */
export interface TrafficDay {
  readonly start: EpochMs
  readonly requests: number
  readonly failed: number
}

/** Requests by day. Today stands apart: it changes at each reading, the days before only at midnight. */
export interface Traffic {
  readonly past: readonly TrafficDay[]
  readonly today: TrafficDay | undefined
}

export const NO_TRAFFIC: Traffic = { past: [], today: undefined }

/** All days, oldest first. */
export function daysOf({ past, today }: Traffic): readonly TrafficDay[] {
  return today === undefined ? past : [...past, today]
}

/** Of days in their order. */
export function trafficOf(days: readonly TrafficDay[]): Traffic {
  return { past: days.slice(0, -1), today: days.at(-1) }
}

/** The running ledger of a Guard, as plain values: intervals as they were seen, the oldest added up by day. */
export interface LedgerBook {
  /** The first observed moment. */
  readonly since: EpochMs
  /** Up to here time is added up in `days`. */
  readonly settledUntil: EpochMs
  readonly days: readonly LedgerDay[]
  /** Outages of that time, for the median. */
  readonly outages: readonly SettledOutage[]
  readonly closed: readonly ClosedInterval[]
  /** Since when each kind has been going on. */
  readonly open: { readonly [kind in IntervalKind]?: EpochMs }
}
