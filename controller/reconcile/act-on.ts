// From a proposal to a deed: the interlocks, the announcement in status, the write, and what became of it.
import { carryOut, type Outcome } from '../act/carry-out.ts'
import { readFeatures, readFresh, readFreshGroup, readFreshPods } from '../act/fresh.ts'
import { arbitrate, prejudge } from '../decide/arbiter.ts'
import type { LadderState } from '../decide/ladder/state.ts'
import { afterStep } from '../decide/remedies/isolate.ts'
import { effectToCome } from '../decide/verify.ts'
import type { Command, Decision, Facts, Fresh, Proposal, TargetRef } from '../model/command.ts'
import { messageOf } from '../model/errors.ts'
import type { Action, GuardStatus } from '../model/guard-status.ts'
import type { FlowLimit } from '../model/ladder.ts'
import { isolateOf, timesOf } from '../model/remedies.ts'
import type { EpochMs } from '../model/units.ts'
import { describeField } from '../record/decisions.ts'
import { fieldsOf } from '../record/fields.ts'
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
  panic?: string,
): Promise<Decision> {
  const facts = () => factsOf(deps, session, proposal, target, panic)
  const early = prejudge(proposal, facts())
  if (early.verdict === 'veto') return early
  const fresh = await readFor(deps, proposal, target)
  return arbitrate(proposal, { ...facts(), ...fresh })
}

/** What is read again before an act, by the remedy. */
async function readFor({ client, clock }: ActDeps, proposal: Proposal, target: TargetRef): Promise<Partial<Facts>> {
  if (proposal.remedy === 'scale') return readFresh(client, clock, target)
  if (proposal.remedy === 'limit') return {}
  if (proposal.remedy === 'isolate') return { pods: await readFreshPods(client, clock, target) }
  if (proposal.remedy === 'failover')
    return { group: await readFreshGroup(client, clock, { namespace: target.namespace, name: proposal.group }) }
  return { features: await readFeatures(client, clock, target.namespace, proposal.features) }
}

