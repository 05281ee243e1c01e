import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../../controller/model/assessment.ts'
import type { Action } from '../../controller/model/guard-status.ts'
import { INCIDENT_STATUS, type Incident } from '../../controller/model/incident.ts'
import {
  advanceIncident as advance,
  closeIncident,
  type IncidentCircumstances,
  withAction,
  withEntry,
} from '../../controller/record/incidents.ts'

const T0 = Date.parse('2026-01-01T12:00:00Z')
const SUBJECT = { namespace: 'shop', guard: 'checkout', target: { kind: 'Deployment', name: 'checkout' } }
const finding = (changes: Partial<Finding> = {}): Finding => ({
  limit: 'rps',
  onset: T0,
  confirmedAt: T0 + 2000,
  value: 1840,
  threshold: 1000,
  peak: 1840,
  eased: false,
  ...changes,
})
const action: Action = {
  id: 'a',
  at: new Date(T0 + 2000).toISOString(),
  remedy: 'scale',
  field: 'Deployment/checkout replicas',
  from: 2,
  to: 4,
  why: 'load',
  outcome: 'Done',
}
const second = (seconds: number) => T0 + seconds * 1000
const at = (seconds: number) => new Date(second(seconds)).toISOString()

const NOT_CRITICAL: IncidentCircumstances = { reopenWithinMs: 20_000, critical: undefined }
const advanceIncident = (
  subject: typeof SUBJECT,
  previous: Incident | undefined,
  findings: readonly Finding[],
  now: number,
  circumstances = NOT_CRITICAL,
) => advance(subject, previous, findings, now, circumstances)

function opened(): Incident {
  const incident = advanceIncident(SUBJECT, undefined, [finding()], second(2))
  if (incident === undefined) throw new Error('not opened')
  return incident
}

const MOVES = [
  'Open → Open',
  'Open → Mitigated',
  'Open → Resolved',
  'Mitigated → Mitigated',
  'Mitigated → Open',
  'Mitigated → Resolved',
  'Resolved → Resolved',
  'Resolved → Open',
  // Reopened by a breach that has eased already.
  'Resolved → Mitigated',
]

