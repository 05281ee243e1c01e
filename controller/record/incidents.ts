// The course of an Incident: opened on the first finding, mitigated when all is back under the limits, resolved when that lasted. Pure.
import { type Finding, LIMITS } from '../model/assessment.ts'
import { describeFinding, describeLimit, describeValue } from '../model/describe.ts'
import type { Action } from '../model/guard-status.ts'
import type { Incident, IncidentFinding, IncidentStatus, TimelineEntry } from '../model/incident.ts'
import type { DiagnosisStatus } from '../model/resource.ts'
import { type EpochMs, formatDuration, type Milliseconds } from '../model/units.ts'
import { describeChange } from './fields.ts'
import { timestamp } from './status.ts'

/** The story keeps its beginning and its end when it grows past this. */
const TIMELINE_ENTRIES = 100
const OPENING_ENTRIES = 20
/** Past this a finding goes on with the last one of its limit. */
const MOST_FINDINGS = 40
/** A service that flaps for ever gives way to a new Incident now and then, so that none grows without end. */
const MOST_REOPENED = 50

export interface IncidentSubject {
  readonly namespace: string
  readonly guard: string
  readonly target: { readonly kind: string; readonly name: string }
}

export interface IncidentCircumstances {
  /** A breach whose onset is no later than this after the resolution goes on in the same Incident. */
  readonly reopenWithinMs: Milliseconds
  /** Why it is critical now; undefined while it is not. */
  readonly critical: string | undefined
}

/**
 * The Incident after this reading: opened, carried on, mitigated, resolved or reopened; undefined while there is none.
 * Phases move Open → Mitigated → Resolved, and back to Open when a limit is passed again: until it is resolved in any
 * case, and then within the time to reopen.
 */
export function advanceIncident(
  subject: IncidentSubject,
  previous: Incident | undefined,
  findings: readonly Finding[],
  now: EpochMs,
  { reopenWithinMs, critical }: IncidentCircumstances,
): Incident | undefined {
  if (previous === undefined || previous.status.phase === 'Resolved') {
    if (findings.length === 0) return undefined
    const current = reopened(previous, findings, reopenWithinMs, now) ?? openIncident(subject, findings)
    return { ...current, status: rated(withFindings(current.status, findings, now), critical, now) }
  }
  const status = withFindings(previous.status, findings, now)
  const judged = status.phase === 'Resolved' ? status : rated(status, critical, now)
  return judged === previous.status ? previous : { ...previous, status: judged }
}

/** Adds an act, or what became of it, to the Incident. The same act is told once per outcome and verdict. */
export function withAction(incident: Incident, action: Action, now: EpochMs): Incident {
  const { status } = incident
  const before = status.actions.find((one) => one.id === action.id)
  if (before !== undefined && before.outcome === action.outcome && before.verdict === action.verdict) return incident
  const actions =
    before === undefined
      ? [...status.actions, action]
      : status.actions.map((one) => (one.id === action.id ? action : one))
  const first = action.outcome === 'Done' ? { firstActionAt: status.firstActionAt ?? action.at } : {}
  return { ...incident, status: note({ ...status, actions, ...first }, now, describeAction(action, before)) }
}

/** Adds a sentence to the story, unless it is the last one already. */
export function withEntry(incident: Incident, what: string, now: EpochMs): Incident {
  if (incident.status.timeline.at(-1)?.what === what) return incident
  return { ...incident, status: note(incident.status, now, what) }
}

/** Keeps the diagnosis with the Incident; another answer is told in its story. */
export function withDiagnosis(incident: Incident, diagnosis: DiagnosisStatus, now: EpochMs): Incident {
  const before = incident.status.diagnosis
  const status: IncidentStatus = { ...incident.status, diagnosis }
  const isNews = before?.resource !== diagnosis.resource || before?.of !== diagnosis.of
  if (!isNews) return { ...incident, status }
  return { ...incident, status: note(status, now, `Diagnosis: ${diagnosis.summary}`) }
}