function factsOf(
  { clock, isLeading }: ActDeps,
  session: Session,
  proposal: Proposal,
  target: TargetRef,
  panic: string | undefined,
): Facts {
  const { spec } = session.plan
  const { connections } = session.surroundings
  const remedy = spec.remedies[proposal.rung ?? 0]
  const maxEjected = isolateOf(spec.remedies)?.maxEjected
  return {
    now: clock.now(),
    mode: spec.mode,
    isLeading: isLeading(),
    target,
    scale: NOT_READ,
    autoscalers: NOT_READ,
    raisedMinimum: session.state.raisedMinimum,
    recentActions: session.state.recentActions,
    cooldownMs: remedy === undefined ? 0 : timesOf(remedy).cooldown,
    budget: { actions: spec.budget.actions, perMs: spec.budget.per },
    blind: session.last?.assessment.blind.map((one) => one.why) ?? ['nothing has been observed yet'],
    clockUnsteadyUntil: clock.unsteadyUntil,
    guard: session.name,
    ...(connections === undefined ? {} : { connections }),
    ...(maxEjected === undefined ? {} : { maxEjected }),
    ...(panic === undefined ? {} : { panic }),
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
  const actions = announcements(session, decision)
  const before = session.state
  session.state = {
    ...before,
    recentActions: [...withinBudget(session, decision.at), ...actions],
    raisedMinimum: command.kind === 'raiseMinimum' ? raised(before.raisedMinimum, command) : before.raisedMinimum,
    flows: command.kind === 'limit' ? withLimit(before.flows, command, decision) : before.flows,
    isolations: command.kind === 'isolate' ? withIsolation(session, command, decision) : before.isolations,
    ladder: decision.proposal.direction === 'down' ? steppedBack(before.ladder, decision) : before.ladder,
  }
  try {
    await writeStatusNow(deps, session, statusWith(session))
  } catch (error) {
    session.state = before
    noteFailure(deps, session.status, error)
    if (error instanceof Superseded) throw error
    return { kind: 'failed', why: `it could not be announced in the Guard's status: ${messageOf(error)}` }
  }
  // A limit is in force once it is announced.
  if (!deps.isLeading() && command.kind !== 'limit')
    return concludeAll(session, actions, () => ({ kind: 'conflict', why: 'the lease was lost before the write' }))
  return withSpan('evenkeel.act', spanAttributes(session, command), async (span): Promise<Deed> => {
    const reason = decision.proposal.reasons.join('; ')
    const cause = { ...causeOf(session, decision), id: actions[0]?.id ?? '', reason, now: () => deps.clock.now() }
    const outcomes = await carryOut(deps.client, command, cause)
    span.setAttribute('evenkeel.outcome', [...new Set(outcomes.map(({ kind }) => kind))].join(' '))
    const [first] = outcomes
    if (first?.kind === 'conflict' && outcomes.every(({ kind }) => kind === 'conflict')) {
      // Nothing was written, so there is nothing to remember: the next tick decides on what is there then.
      session.state = before
      return { kind: 'conflict', why: first.why }
    }
    if (first?.kind === 'done') {
      const { raisedMinimum } = session.state
      // Given back whole: from here on its minimum is whatever its owner makes it.
      const isGivenBack =
        command.kind === 'raiseMinimum' && raisedMinimum !== undefined && command.to <= raisedMinimum.original
      if (isGivenBack) session.state = { ...session.state, raisedMinimum: undefined }
    }
    // A pod that is not out has not been out once more.
    if (command.kind === 'isolate' && outcomes.every(({ kind }) => kind === 'failed' || kind === 'conflict'))
      session.state = { ...session.state, isolations: before.isolations }
    return concludeAll(session, actions, (index) => outcomes[index])
  })
}

function causeOf({ name, plan }: Session, { at, proposal }: Decision) {
  const remedy = plan.spec.remedies[proposal.rung ?? 0]
  const until = timestamp(at + (remedy === undefined ? 0 : timesOf(remedy).effectWithin))
  return { guard: name, since: timestamp(at), until }
}

/** One act for each field that is written; those of one step share its moment. */
function announcements(session: Session, { at, command, proposal }: Decision): Action[] {
  const incident = incidentFor(session, proposal)
  const findings = session.last?.assessment.findings ?? []
  const effect = proposal.direction === 'up' ? effectToCome(findings) : []
  return fieldsOf(command).map((field, index) => ({
    id: `${Math.round(at).toString(36)}-${command.from}-${command.to}${index === 0 ? '' : `-${index}`}`,
    at: timestamp(at),
    remedy: proposal.remedy,
    field,
    from: command.from,
    to: command.to,
    why: proposal.reasons.join('; '),
    outcome: 'Pending',
    ...(incident === undefined ? {} : { incident: incident.name }),
    ...(proposal.rung === undefined ? {} : { rung: proposal.rung }),
    ...(effect.length === 0 ? {} : { effect }),
  }))
}

/** A bad pod that goes while no limit is passed is no part of the last trouble; what is undone is. */
function incidentFor({ state: { incident } }: Session, { remedy, direction }: Decision['proposal']) {
  const isOther = remedy === 'isolate' && direction === 'up' && incident?.status.phase === 'Resolved'
  return isOther ? undefined : incident
}

function withLimit(
  flows: readonly FlowLimit[],
  { flow, to }: Extract<Command, { kind: 'limit' }>,
  { at, proposal }: Decision,
): readonly FlowLimit[] {
  const known = flows.find((one) => one.flow === flow)
  const others = flows.filter((one) => one !== known)
  if (to === 0) return others
  const since = known?.since ?? timestamp(at)
  return [...others, { ...known, flow, limit: to, since, reason: proposal.reasons.join('; ') }]
}

function withIsolation({ state, plan }: Session, { pods }: Extract<Command, { kind: 'isolate' }>, decision: Decision) {
  const { proposal, at } = decision
  if (proposal.remedy !== 'isolate') return state.isolations
  return afterStep(state.isolations, { ...proposal, pods }, isolateOf(plan.spec.remedies), at)
}

/** From now on a breach takes it back, and calm is waited for anew. Replicas and pods have a memory of their own. */
function steppedBack(ladder: LadderState, { at, proposal }: Decision): LadderState {
  const isOfLadder = proposal.remedy === 'degrade' || proposal.remedy === 'limit'
  return !isOfLadder ? ladder : { ...ladder, restoredAt: Math.floor(at) }
}

/** The acts that still count, and always the last few, for people to read. */
function withinBudget({ state, plan }: Session, now: EpochMs): readonly Action[] {
  const since = now - plan.spec.budget.per
  const { recentActions, ladder } = state
  // A group is asked once in a climb, however long that lasts.
  const isAsking = ({ remedy, at }: Action) => remedy === 'failover' && Date.parse(at) >= (ladder.since ?? now)
  return recentActions.filter(
    (action, index) => Date.parse(action.at) > since || index >= recentActions.length - 5 || isAsking(action),
  )
}

function raised(before: Session['state']['raisedMinimum'], command: Extract<Command, { kind: 'raiseMinimum' }>) {
  const { kind, name } = command.autoscaler
  if (before?.kind === kind && before.name === name) return before
  return { kind, name, original: command.from }
}

/** What became of each act. One that met a change of its object is Abandoned, as nothing was written. */
function concludeAll(
  session: Session,
  actions: readonly Action[],
  outcomeOf: (index: number) => Outcome | undefined,
): Deed {
  let failure: string | undefined
  const concluded = actions.map((action, index): Action => {
    const outcome = outcomeOf(index)
    if (outcome === undefined || outcome.kind === 'done') return { ...action, outcome: 'Done' }
    failure ??= outcome.why
    return { ...action, outcome: OUTCOMES[outcome.kind], detail: outcome.why }
  })
  const recentActions = session.state.recentActions.map((one) => concluded.find(({ id }) => id === one.id) ?? one)
  session.state = { ...session.state, recentActions }
  return failure === undefined ? { kind: 'done' } : { kind: 'failed', why: failure }
}

const OUTCOMES = { failed: 'Failed', unclear: 'Pending', conflict: 'Abandoned' } as const

function spanAttributes({ key }: Session, command: Command) {
  return {
    'evenkeel.guard': key,
    'evenkeel.command': command.kind,
    'evenkeel.field': describeField(command),
    'evenkeel.from': command.from,
    'evenkeel.to': command.to,
  }
}
