// A remedy that an interlock bars for longer is passed over for a while, so that it does not stand in the way of the others.
import { isBarredForLonger } from '../decide/arbiter.ts'
import type { Decision } from '../model/command.ts'
import type { Milliseconds } from '../model/units.ts'
import type { Session } from './session.ts'

/** Then it is asked again whether it still is. */
const BARRED_FOR_MS: Milliseconds = 30_000

export function noteBar(session: Session, decision: Decision): void {
  const { rung } = decision.proposal
  if (rung !== undefined && isBarredForLonger(decision)) session.barred = { rung, until: decision.at + BARRED_FOR_MS }
  else if (session.barred?.rung === rung) session.barred = undefined
}

/** The remedy that is passed over now. */
export function barredNow({ barred }: Session, now: number): number | undefined {
  return barred !== undefined && now < barred.until ? barred.rung : undefined
}