/** Closes the Incident of a Guard that is gone: nobody will see its end. */
export function closeIncident(incident: Incident, why: string, now: EpochMs): Incident {
  if (incident.status.phase === 'Resolved') return incident
  return { ...incident, status: resolved(note(incident.status, now, why), now) }
}

function openIncident(subject: IncidentSubject, findings: readonly Finding[]): Incident {
  const onset = Math.min(...findings.map((finding) => finding.onset))
  const detectedAt = Math.min(...findings.map((finding) => finding.confirmedAt))
  const opened: IncidentStatus = {
    phase: 'Open',
    summary: '',
    onset: timestamp(onset),
    detectedAt: timestamp(detectedAt),
    findings: [],
    actions: [],
    timeline: [
      {
        at: timestamp(onset),
        what: `Onset: ${findings.map((one) => describeLimit(one.limit)).join(', ')} past the limit`,
      },
    ],
  }
  return {
    // The same breach gives the same name, so that a successor finds what its predecessor opened.
    name: `${subject.guard.slice(0, 200)}-${Math.floor(onset / 1000).toString(36)}`,
    namespace: subject.namespace,
    spec: { guard: subject.guard, target: subject.target },
    status: opened,
  }
}

/** The resolved Incident, open again; undefined when the breach came too late to be the same trouble. */
function reopened(
  previous: Incident | undefined,
  findings: readonly Finding[],
  reopenWithinMs: Milliseconds,
  now: EpochMs,
): Incident | undefined {
  if (previous?.status.resolvedAt === undefined) return undefined
  const { resolvedAt, mitigatedAt: _, reopened: times = 0, ...rest } = previous.status
  const afterMs = Math.min(...findings.map((finding) => finding.onset)) - Date.parse(resolvedAt)
  if (afterMs > reopenWithinMs || times >= MOST_REOPENED) return undefined
  const told = `Reopened: past the limit again ${formatDuration(Math.max(0, afterMs))} after it was resolved`
  return { ...previous, status: note({ ...rest, phase: 'Open', reopened: times + 1 }, now, told) }
}

/** The worst that it was: a severity rises and never falls. */
function rated(status: IncidentStatus, critical: string | undefined, now: EpochMs): IncidentStatus {
  if (status.severity === 'Critical') return status
  if (critical === undefined) return status.severity === undefined ? { ...status, severity: 'Warning' } : status
  const rose: IncidentStatus = { ...status, severity: 'Critical' }
  return status.severity === undefined ? rose : note(rose, now, `Critical now: ${critical}`)
}

function withFindings(before: IncidentStatus, findings: readonly Finding[], now: EpochMs): IncidentStatus {
  let status = before
  for (const finding of findings) status = withFinding(status, finding, now)
  for (const known of status.findings) {
    if (known.releasedAt === undefined && !findings.some((finding) => finding.limit === known.limit))
      status = released(status, known, now)
  }
  const eased = findings.every((finding) => finding.eased)
  if (findings.length === 0) return resolved(status, now)
  if (eased && status.phase === 'Open') return mitigated(status, now)
  if (!eased && status.phase === 'Mitigated') {
    const { mitigatedAt: _, ...rest } = status
    const worse = findings
      .filter((finding) => !finding.eased)
      .map(describeFinding)
      .join('; ')
    return summarise(note({ ...rest, phase: 'Open' }, now, `Past the limit again: ${worse}`), now)
  }
  return status === before ? before : summarise(status, now)
}

function withFinding(status: IncidentStatus, finding: Finding, now: EpochMs): IncidentStatus {
  const known = status.findings.findIndex((one) => one.limit === finding.limit && one.releasedAt === undefined)
  const before = status.findings[known]
  if (before === undefined && status.findings.length >= MOST_FINDINGS) {
    const last = status.findings.findLastIndex((one) => one.limit === finding.limit)
    if (last >= 0) return withFinding({ ...status, findings: goingOn(status.findings, last) }, finding, now)
  }
  if (before !== undefined && before.peak >= finding.peak) return status
  const { limit, peak, threshold } = finding
  const onset = timestamp(finding.onset)
  const atPeak = before === undefined ? threshold : Math.max(before.threshold, threshold)
  const text = `${describeLimit(limit)} reached ${describeValue(limit, peak)}; the limit was ${describeValue(limit, atPeak)}`
  const record: IncidentFinding = { limit, onset, peak, threshold: before?.threshold ?? threshold, text }
  if (before !== undefined) return { ...status, findings: status.findings.with(known, record) }
  const told = `Detected after ${formatDuration(now - finding.onset)}: ${describeFinding(finding)}`
  return note({ ...status, findings: [...status.findings, record] }, now, told)
}

