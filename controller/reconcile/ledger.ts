// Carries the ledger of outages on at each tick, and reads it for /metrics.
import { advanceLedger, NEVER_SEEN, seenUntil } from '../evaluate/ledger/book.ts'
import type { Maintenance } from '../evaluate/ledger/maintenance.ts'
import { readBook } from '../evaluate/ledger/read.ts'
import { standingOf } from '../evaluate/ledger/standing.ts'
import { textAt } from '../kube/json.ts'
import type { Assessment } from '../model/assessment.ts'
import {
  LEDGER_KEPT_MS,
  LEDGER_WINDOW_MS,
  type LedgerBook,
  type LedgerFigures,
  type MaintenanceReason,
} from '../model/ledger.ts'
import { ANNOTATIONS } from '../model/names.ts'
import { parseTime, TIME_HINT } from '../model/time.ts'
import type { EpochMs } from '../model/units.ts'
import type { GuardLoopDeps } from './guard.ts'
import type { GuardPlan } from './guard-plan.ts'
import type { Session } from './session.ts'

export function carryLedger(deps: GuardLoopDeps, session: Session, assessment: Assessment): void {
  const { state, plan } = session
  const announced = textAt(deps.guards.get(session.key)?.raw, 'metadata', 'annotations', ANNOTATIONS.maintenanceUntil)
  const until = announced === undefined ? undefined : parseTime(announced)
  const ledgerFault = announced === undefined || until !== undefined ? undefined : unreadable(announced)
  if (ledgerFault !== undefined && ledgerFault !== state.ledgerFault)
    deps.log.warn({ guard: session.key }, `${session.key}: ${ledgerFault}`)
  const maintenance = maintenanceOf(plan, session.seenAt, until, assessment.at)
  const ledger = advanceLedger(
    state.ledger,
    session.seenAt,
    standingOf(assessment),
    maintenance,
    assessment.at,
    plan.book,
  )
  session.seenAt = seenUntil(session.seenAt, assessment.at)
  if (ledger !== state.ledger || ledgerFault !== state.ledgerFault) session.state = { ...state, ledger, ledgerFault }
}

/** Undefined when there is none, which is most of the time. */
function maintenanceOf(
  { maintenance }: GuardPlan,
  seenAt: EpochMs,
  announcedUntil: EpochMs | undefined,
  at: EpochMs,
): Maintenance | undefined {
  const windows = maintenance.between(Math.max(seenAt === NEVER_SEEN ? at : seenAt, at - LEDGER_KEPT_MS), at)
  return announcedUntil === undefined && windows.length === 0 ? undefined : { announcedUntil, windows }
}

/** What makes the last moment that the ledger speaks of one of maintenance. */
export function maintenanceReasons({ plan, state: { ledger }, seenAt }: Session): readonly MaintenanceReason[] {
  if (ledger === undefined) return []
  const { announcedUntil } = ledger
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

const read = new WeakMap<LedgerBook, { readonly at: EpochMs; readonly figures: LedgerFigures }>()

/** The figures over the window that is kept; worked out once for each tick that is asked for. */
export function figuresNow({ state: { ledger }, seenAt: at }: Session): LedgerFigures | undefined {
  if (ledger === undefined) return undefined
  const known = read.get(ledger.book)
  if (known?.at === at) return known.figures
  const figures = readBook(ledger.book, at, LEDGER_WINDOW_MS)
  read.set(ledger.book, { at, figures })
  return figures
}
