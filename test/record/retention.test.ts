// Old Incidents go, new ones and open ones stay, and however a service flaps their number is bounded.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../../controller/model/assessment.ts'
import type { Incident } from '../../controller/model/incident.ts'
import { advanceIncident } from '../../controller/record/incidents.ts'
import { pastRetention, type ResolvedIncident, readResolved } from '../../controller/record/retention.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 0, 31)
const RETENTION = { keepForMs: 30 * DAY, keep: 3 }
const resolved = (name: string, daysAgo: number, guard = 'checkout'): ResolvedIncident => ({
  namespace: 'shop',
  name,
  resourceVersion: '1',
  guard,
  resolvedAt: NOW - daysAgo * DAY,
})
const deleted = (...incidents: ResolvedIncident[]) =>
  pastRetention(incidents, () => RETENTION, NOW).map(({ name }) => name)

describe('past retention are', () => {
  it.each<[string, ResolvedIncident[], string[]]>([
    ['none of a few new ones', [resolved('a', 1), resolved('b', 2)], []],
    ['not those of just the time', [resolved('a', 30)], []],
    ['those older than the time, oldest first', [resolved('a', 31), resolved('b', 1), resolved('c', 40)], ['c', 'a']],
    [
      'those past the number that is kept, the oldest',
      [resolved('a', 1), resolved('b', 4), resolved('c', 3), resolved('d', 2)],
      ['b'],
    ],
    [
      'each Guard’s for itself',
      [resolved('a', 1), resolved('b', 2), resolved('c', 3), resolved('d', 4, 'cart'), resolved('e', 5, 'cart')],
      [],
    ],
  ])('%s', (_, incidents, names) => expect(deleted(...incidents)).toEqual(names))

  it('none where no retention is known', () => {
    expect(pastRetention([resolved('a', 400)], () => undefined, NOW)).toEqual([])
  })
})

describe('an Incident', () => {
  const raw = (changes: object, metadata: object = {}) => ({
    metadata: { namespace: 'shop', name: 'a', resourceVersion: '7', ...metadata },
    spec: { guard: 'checkout' },
    status: { phase: 'Resolved', resolvedAt: '2026-01-01T00:00:00.000Z', ...changes },
  })

  it('that is resolved can go', () => {
    expect(readResolved(raw({}))).toEqual({
      namespace: 'shop',
      name: 'a',
      resourceVersion: '7',
      guard: 'checkout',
      resolvedAt: Date.UTC(2026, 0, 1),
    })
  })

  it.each<[string, unknown]>([
    ['is open', raw({ phase: 'Open' })],
    ['is mitigated', raw({ phase: 'Mitigated' })],
    ['does not say when it was resolved', raw({ resolvedAt: undefined })],
    ['says nonsense', raw({ resolvedAt: 'yesterday' })],
    ['has no version to be deleted at', raw({}, { resourceVersion: undefined })],
    ['is no object', 'x'],
  ])('that %s stays', (_, object) => expect(readResolved(object)).toBeUndefined())
})

it('however a service flaps, a Guard has no more Incidents than it keeps and the one that runs', () => {
  const subject = { namespace: 'shop', guard: 'checkout', target: { kind: 'Deployment', name: 'checkout' } }
  const flap = fc.record({
    calmMs: fc.integer({ min: 1, max: 600_000 }),
    breachMs: fc.integer({ min: 1, max: 60_000 }),
  })
  let most = 0
  fc.assert(
    fc.property(fc.array(flap, { maxLength: 40 }), (flaps) => {
      const stored = new Map<string, Incident>()
      let incident: Incident | undefined
      let now = NOW
      const see = (findings: readonly Finding[]) => {
        const circumstances = { reopenWithinMs: 120_000, critical: undefined }
        incident = advanceIncident(subject, incident, findings, now, circumstances) ?? incident
        if (incident !== undefined) stored.set(incident.name, incident)
        const over = [...stored.values()].flatMap(
          ({ name, namespace, spec, status }) =>
            readResolved({ metadata: { name, namespace, resourceVersion: '1' }, spec, status }) ?? [],
        )
        for (const { name } of pastRetention(over, () => RETENTION, now)) {
          // What runs, or may be reopened, is never among them.
          expect(name).not.toBe(incident?.name)
          stored.delete(name)
        }
        most = Math.max(most, stored.size)
        expect(stored.size).toBeLessThanOrEqual(RETENTION.keep + 1)
      }
      for (const { calmMs, breachMs } of flaps) {
        now += calmMs
        const common = { limit: 'cpu', value: 1, threshold: 0.9, peak: 1, eased: false } as const
        see([{ ...common, onset: now, confirmedAt: now }])
        now += breachMs
        see([])
      }
    }),
  )
  expect(most).toBe(RETENTION.keep + 1)
})
