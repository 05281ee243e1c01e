// Carries the diagnosis of a Guard through a reading: which resource binds, while a limit is passed.
import { diagnose } from '../evaluate/diagnosis/diagnose.ts'
import { type Assessment, isAnyLimit } from '../model/assessment.ts'
import type { DiagnosisStatus } from '../model/resource.ts'
import type { EpochMs, Milliseconds } from '../model/units.ts'
import { diagnosisStatus, isOtherAnswer } from '../record/diagnosis.ts'
import { withDiagnosis } from '../record/incidents.ts'
import type { GuardLoopDeps } from './guard.ts'
import type { Session } from './session.ts'

/** How soon the same answer with other numbers is kept. */
const NUMBERS_EVERY_MS: Milliseconds = 30_000
/** An answer outlasts readings that name nothing for so long: signals are means, and show a trouble when it is over already. */
const KNOWN_FOR_MS: Milliseconds = 30_000

/** Calm costs a comparison. The answer is kept with the Incident, the last one when all is back under the limits. */
export function carryDiagnosis({ log }: Pick<GuardLoopDeps, 'log'>, session: Session, assessment: Assessment): void {
  const { limits, findings, at } = assessment
  session.resources.turn(isAnyLimit('holding', limits) || isAnyLimit('breached', limits))
  const { incident } = session.state
  if (findings.length === 0 || incident === undefined || incident.status.phase !== 'Open') return
  if (!session.resources.takeNews() && incident.status.diagnosis !== undefined) return
  const diagnosis = diagnose({
    observations: assessment.observations,
    findings,
    readings: session.resources.readings(),
    pods: session.resources.pods(),
    rules: session.plan.rules,
    minimumRequests: session.plan.spec.limits.minimumRequests,
  })
  const next = diagnosisStatus(diagnosis, at)
  const before = incident.status.diagnosis
  if (next.resource !== undefined) session.namedAt = at
  else if (before?.resource !== undefined && at - session.namedAt < KNOWN_FOR_MS) return
  if (!isWorthKeeping(before, next, at)) return
  if (before?.resource !== next.resource)
    log.info({ guard: session.key, resource: next.resource }, `${session.key}: diagnosis: ${next.summary}`)
  session.state = { ...session.state, incident: withDiagnosis(incident, next, at) }
}

function isWorthKeeping(before: DiagnosisStatus | undefined, next: DiagnosisStatus, now: EpochMs): boolean {
  return before === undefined || isOtherAnswer(before, next) || now - Date.parse(before.at) >= NUMBERS_EVERY_MS
}
