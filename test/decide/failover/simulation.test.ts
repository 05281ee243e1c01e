// The whole of failover on a simulated store: whatever fails, and whoever leads, there is one primary, and in the end all is well.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Event, FAULTS, type Run, simulate } from './simulate.ts'

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

describe('failover on a simulated store', () => {
  it('never has two primaries that take writes, keeps every rule, and ends with one', () => {
    fc.assert(
      fc.property(run, (one) => {
        expect(simulate(one).broken).toEqual([])
      }),
      { numRuns: Number(process.env.RUNS ?? 300), seed: Number(process.env.SEED ?? 6), endOnFailure: false },
    )
  })
})
