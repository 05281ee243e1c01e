// Incidents as the view shows them, what they tell when they change, and which of them matters most.

import type { IncidentView, TimelineEntry } from '../model.ts'
import { lowerFirst, tellDecision } from './guard-news.ts'
import type { Draft } from './log-book.ts'
import type { Incident } from './objects.ts'

const TIMELINE = 60
const ACT = /^(\S+) (replicas|minimum) (\d+ → \d+)(.*)$/s
const FEATURE_ACT = /^Feature\/(\S+) (off|on)(.*)$/s
const DECISION = /^(Set|Would set|Did not set) /

/** Entries of the timeline that are new. Acts are left to the Guard, which tells them with their outcome. */
export function incidentNews(before: Incident | undefined, after: Incident): readonly Draft[] {
  const { metadata, spec, status } = after
  const service = spec.target?.name ?? spec.guard
  const known = before?.status?.timeline ?? []
  const guardKey = `${metadata.namespace}/${spec.guard}`
  return (status?.timeline ?? [])
    .filter(
      ({ at, what }) =>
        !ACT.test(what) && !FEATURE_ACT.test(what) && !known.some((one) => one.at === at && one.what === what),
    )
    .map(({ at, what }) =>
      DECISION.test(what)
        ? { ...tellDecision(guardKey, at, what), service }
        : {
            key: `entry ${metadata.namespace}/${metadata.name} ${at} ${what}`,
            at,
            kind: 'saw',
            service,
            text: lowerFirst(what),
          },
    )
}

/** Undefined while the Incident has no status. */
export function incidentView({ metadata, spec, status }: Incident): IncidentView | undefined {
  if (status === undefined) return undefined
  const worst = status.findings.reduce<(typeof status.findings)[number] | undefined>(
    (worse, one) => (worse === undefined || one.peak / one.threshold > worse.peak / worse.threshold ? one : worse),
    undefined,
  )
  return {
    name: metadata.name,
    guard: spec.guard,
    phase: status.phase,
    onset: status.onset,
    detected: status.detectedAt,
    firstAct: status.firstActionAt,
    mitigated: status.mitigatedAt,
    resolved: status.resolvedAt,
    finding: worst?.text || status.summary,
    timeline: status.timeline.slice(-TIMELINE).map(entryOf),
  }
}

function entryOf({ at, what }: { readonly at: number; readonly what: string }): TimelineEntry {
  const [, , field, change, rest] = ACT.exec(what) ?? []
  if (field !== undefined) {
    // How it was decided stands in the log; whether it helped is said on a line of its own.
    const isVerdict = /: (it (helped|did not help)|whether it helped)/.test(rest ?? '')
    return {
      at,
      kind: isVerdict ? 'note' : 'act',
      what: `${field} ${change}${(rest ?? '').replace(/^, because: /, ': ')}`,
    }
  }
  const [, feature, state, because] = FEATURE_ACT.exec(what) ?? []
  if (feature !== undefined)
    return {
      at,
      kind: because?.startsWith(', because') === true ? 'act' : 'note',
      what: `${feature} ${state}${(because ?? '').replace(/^, because: /, ': ')}`,
    }
  if (DECISION.test(what)) return { at, kind: 'note', what: tellDecision('', at, what).text }
  const kinds = [
    ['onset', /^Onset/],
    ['detected', /^Detected/],
    ['mitigated', /^Mitigated/],
    ['resolved', /^Resolved/],
  ] as const
  return {
    at,
    kind: kinds.find(([, pattern]) => pattern.test(what))?.[0] ?? 'note',
    what: what.replace(/^(Onset|Detected|Mitigated|Resolved):? /, ''),
  }
}

const URGENCY = { Open: 0, Mitigated: 1, Resolved: 2 } as const

/** The open one that matters most, else the last. `rankOf` a Guard: lower matters more; of equals, the one that began first. */
export function mostPressing(
  incidents: readonly IncidentView[],
  rankOf: (guard: string) => number,
): IncidentView | undefined {
  const urgency = ({ phase }: IncidentView) => URGENCY[phase]
  return [...incidents].sort((a, b) => {
    const order = urgency(a) - urgency(b)
    if (order !== 0) return order
    return a.phase === 'Resolved' ? b.onset - a.onset : rankOf(a.guard) - rankOf(b.guard) || a.onset - b.onset
  })[0]
}
