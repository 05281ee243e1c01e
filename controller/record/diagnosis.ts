// A diagnosis as status keeps it and people read it.
import type { Incident } from '../model/incident.ts'
import { type Diagnosis, type DiagnosisStatus, nameOfResource, type ResourceName } from '../model/resource.ts'
import type { EpochMs } from '../model/units.ts'
import { timestamp } from './status.ts'

export function diagnosisStatus(diagnosis: Diagnosis, at: EpochMs): DiagnosisStatus {
  const ruledOut = diagnosis.ruledOut.map((one) => ({ ...one, utilisation: rounded(one.utilisation) }))
  if (diagnosis.kind === 'notKnown')
    return { at: timestamp(at), summary: `not known: ${diagnosis.why}`, evidence: [], ruledOut }
  const { resource, utilisation, of, amount, confidence, evidence } = diagnosis
  return {
    at: timestamp(at),
    summary: `${nameOfResource(resource)} (${amount}, ${confidence})`,
    resource,
    utilisation: rounded(utilisation),
    ...(of === undefined ? {} : { of }),
    confidence,
    evidence: [...evidence],
    ruledOut,
  }
}

/** Whether it says something else than before, and not only other numbers. */
export function isOtherAnswer(before: DiagnosisStatus | undefined, now: DiagnosisStatus): boolean {
  const gist = ({ resource, of, confidence, ruledOut }: DiagnosisStatus) =>
    [resource, of, confidence, ...ruledOut.map((one) => one.resource)].join(' ')
  return before === undefined || gist(before) !== gist(now)
}

/** What binds while the Incident is open; undefined while that is not known. */
export function bindingResourceOf(incident: Incident | undefined): ResourceName | undefined {
  return incident === undefined || incident.status.phase === 'Resolved'
    ? undefined
    : incident.status.diagnosis?.resource
}

/** Six digits are more than anyone reads. */
function rounded(ratio: number): number {
  return Number(ratio.toPrecision(6))
}
