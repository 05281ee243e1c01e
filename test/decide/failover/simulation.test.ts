// The whole of failover on a simulated store: whatever fails, and whoever leads, there is one primary, and in the end all is well.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Event, FAULTS, type Run } from './run.ts'
import { automaticFailovers, simulate } from './simulate.ts'

const event: fc.Arbitrary<Event> = fc.record({
  after: fc.integer({ min: 0, max: 25 }),
  fault: fc.constantFrom(...FAULTS),
  member: fc.nat(11),
})
const run: fc.Arbitrary<Run> = fc.record({
  kind: fc.constantFrom('redis', 'mysql'),
  members: fc.integer({ min: 3, max: 4 }),
  mode: fc.constantFrom('Enforce', 'Enforce', 'Enforce', 'Enforce', 'Enforce', 'Observe', 'Paused'),
  failback: fc.constantFrom('Manual', 'Automatic'),
  deletePod: fc.boolean(),
  seed: fc.integer(),
  events: fc.array(event, { minLength: 1, maxLength: 14 }),
})
const A_RUN: Run = {
  kind: 'redis',
  members: 3,
  mode: 'Enforce',
  failback: 'Manual',
  deletePod: true,
  seed: 1,
  events: [],
}

describe('failover on a simulated store', () => {
  it('keeps every rule, never has two primaries that take writes, and ends with one', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(run, (one) => {
        const { broken, steps, switches } = simulate(one)
        for (const step of steps) seen.add(step)
        for (const { kind, outcome } of switches) seen.add(`${kind} ${outcome}`)
        expect(broken).toEqual([])
      }),
      { numRuns: 250, seed: 6 },
    )
    // It has been everywhere, or else it would prove little.
    for (const what of [
      'Unfencing',
      'Routing',
      'Failover Done',
      'Failover Abandoned',
      'Failover Refused',
      'Failback Done',
      'Drill Done',
      'Switchover Done',
    ])
      expect(seen).toContain(what)
  })

  const losses = (['redis', 'mysql'] as const).flatMap((kind) =>
    (['kill', 'hang', 'delete', 'switchover'] as const).map((fault) => ({ kind, fault })),
  )
  it.each(losses)('of $kind ends well wherever its leader is killed: $fault', ({ kind, fault }) => {
    const one: Run = { ...A_RUN, kind, events: [{ after: 6, fault, member: 0 }] }
    const { points, steps } = simulate(one)
    expect([...steps]).toEqual(['Fencing', 'Promoting', 'Following', 'Routing'])
    expect(points).toBeGreaterThan(20)
    for (let killAt = 1; killAt <= points + 5; killAt++) {
      const { broken, switches } = simulate({ ...one, killAt })
      expect(broken, `killed at ${killAt}`).toEqual([])
      // A process that ended may be back before the next leader has seen enough.
      const done = switches.filter(({ kind: what, outcome }) => what !== 'Adoption' && outcome === 'Done')
      expect(done.length, `killed at ${killAt}`).toBeLessThanOrEqual(1)
      if (fault === 'hang' || fault === 'switchover') expect(done, `killed at ${killAt}`).toHaveLength(1)
    }
  })

  it('is made once by two leaders that both believe they lead', () => {
    fc.assert(
      fc.property(fc.constantFrom('redis', 'mysql'), fc.integer(), (kind, seed) => {
        const events: Event[] = [
          { after: 4, fault: 'twoLeaders', member: 0 },
          { after: 1, fault: 'hang', member: 0 },
          { after: 20, fault: 'heal', member: 0 },
        ]
        const { broken, switches } = simulate({ ...A_RUN, kind, seed, events })
        expect(broken).toEqual([])
        expect(automaticFailovers(switches)).toBe(1)
      }),
      { numRuns: 60, seed: 6 },
    )
  })

  it('makes one automatic failover of a primary that flaps, and refuses the others while it is blocked', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('redis', 'mysql'),
        fc.integer(),
        fc.constantFrom('kill', 'hang', 'delete'),
        (kind, seed, fault) => {
          const flap = (): Event[] => [
            { after: 14, fault, member: 0 },
            { after: 14, fault: 'heal', member: 0 },
          ]
          const events = Array.from({ length: 8 }, flap).flat()
          const { broken, refusals, switches } = simulate({
            ...A_RUN,
            kind,
            seed,
            events,
            members: 3,
            acknowledges: false,
          })
          expect(broken).toEqual([])
          expect(automaticFailovers(switches)).toBe(1)
          expect(refusals).toBeGreaterThan(0)
        },
      ),
      { numRuns: 25, seed: 6 },
    )
  })
})