function goingOn(findings: readonly IncidentFinding[], index: number): IncidentFinding[] {
  return findings.map((one, at) => {
    if (at !== index) return one
    const { releasedAt: _, ...again } = one
    return again
  })
}

function released(status: IncidentStatus, known: IncidentFinding, now: EpochMs): IncidentStatus {
  const findings = status.findings.map((one) => (one === known ? { ...one, releasedAt: timestamp(now) } : one))
  return { ...status, findings }
}

function mitigated(status: IncidentStatus, now: EpochMs): IncidentStatus {
  const after = formatDuration(now - Date.parse(status.onset))
  return summarise(
    note(
      { ...status, phase: 'Mitigated', mitigatedAt: timestamp(now) },
      now,
      `Mitigated: back under the limit ${after} after onset`,
    ),
    now,
  )
}

function resolved(status: IncidentStatus, now: EpochMs): IncidentStatus {
  const mitigatedAt = status.mitigatedAt ?? timestamp(now)
  const after = formatDuration(now - Date.parse(status.onset))
  const closed: IncidentStatus = { ...status, phase: 'Resolved', mitigatedAt, resolvedAt: timestamp(now) }
  return summarise(note(closed, now, `Resolved ${after} after onset`), now)
}

function summarise(status: IncidentStatus, now: EpochMs): IncidentStatus {
  const texts = status.findings.map((finding) => finding.text).join('; ')
  const until = status.mitigatedAt === undefined ? now : Date.parse(status.mitigatedAt)
  const lasted =
    status.phase === 'Open' ? '' : `, over the limit for ${formatDuration(until - Date.parse(status.onset))}`
  const again =
    status.reopened === undefined ? '' : `, reopened ${status.reopened === 1 ? 'once' : `${status.reopened} times`}`
  return { ...status, summary: `${texts}${lasted}${again}` }
}

function describeAction(action: Action, before: Action | undefined): string {
  const change = describeChange(action)
  if (before !== undefined && before.verdict !== action.verdict && action.verdict !== undefined)
    return `${change}: ${describeEffect(action)}${VERDICTS[action.verdict]}`
  const detail = action.detail === undefined ? '' : `: ${action.detail}`
  if (action.outcome === 'Done') return `${change}, because: ${action.why}`
  return `${change} ${action.outcome.toLowerCase()}${detail}`
}

/** "p99 latency 812 ms → 120 ms in 6 s: " */
function describeEffect({ effect = [], at, judgedAt }: Action): string {
  if (effect.length === 0 || judgedAt === undefined) return ''
  const changes = effect.flatMap(({ limit, before, after }) => {
    const name = LIMITS.find((one) => one === limit)
    if (name === undefined) return []
    const now = after === undefined ? 'unknown' : describeValue(name, after)
    return [`${describeLimit(name)} ${describeValue(name, before)} → ${now}`]
  })
  return `${changes.join(', ')} in ${formatDuration(Date.parse(judgedAt) - Date.parse(at))}: `
}

const VERDICTS = {
  Improved: 'it helped',
  NotImproved: 'it did not help in time',
  Inconclusive: 'whether it helped can’t be told: the signals are unknown',
} as const

function note(status: IncidentStatus, now: EpochMs, what: string): IncidentStatus {
  const timeline: TimelineEntry[] = [...status.timeline, { at: timestamp(now), what }]
  if (timeline.length > TIMELINE_ENTRIES) timeline.splice(OPENING_ENTRIES, timeline.length - TIMELINE_ENTRIES)
  return { ...status, timeline }
}
