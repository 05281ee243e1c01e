// Tells what the loop saw, decided and did: to the Incident, the log, Events, metrics and status.
import type { Assessment } from '../model/assessment.ts'
import type { Decision, TargetRef } from '../model/command.ts'
import type { Action, GuardStatus } from '../model/guard-status.ts'
import type { Incident } from '../model/incident.ts'
import { CONDITIONS } from '../model/names.ts'
import type { Workload } from '../model/workload.ts'
import { circuitStatus } from '../record/circuit.ts'
import { decisionStatus, isNews, summariseDecision } from '../record/decisions.ts'
import * as events from '../record/events.ts'
import { advanceIncident, type IncidentCircumstances, withAction, withEntry } from '../record/incidents.ts'
import { ladderStatus } from '../record/ladder.ts'
import { ledgerStatus } from '../record/ledger.ts'
import { logDecision } from '../record/log.ts'
import { objectiveStatus } from '../record/objectives.ts'
import { whyCritical } from '../record/severity.ts'
import { breachesStatus, signalsStatus, timestamp } from '../record/status.ts'
import { standing } from './carry-ladder.ts'
import type { GuardLoopDeps } from './guard.ts'
import { maintenanceReasons } from './ledger.ts'
import { objectivesNow } from './objectives.ts'
import type { Session } from './session.ts'

/** The same answer is told again when it comes back after this long. */
const FORGET_AFTER_MS = 60_000
/** So soon before a limit is passed, an act on a bad pod was about the same. */
const BEFORE_ONSET_MS = 10_000

/** Opens, carries on or closes the Incident, and tells it of every act of its own. */
export function carryIncident(deps: GuardLoopDeps, session: Session, assessment: Assessment): void {
  const { namespace, name, plan, state } = session
  const before = state.incident
  const subject = { namespace, guard: name, target: plan.spec.target }
  let incident =
    advanceIncident(subject, before, assessment.findings, assessment.at, circumstances(session, assessment)) ?? before
  if (incident === undefined) return
  const recentActions =
    incident.name === before?.name ? state.recentActions : withActsBefore(incident, state.recentActions)
  for (const action of recentActions) {
    if (action.incident === incident.name && action.outcome !== 'Pending')
      incident = withAction(incident, action, assessment.at)
  }
  if (incident === before) return
  session.state = { ...state, recentActions, incident }
  announce(deps, session, before, incident, assessment)
}

/** A bad pod may be out before the limit is passed for long enough: that is the beginning of this story. */
function withActsBefore(incident: Incident, actions: readonly Action[]): readonly Action[] {
  const onset = Date.parse(incident.status.onset)
  const isOfIt = ({ remedy, incident: of, at }: Action) =>
    remedy === 'isolate' && of === undefined && Date.parse(at) >= onset - BEFORE_ONSET_MS
  return actions.some(isOfIt)
    ? actions.map((action) => (isOfIt(action) ? { ...action, incident: incident.name } : action))
    : actions
}

function circumstances({ plan, state }: Session, assessment: Assessment): IncidentCircumstances {
  const isExhausted = state.conditions.some(({ type, status }) => type === CONDITIONS.exhausted && status === 'True')
  return { reopenWithinMs: plan.spec.incidents.reopenWithin, critical: whyCritical(assessment, isExhausted) }
}

function announce(
  deps: GuardLoopDeps,
  session: Session,
  before: Incident | undefined,
  incident: Incident,
  assessment: Assessment,
): void {
  const { summary, phase } = incident.status
  const about = { guard: session.key, incident: incident.name, phase }
  const isReopened = before?.status.phase === 'Resolved' && phase === 'Open'
  if (incident.name !== before?.name || isReopened) {
    deps.log.warn(about, `${session.key}: ${summary}`)
    deps.events.record(events.limitBreached(events.subjectOf(session), assessment.findings))
  } else if (phase !== before.status.phase) {
    deps.log.info(about, `${session.key}: ${incident.status.timeline.at(-1)?.what}`)
    if (phase === 'Resolved') deps.events.record(events.limitReleased(events.subjectOf(session), summary))
  }
}

/** Tells a decision when it is news; `failure` is why an act did not happen. */
export function tellDecision(
  deps: GuardLoopDeps,
  session: Session,
  target: TargetRef,
  decision: Decision | undefined,
  failure: string | undefined,
): void {
  if (decision === undefined) {
    if (session.told !== undefined && deps.clock.now() - session.told.at > FORGET_AFTER_MS) session.told = undefined
    return
  }
  if (!isNews(decision, session.told)) return
  session.told = decision
  const status = decisionStatus(decision, failure)
  session.state = { ...session.state, lastDecision: status }
  const labels = { namespace: session.namespace, guard: session.name }
  deps.metrics.decisions.inc({ ...labels, verdict: status.verdict })
  for (const ruling of decision.rulings) {
    if (ruling.verdict === 'Veto') deps.metrics.vetoes.inc({ ...labels, interlock: ruling.interlock })
  }
  if (decision.verdict === 'act') {
    const outcome = session.state.recentActions.at(-1)?.outcome ?? 'Failed'
    const { remedy, direction } = decision.proposal
    deps.metrics.actions.inc({ ...labels, remedy, direction, outcome: failure === undefined ? 'Done' : outcome })
  }
  logDecision(deps.log, session.key, decision, failure)
  deps.events.record(events.decisionTaken(events.subjectOf(session), target, decision, failure))
  const { incident } = session.state
  if (incident !== undefined && incident.status.phase !== 'Resolved' && decision.verdict !== 'act')
    session.state = { ...session.state, incident: withEntry(incident, summariseDecision(decision), decision.at) }
}

/** Before the first reading there is nothing to say that the last leader has not said. */
function ladderOf(session: Session): GuardStatus['ladder'] {
  const now = standing(session)
  return now === undefined ? session.status.value.ladder : ladderStatus(session.state.ladder, now)
}

/** The status as it should be now. */
export function guardStatusOf(session: Session, workload: Workload | undefined): GuardStatus {
  const { state, last, generation, plan, seenAt } = session
  const { incident } = state
  const isOpen = incident !== undefined && incident.status.phase !== 'Resolved'
  return {
    observedGeneration: generation,
    conditions: [...state.conditions],
    signals: signalsStatus(last?.observations ?? {}, plan.origins),
    signalsAt: last === undefined ? undefined : timestamp(last.assessment.at),
    replicas: workload === undefined ? undefined : { wanted: workload.replicas, ready: workload.readyReplicas },
    breaches: breachesStatus(state.limits),
    circuit: state.circuit === undefined ? undefined : circuitStatus(state.circuit, plan.circuit.probeShare),
    incident: isOpen ? incident.name : undefined,
    diagnosis: isOpen ? incident.status.diagnosis : undefined,
    lastIncident: isOpen ? undefined : incident?.name,
    lastDecision: state.lastDecision,
    recentActions: [...state.recentActions],
    raisedMinimum: state.raisedMinimum,
    objectives: state.objectives.length === 0 ? undefined : objectivesNow(state).map(objectiveStatus),
    ladder: ladderOf(session),
    flows: state.flows.length === 0 ? undefined : [...state.flows],
    isolations: state.isolations.length === 0 ? undefined : [...state.isolations],
    ledger:
      state.ledger === undefined
        ? undefined
        : ledgerStatus({ ...state.ledger, seenAt }, state.ledgerFault, maintenanceReasons(session)),
  }
}
