// Carries the circuit of a Guard through a reading, and tells when it opens and closes.
import { advanceCircuit } from '../evaluate/circuit/circuit.ts'
import type { Assessment } from '../model/assessment.ts'
import { type Circuit, stateOf } from '../model/circuit.ts'
import { formatDuration } from '../model/units.ts'
import * as events from '../record/events.ts'
import type { GuardLoopDeps } from './guard.ts'
import type { Session } from './session.ts'

type Teller = Pick<GuardLoopDeps, 'log' | 'events'>

/** Judges the circuit by this reading. It changes nothing of the service: others read it. */
export function carryCircuit(deps: Teller, session: Session, assessment: Assessment): void {
  const { plan, state } = session
  const circuit = advanceCircuit(assessment, plan.rules, plan.circuit, state.circuit)
  if (circuit === state.circuit) return
  session.state = { ...state, circuit }
  tell(deps, session, state.circuit, circuit)
}

/** Opened by a limit, closed, or forced: those are news. Being tried, or opened for want of sight, is only logged. */
function tell(deps: Teller, session: Session, before: Circuit | undefined, circuit: Circuit): void {
  const { judged, mode, since, until, trips, reason } = circuit
  const isOtherMode = before !== undefined && before.mode !== mode
  const was = before?.judged ?? 'Closed'
  if (was === judged && !isOtherMode) return
  const open = judged === 'Open' && until !== undefined ? ` for ${formatDuration(until - since)}` : ''
  const about = { guard: session.key, circuit: judged, mode, trips }
  const [state, stateBefore] = [stateOf(circuit), before === undefined ? 'Closed' : stateOf(before)]
  const isOpened = state === 'Open' && (trips !== before?.trips || isOtherMode)
  const isClosed = state === 'Closed' && stateBefore !== 'Closed'
  deps.log[isOpened ? 'warn' : 'info'](about, `${session.key}: circuit ${judged}${open} (${mode}): ${reason}`)
  if (isOpened) deps.events.record(events.circuitOpened(events.subjectOf(session), reason))
  if (isClosed) {
    const why = mode === 'MetricsOnly' ? 'spec.circuit.mode is MetricsOnly' : reason
    deps.events.record(events.circuitClosed(events.subjectOf(session), why))
  }
}