describe('an incident', () => {
  it('is not opened while nothing is found', () => {
    expect(advanceIncident(SUBJECT, undefined, [], T0)).toBeUndefined()
  })

  it('begins at the onset, not when it was noticed, and has a name that the same breach gives again', () => {
    const incident = opened()
    expect(incident.status).toMatchObject({ phase: 'Open', onset: at(0), detectedAt: at(2) })
    expect(incident.name).toBe(opened().name)
    expect(incident.name).toMatch(/^checkout-[0-9a-z]+$/)
  })

  it('tells the whole story: onset, detection, act, mitigation, resolution', () => {
    let incident = withAction(opened(), action, second(2))
    incident = advanceIncident(SUBJECT, incident, [finding({ peak: 2100, value: 2100 })], second(3)) ?? incident
    incident =
      advanceIncident(
        SUBJECT,
        incident,
        [finding({ peak: 2100, value: 1500, threshold: 2000, eased: true })],
        second(8),
      ) ?? incident
    incident = withAction(incident, { ...action, verdict: 'Improved' }, second(30))
    incident = advanceIncident(SUBJECT, incident, [], second(40)) ?? incident
    expect(incident.status).toMatchObject({
      phase: 'Resolved',
      firstActionAt: at(2),
      mitigatedAt: at(8),
      resolvedAt: at(40),
    })
    expect(incident.status.findings).toMatchObject([{ limit: 'rps', peak: 2100, releasedAt: at(40) }])
    expect(incident.status.timeline.map((entry) => entry.what)).toEqual([
      'Onset: Load past the limit',
      'Detected after 2 s: Load is 1,840 req/s, over what the ready replicas serve, 1,000 req/s',
      'Deployment/checkout replicas 2 → 4, because: load',
      'Mitigated: back under the limit 8 s after onset',
      'Deployment/checkout replicas 2 → 4: it helped',
      'Resolved 40 s after onset',
    ])
    expect(INCIDENT_STATUS.safeParse(incident.status).success).toBe(true)
  })

  it('tells what an act has measurably done, and how fast', () => {
    const shed = {
      ...action,
      remedy: 'degrade',
      field: 'Feature/reviews',
      from: 1,
      to: 0,
      effect: [{ limit: 'errors', threshold: 0.05, before: 0.12, after: 0.004 }],
    }
    const judgedAt = new Date(Date.parse(shed.at) + 6000).toISOString()
    const incident = withAction(
      withAction(opened(), shed, second(2)),
      { ...shed, verdict: 'Improved', judgedAt },
      second(8),
    )
    expect(incident.status.timeline.map(({ what }) => what).slice(-2)).toEqual([
      'Feature/reviews off, because: load',
      'Feature/reviews off: Error ratio 12 % → 0.4 % in 6 s: it helped',
    ])
  })

  it('is open again when a limit is passed again before the release', () => {
    let incident = advanceIncident(SUBJECT, opened(), [finding({ eased: true })], second(5)) ?? opened()
    expect(incident.status.phase).toBe('Mitigated')
    incident = advanceIncident(SUBJECT, incident, [finding()], second(6)) ?? incident
    expect(incident.status).toMatchObject({ phase: 'Open' })
    expect(incident.status.mitigatedAt).toBeUndefined()
  })

  it('takes in a second breach while it is open', () => {
    const cpu = finding({ limit: 'cpu', onset: second(4), value: 0.97, peak: 0.97, threshold: 0.9 })
    const incident = advanceIncident(SUBJECT, opened(), [finding(), cpu], second(6))
    expect(incident?.name).toBe(opened().name)
    expect(incident?.status.findings.map((one) => one.limit)).toEqual(['rps', 'cpu'])
  })

  it.each<[string, number, number, boolean]>([
    ['a breach that began within the time to reopen', 60, 20_000, true],
    ['one that began later', 61, 20_000, false],
    ['one that began before it was resolved', 39, 0, true],
    ['any later one when nothing is to be reopened', 41, 0, false],
  ])('resolved at 40 s, for %s', (_, onset, reopenWithinMs, isReopened) => {
    const resolved = advanceIncident(SUBJECT, opened(), [], second(40))
    const rules = { reopenWithinMs, critical: undefined }
    const next = advanceIncident(SUBJECT, resolved, [finding({ onset: second(onset) })], second(onset + 2), rules)
    expect(next?.status.phase).toBe('Open')
    expect(next?.name === resolved?.name).toBe(isReopened)
    expect(next?.status.reopened).toBe(isReopened ? 1 : undefined)
  })

  it('that is reopened keeps its beginning, forgets its end, and tells how it went on', () => {
    let incident = withAction(opened(), action, second(2))
    incident = advanceIncident(SUBJECT, incident, [], second(40)) ?? incident
    incident = advanceIncident(SUBJECT, incident, [finding({ onset: second(52) })], second(54)) ?? incident
    expect(incident.status).toMatchObject({ onset: at(0), detectedAt: at(2), firstActionAt: at(2), reopened: 1 })
    expect(incident.status.mitigatedAt ?? incident.status.resolvedAt).toBeUndefined()
    expect(incident.status.findings).toMatchObject([{ onset: at(0), releasedAt: at(40) }, { onset: at(52) }])
    incident = advanceIncident(SUBJECT, incident, [], second(90)) ?? incident
    expect(incident.status).toMatchObject({ phase: 'Resolved', resolvedAt: at(90), mitigatedAt: at(90) })
    expect(incident.status.summary).toMatch(/, over the limit for 1 m 30 s, reopened once$/)
    expect(incident.status.timeline.map(({ what }) => what)).toContain(
      'Reopened: past the limit again 12 s after it was resolved',
    )
    expect(INCIDENT_STATUS.safeParse(incident.status).success).toBe(true)
  })

  it('that flaps for ever gives way to a new one now and then, and none grows without end', () => {
    const names = new Set<string>()
    let incident: Incident | undefined
    for (let flap = 0; flap < 120; flap++) {
      const onset = second(flap * 20)
      incident = advanceIncident(SUBJECT, incident, [finding({ onset, peak: 1500 + (flap % 7) })], onset + 2000)
      incident = advanceIncident(SUBJECT, incident, [], onset + 10_000) ?? incident
      if (incident === undefined) throw new Error('not opened')
      names.add(incident.name)
      expect(incident.status.findings.length).toBeLessThanOrEqual(40)
      expect(incident.status.findings.at(-1)?.releasedAt).toBeDefined()
      expect(JSON.stringify(incident).length).toBeLessThan(50_000)
    }
    expect(names.size).toBe(3)
  })

  it.each<[string, (string | undefined)[], string]>([
    ['a warning while nothing makes it critical', [undefined, undefined], 'Warning'],
    ['critical from its beginning', ['requests fail', undefined], 'Critical'],
    ['critical once it was, and stays so', [undefined, 'no replica is ready', undefined], 'Critical'],
  ])('is %s', (_, reasons, severity) => {
    let incident: Incident | undefined
    for (const [index, critical] of reasons.entries())
      incident = advanceIncident(SUBJECT, incident, [finding()], second(2 + index), { ...NOT_CRITICAL, critical })
    expect(incident?.status.severity).toBe(severity)
    const told = incident?.status.timeline.filter(({ what }) => what.startsWith('Critical now: ')) ?? []
    expect(told.length).toBe(severity === 'Critical' && reasons[0] === undefined ? 1 : 0)
  })

  it('from before there were severities gets one while it is open', () => {
    const { severity: _, ...old } = opened().status
    const incident = advanceIncident(SUBJECT, { ...opened(), status: old }, [finding()], second(3))
    expect(incident?.status.severity).toBe('Warning')
  })

  it('is closed when its Guard is deleted, since nobody will see its end', () => {
    const closed = closeIncident(opened(), 'The Guard was deleted', second(9))
    expect(closed.status).toMatchObject({ phase: 'Resolved', resolvedAt: at(9) })
    expect(closed.status.timeline.map((entry) => entry.what)).toContain('The Guard was deleted')
    expect(closeIncident(closed, 'x', second(10))).toBe(closed)
  })

  it('is the same object while nothing changes', () => {
    const incident = opened()
    expect(advanceIncident(SUBJECT, incident, [finding()], second(9))).toBe(incident)
    expect(withAction(withAction(incident, action, T0), action, T0).status.actions).toHaveLength(1)
    const told = withEntry(incident, 'x', T0)
    expect(withEntry(told, 'x', T0 + 5)).toBe(told)
  })

  it('keeps its beginning and its end however long it lasts', () => {
    let incident = opened()
    for (let i = 0; i < 500; i++) incident = withEntry(incident, `entry ${i}`, second(i))
    expect(incident.status.timeline.length).toBeLessThanOrEqual(100)
    expect(incident.status.timeline[0]?.what).toMatch(/^Onset/)
    expect(incident.status.timeline.at(-1)?.what).toBe('entry 499')
  })

  it('never runs backwards: detected after onset, mitigated before resolved, whatever is found', () => {
    const step = fc.record({
      gap: fc.integer({ min: 1, max: 60 }),
      limits: fc.subarray(['rps', 'cpu', 'errors'] as const),
      eased: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let incident: Incident | undefined
        let now = 0
        for (const { gap, limits, eased } of steps) {
          now += gap
          const findings = limits.map((limit) =>
            finding({ limit, onset: second(now - 1), confirmedAt: second(now), eased }),
          )
          const before: Incident | undefined = incident
          incident = advanceIncident(SUBJECT, incident, findings, second(now)) ?? incident
          if (incident === undefined) continue
          if (before?.name === incident.name) {
            const move = `${before.status.phase} → ${incident.status.phase}`
            expect(MOVES).toContain(move)
            const times =
              (before.status.reopened ?? 0) +
              (before.status.phase === 'Resolved' && incident.status.phase !== 'Resolved' ? 1 : 0)
            expect(incident.status.reopened ?? 0).toBe(times)
          } else expect(before === undefined || before.status.phase === 'Resolved').toBe(true)
          const { onset, detectedAt, mitigatedAt = detectedAt, resolvedAt, phase } = incident.status
          expect(
            onset <= detectedAt && detectedAt <= mitigatedAt && (resolvedAt === undefined || mitigatedAt <= resolvedAt),
          ).toBe(true)
          expect(phase === 'Resolved').toBe(resolvedAt !== undefined)
          expect(INCIDENT_STATUS.safeParse(incident.status).success).toBe(true)
        }
      }),
    )
  })
})
