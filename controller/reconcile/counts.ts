// Takes what the observer counted, now and then and at each new slot, and books it.
import { NEVER_SEEN } from '../evaluate/ledger/book.ts'
import { countTraffic } from '../evaluate/ledger/traffic.ts'
import { SLOT_MS } from '../model/counts.ts'
import type { EpochMs, Milliseconds } from '../model/units.ts'
import { READINGS_EVERY_MS } from '../record/status-pace.ts'
import type { GuardLoopDeps } from './guard.ts'
import { carryObjectives } from './objectives.ts'
import type { Session } from './session.ts'

type Teller = Pick<GuardLoopDeps, 'log' | 'events' | 'metrics'>

/** As often as readings are written: a successor loses no more by it. */
export const COUNTED_EVERY_MS: Milliseconds = READINGS_EVERY_MS

/** Takes the counts when it is time to, so that most ticks pay nothing for it. */
export function carryCounts(deps: Teller, session: Session): void {
  const { seenAt, countedAt } = session
  if (seenAt - countedAt < COUNTED_EVERY_MS && slotOf(seenAt) === slotOf(countedAt)) return
  bookCounts(deps, session)
}

/** Books what was counted since it was last taken, where the middle of that time lies. */
export function bookCounts(deps: Teller, session: Session): void {
  const { seenAt, countedAt, observer } = session
  // Nothing was looked at yet.
  if (seenAt === NEVER_SEEN) return
  const counts = observer.takeCounts()
  session.countedAt = seenAt
  deps.metrics.requests.count(session.namespace, session.name, counts)
  const at = Math.floor(countedAt === UNCOUNTED ? seenAt : (countedAt + seenAt) / 2)
  carryObjectives(deps, session, counts, at)
  const { state } = session
  if (state.ledger === undefined) return
  const traffic = countTraffic(state.ledger.traffic, counts.requests, at)
  if (traffic !== state.ledger.traffic) session.state = { ...state, ledger: { ...state.ledger, traffic } }
}

/** Before the counts were ever taken. */
export const UNCOUNTED: EpochMs = Number.NEGATIVE_INFINITY

const slotOf = (at: EpochMs): number => Math.floor(at / SLOT_MS)
