// From a proposal to a deed: the interlocks, the announcement in status, the write, and what became of it.
import { carryOut } from '../act/carry-out.ts'
import { readFresh } from '../act/fresh.ts'
import { arbitrate, prejudge } from '../decide/arbiter.ts'
import type { Command, Decision, Facts, Fresh, Proposal, TargetRef } from '../model/command.ts'
import { messageOf } from '../model/errors.ts'
import type { Action, GuardStatus } from '../model/guard-status.ts'
import type { EpochMs } from '../model/units.ts'
import { describeField } from '../record/decisions.ts'
import { timestamp } from '../record/status.ts'
import { withSpan } from '../record/traces.ts'
import type { SteadyClock } from '../runtime/steady-clock.ts'
import type { Session } from './session.ts'
import { noteFailure, Superseded, type WriterDeps, writeStatusNow } from './write-status.ts'

export interface ActDeps extends WriterDeps {
  readonly clock: SteadyClock
}

/** What became of a decision to act. `conflict`: the target changed in between, and nothing was written. */
export type Deed =
  | { readonly kind: 'done' }
  | { readonly kind: 'conflict'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }

const NOT_READ: Fresh<never> = { kind: 'unread', why: 'not read yet' }

/** Asks the interlocks, reading fresh only when those that need no read allow it. */
export async function decideOn(
  deps: ActDeps,
  session: Session,
  proposal: Proposal,
  target: TargetRef,
): Promise<Decision> {
  const known = factsOf(deps, session, target)
  const early = prejudge(proposal, known)
  if (early.verdict === 'veto') return early
  const fresh = await readFresh(deps.client, deps.clock, target)
  return arbitrate(proposal, { ...factsOf(deps, session, target), ...fresh })
}

function factsOf({ clock, isLeading }: ActDeps, session: Session, target: TargetRef): Facts {
  const { spec } = session.plan
  const [remedy] = spec.remedies
  return {
    now: clock.now(),
    mode: spec.mode,
    isLeading: isLeading(),
    target,
    scale: NOT_READ,
    autoscalers: NOT_READ,
    raisedMinimum: session.state.raisedMinimum,
    recentActions: session.state.recentActions,
    cooldownMs: remedy?.scale.cooldown ?? 0,
    budget: { actions: spec.budget.actions, perMs: spec.budget.per },
    blind: session.last?.assessment.blind.map((one) => one.why) ?? ['nothing has been observed yet'],
    clockUnsteadyUntil: clock.unsteadyUntil,
  }
}

/**
 * Carries a decision out. It is announced in status first, with the version we know: a second leader can't announce the
 * same, and a successor finds what was begun. Throws Superseded.
 */
export async function actOn(
  deps: ActDeps,
  session: Session,
  decision: Decision,
  statusWith: (session: Session) => GuardStatus,
): Promise<Deed> {
  const { command } = decision
  const action = announcement(session, decision)
  const before = session.state
  session.state = {
    ...before,
    recentActions: [...withinBudget(session, decision.at), action],
    raisedMinimum: command.kind === 'raiseMinimum' ? raised(before.raisedMinimum, command) : before.raisedMinimum,
  }
  try {
    await writeStatusNow(deps, session, statusWith(session))
  } catch (error) {
    session.state = before
    noteFailure(deps, session.status, error)
    if (error instanceof Superseded) throw error
    return { kind: 'failed', why: `it could not be announced in the Guard's status: ${messageOf(error)}` }
  }
  if (!deps.isLeading()) return conclude(session, action, 'Abandoned', 'the lease was lost before the write')
  return withSpan('evenkeel.act', spanAttributes(session, command), async (span): Promise<Deed> => {
    const outcome = await carryOut(deps.client, command)
    span.setAttribute('evenkeel.outcome', outcome.kind)
    if (outcome.kind === 'conflict') {
      // Nothing was written, so there is nothing to remember: the next tick decides on what is there then.
      session.state = before
      return { kind: 'conflict', why: outcome.why }
    }
    if (outcome.kind === 'done') {
      const { raisedMinimum } = session.state
      // Given back whole: from here on its minimum is whatever its owner makes it.
      const isGivenBack =
        command.kind === 'raiseMinimum' && raisedMinimum !== undefined && command.to <= raisedMinimum.original
      if (isGivenBack) session.state = { ...session.state, raisedMinimum: undefined }
      return conclude(session, action, 'Done')
    }
    return conclude(session, action, outcome.kind === 'failed' ? 'Failed' : 'Pending', outcome.why)
  })
}

function announcement(session: Session, { at, command, proposal }: Decision): Action {
  const incident = session.state.incident
  return {
    id: `${Math.round(at).toString(36)}-${command.from}-${command.to}`,
    at: timestamp(at),
    remedy: proposal.remedy,
    field: describeField(command),
    from: command.from,
    to: command.to,
    why: proposal.reasons.join('; '),
    outcome: 'Pending',
    ...(incident === undefined ? {} : { incident: incident.name }),
  }
}

/** The acts that still count, and always the last few, for people to read. */
function withinBudget({ state, plan }: Session, now: EpochMs): readonly Action[] {
  const since = now - plan.spec.budget.per
  const { recentActions } = state
  return recentActions.filter((action, index) => Date.parse(action.at) > since || index >= recentActions.length - 5)
}

function raised(before: Session['state']['raisedMinimum'], command: Extract<Command, { kind: 'raiseMinimum' }>) {
  const { kind, name } = command.autoscaler
  if (before?.kind === kind && before.name === name) return before
  return { kind, name, original: command.from }
}

function conclude(session: Session, action: Action, outcome: Action['outcome'], detail?: string): Deed {
  const concluded: Action = { ...action, outcome, ...(detail === undefined ? {} : { detail }) }
  const recentActions = session.state.recentActions.map((one) => (one.id === action.id ? concluded : one))
  session.state = { ...session.state, recentActions }
  return detail === undefined ? { kind: 'done' } : { kind: 'failed', why: detail }
}

function spanAttributes({ key }: Session, command: Command) {
  return {
    'evenkeel.guard': key,
    'evenkeel.command': command.kind,
    'evenkeel.field': describeField(command),
    'evenkeel.from': command.from,
    'evenkeel.to': command.to,
  }
}
