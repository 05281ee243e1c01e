// Carries the ledger of outages on at each tick, and reads it for /metrics.
import { advanceLedger, seenUntil } from '../evaluate/ledger/book.ts'
import { readBook } from '../evaluate/ledger/read.ts'
import { standingOf } from '../evaluate/ledger/standing.ts'
import { textAt } from '../kube/json.ts'
import type { Assessment } from '../model/assessment.ts'
import { LEDGER_WINDOW_MS, type LedgerBook, type LedgerFigures } from '../model/ledger.ts'
import { ANNOTATIONS } from '../model/names.ts'
import { parseTime, TIME_HINT } from '../model/time.ts'
import type { EpochMs } from '../model/units.ts'
import type { GuardLoopDeps } from './guard.ts'
import type { Session } from './session.ts'

export function carryLedger(deps: GuardLoopDeps, session: Session, assessment: Assessment): void {
  const { state, plan } = session
  const announced = textAt(deps.guards.get(session.key)?.raw, 'metadata', 'annotations', ANNOTATIONS.maintenanceUntil)
  const until = announced === undefined ? undefined : parseTime(announced)
  const ledgerFault = announced === undefined || until !== undefined ? undefined : unreadable(announced)
  if (ledgerFault !== undefined && ledgerFault !== state.ledgerFault)
    deps.log.warn({ guard: session.key }, `${session.key}: ${ledgerFault}`)
  const ledger = advanceLedger(state.ledger, session.seenAt, standingOf(assessment), until, assessment.at, plan.book)
  session.seenAt = seenUntil(session.seenAt, assessment.at)
  if (ledger !== state.ledger || ledgerFault !== state.ledgerFault) session.state = { ...state, ledger, ledgerFault }
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
