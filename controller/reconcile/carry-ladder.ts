// Carries the ladder of a Guard through a reading: what was done is judged, limits follow the service, and the next step is found.

import { effectWithinOf } from '../decide/ladder/climb-so-far.ts'
import { type Standing, standingOn } from '../decide/ladder/standing.ts'
import { climb, type LadderInput, type LadderOutcome } from '../decide/ladder.ts'
import { adaptFlows } from '../decide/remedies/limit.ts'
import { verifyActions } from '../decide/verify.ts'
import type { Assessment } from '../model/assessment.ts'
import type { Incident } from '../model/incident.ts'
import type { DiagnosisStatus } from '../model/resource.ts'
import type { Observation } from '../model/signal.ts'
import { barredNow } from './bar.ts'
import type { Session } from './session.ts'

export function carryLadder(
  session: Session,
  assessment: Assessment,
  replicas: number,
  ready: number,
  mayWrite: boolean,
): LadderOutcome {
  const { remedies } = session.plan.spec
  const { rules } = session.plan
  const recentActions = verifyActions(session.state.recentActions, assessment, (action) =>
    effectWithinOf(remedies, action),
  )
  if (recentActions !== session.state.recentActions) session.state = { ...session.state, recentActions }
  const { flows, ladder } = session.state
  if (flows.length > 0 && mayWrite) {
    const specs = remedies.flatMap(({ limit }) => limit ?? [])
    const next = adaptFlows(flows, specs, { assessment, ready, baseline: ladder.baseline }, rules)
    if (next !== flows) session.state = { ...session.state, flows: next }
  }
  const outcome = climb(remedies, ladderInput(session, assessment, replicas, ready), ladder)
  if (outcome.state !== ladder) session.state = { ...session.state, ladder: outcome.state }
  return outcome
}

function diagnosisOf(incident: Incident | undefined): DiagnosisStatus | undefined {
  return incident === undefined || incident.status.phase === 'Resolved' ? undefined : incident.status.diagnosis
}

/** What the diagnosis points to: a dependency by its name, another resource by its kind. Little confidence points nowhere. */
function suspectOf(diagnosis: DiagnosisStatus | undefined): string | undefined {
  if (diagnosis?.resource === undefined || diagnosis.confidence === 'Low') return undefined
  return diagnosis.resource === 'dependency' ? diagnosis.of : diagnosis.resource
}

function ladderInput(session: Session, assessment: Assessment, replicas: number, ready: number): LadderInput {
  const { features, connections, groups } = session.surroundings
  const diagnosis = diagnosisOf(session.state.incident)
  return {
    assessment,
    rules: session.plan.rules,
    replicas,
    ready,
    guard: session.name,
    recentActions: session.state.recentActions,
    features,
    flows: session.state.flows,
    connections,
    floor: session.plan.floorAt(assessment.at),
    suspect: suspectOf(diagnosis),
    diagnosis,
    groups,
    isolation: session.isolation.input,
    barred: barredNow(session, assessment.at),
  }
}

/** Where it stands, in words; undefined before the first reading. */
export function standing(session: Session): Standing | undefined {
  const { last, plan, state } = session
  if (last === undefined) return undefined
  const { replicasWanted, replicasReady } = last.observations
  const countOf = (observation: Observation | undefined) => (observation?.kind === 'ok' ? observation.value : 0)
  const input = ladderInput(session, last.assessment, countOf(replicasWanted), countOf(replicasReady))
  return standingOn(plan.spec.remedies, input, state.ladder)
}
