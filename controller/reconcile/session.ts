// What the loop holds of one Guard between ticks. All that must survive a restart is in `state`, and is written to status.
import type { LadderState } from '../decide/ladder/state.ts'
import type { RunningLedger } from '../evaluate/ledger/book.ts'
import type { Assessment, LimitStates } from '../model/assessment.ts'
import type { Circuit } from '../model/circuit.ts'
import type { Decision } from '../model/command.ts'
import type { Condition } from '../model/conditions.ts'
import type { Action, DecisionStatus, GuardStatus, RaisedMinimum } from '../model/guard-status.ts'
import type { Incident } from '../model/incident.ts'
import type { Isolation } from '../model/isolation.ts'
import type { FlowLimit } from '../model/ladder.ts'
import type { ObjectiveState } from '../model/objectives.ts'
import type { Observations } from '../model/signal.ts'
import type { EpochMs, Milliseconds } from '../model/units.ts'
import type { GuardObserver } from '../observe/observer.ts'
import type { ResourceWatch } from '../observe/resources/watch.ts'
import type { SeveralObserver } from '../observe/several.ts'
import type { IsolationView } from './carry-isolation.ts'
import type { GuardPlan } from './guard-plan.ts'
import type { Surroundings } from './surroundings.ts'

export interface LoopState {
  readonly limits: LimitStates
  /** Undefined before the first reading. */
  readonly circuit: Circuit | undefined
  readonly ladder: LadderState
  /** The flows that are limited now. */
  readonly flows: readonly FlowLimit[]
  /** The pods that are out, or back on trial. */
  readonly isolations: readonly Isolation[]
  readonly recentActions: readonly Action[]
  readonly raisedMinimum: RaisedMinimum | undefined
  readonly lastDecision: DecisionStatus | undefined
  readonly conditions: readonly Condition[]
  /** The open Incident, or the last one, to which an undoing is still told. */
  readonly incident: Incident | undefined
  readonly ledger: RunningLedger | undefined
  readonly objectives: readonly ObjectiveState[]
  /** An announcement of maintenance that can't be read. */
  readonly ledgerFault?: string | undefined
}

export interface Session {
  readonly key: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  generation: number
  plan: GuardPlan
  observer: GuardObserver
  readonly resources: ResourceWatch
  /** When a resource was last named. */
  namedAt: EpochMs
  /** The same, where some signals come from elsewhere. */
  several: SeveralObserver | undefined
  state: LoopState
  /** The last decision that was told, so that the same answer is told once. */
  told: Decision | undefined
  /** When the next tick is due, on the monotonic clock. */
  dueAt: Milliseconds | undefined
  /** Up to when the ledger speaks. Here and not in `state`, since it goes on at every tick; status keeps it. */
  seenAt: EpochMs
  /** Up to when the counts of the observer are booked. */
  countedAt: EpochMs
  /** Jumps of the clock that have been taken account of. */
  jumps: number
  last: { readonly observations: Observations; readonly assessment: Assessment } | undefined
  surroundings: Surroundings
  /** What is known of each pod by itself. */
  isolation: IsolationView
  /** A remedy that an interlock bars for longer, and until when it is passed over. */
  barred: { readonly rung: number; readonly until: EpochMs } | undefined
  /** Everything was seen once, so that what is not seen now is news. */
  wasSeen: boolean
  /** What the last look at the status rested on: while it is the same, no new one is made. */
  gist: readonly unknown[]
  readonly status: Written<GuardStatus> & { resourceVersion: string }
  readonly incident: Written<Incident | undefined>
}

/** What the API server holds of ours, and when it may next be written. */
export interface Written<T> {
  value: T
  /** When it was last written, or found to need no writing. */
  at: EpochMs
  failures: number
  notBefore: Milliseconds
}
