// Carries the ledger of outages on at each tick, and reads it for /metrics.
import { advanceLedger, type BookRules, type RunningLedger } from '../evaluate/ledger/book.ts'
import type { Maintenance } from '../evaluate/ledger/maintenance.ts'
import { readBook } from '../evaluate/ledger/read.ts'
import { standingOf } from '../evaluate/ledger/standing.ts'
import { countTraffic } from '../evaluate/ledger/traffic.ts'
import { textAt } from '../kube/json.ts'
import type { Assessment } from '../model/assessment.ts'
import { LEDGER_KEPT_MS, LEDGER_WINDOW_MS, type LedgerFigures, type MaintenanceReason } from '../model/ledger.ts'
import { ANNOTATIONS } from '../model/names.ts'
import { parseTime, TIME_HINT } from '../model/time.ts'
import type { EpochMs, Milliseconds } from '../model/units.ts'
import type { GuardLoopDeps } from './guard.ts'
import type { GuardPlan } from './guard-plan.ts'
import type { Session } from './session.ts'

/** A tick that comes later than this after the last left a time unwatched; a missing target is looked at every 5 s. */
const LONGEST_TICK_MS: Milliseconds = 10_000

/** An outage is the same one until its breach is released. */
function bookRulesOf({ spec: { limits }, scrape: { intervalMs: interval } }: GuardPlan): BookRules {
  return {
    mergeGapMs: limits.release.for,
    longestTickMs: Math.max(LONGEST_TICK_MS, 3 * interval),
    holdMs: limits.hold + 2 * interval,
  }
}

export function carryLedger(deps: GuardLoopDeps, session: Session, assessment: Assessment): void {
  const { state, plan } = session
  const announced = textAt(deps.guards.get(session.key)?.raw, 'metadata', 'annotations', ANNOTATIONS.maintenanceUntil)
  const until = announced === undefined ? undefined : parseTime(announced)
  const ledgerFault = announced === undefined || until !== undefined ? undefined : unreadable(announced)
  if (ledgerFault !== undefined && ledgerFault !== state.ledgerFault)
    deps.log.warn({ guard: session.key }, `${session.key}: ${ledgerFault}`)
  const maintenance = maintenanceOf(plan, state.ledger, until, assessment.at)
  const next = advanceLedger(state.ledger, standingOf(assessment), maintenance, assessment.at, bookRulesOf(plan))
  // What was not watched has no requests.
  const watchedMs = next.seenAt - Math.max(state.ledger?.seenAt ?? next.seenAt, next.watchedSince ?? next.seenAt)
  const { book, seenAt, watchedSince, announcedUntil } = next
  const traffic = countTraffic(next.traffic, assessment.observations, watchedMs, seenAt)
  const ledger = { book, seenAt, watchedSince, traffic, announcedUntil }
  session.state = { ...state, ledger, ledgerFault }
}

/** Undefined when there is none, which is most of the time. */
function maintenanceOf(
  { maintenance }: GuardPlan,
  before: RunningLedger | undefined,
  announcedUntil: EpochMs | undefined,
  at: EpochMs,
): Maintenance | undefined {
  const windows = maintenance.between(Math.max(before?.seenAt ?? at, at - LEDGER_KEPT_MS), at)
  return announcedUntil === undefined && windows.length === 0 ? undefined : { announcedUntil, windows }
}

/** What makes the last moment that the ledger speaks of one of maintenance. */
export function maintenanceReasons({ plan, state: { ledger } }: Session): readonly MaintenanceReason[] {
  if (ledger === undefined) return []
  const { seenAt, announcedUntil } = ledger
  const isAnnounced = announcedUntil !== undefined && announcedUntil > seenAt
  return [
    ...(isAnnounced ? [{ by: 'annotation' as const, until: announcedUntil }] : []),
    ...plan.maintenance
      .at(seenAt)
      .map(({ end, of: { cron, timezone } }) => ({ by: 'cron' as const, until: end, cron, timezone })),
  ]
}

function unreadable(announced: string): string {
  return `the annotation ${ANNOTATIONS.maintenanceUntil} (${JSON.stringify(announced.slice(0, 60))}) is not a time, and no maintenance is counted: ${TIME_HINT}`
}

const read = new WeakMap<RunningLedger, LedgerFigures>()

/** The figures over the window that is kept; worked out once for each tick that is asked for. */
export function figuresNow(ledger: RunningLedger | undefined): LedgerFigures | undefined {
  if (ledger === undefined) return undefined
  const figures = read.get(ledger) ?? readBook(ledger.book, ledger.seenAt, LEDGER_WINDOW_MS)
  read.set(ledger, figures)
  return figures
}

/** A session that is begun anew in the same process goes on with what it saw itself, when nobody has seen more. */
export function laterLedger(own: RunningLedger | undefined, restored: RunningLedger | undefined) {
  const seenAt = (ledger: RunningLedger | undefined): EpochMs => ledger?.seenAt ?? Number.NEGATIVE_INFINITY
  return seenAt(own) > seenAt(restored) ? own : restored
}
