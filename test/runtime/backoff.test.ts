// Backoff: doubles, is bounded, and spreads.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs, jittered } from '../../controller/runtime/backoff.ts'

test.each([
  { failures: 0, random: 0, wait: 50 },
  { failures: 1, random: 0, wait: 50 },
  { failures: 1, random: 1, wait: 100 },
  { failures: 2, random: 0, wait: 100 },
  { failures: 4, random: 0.5, wait: 600 },
  { failures: 5, random: 1, wait: 1000 },
  { failures: 5000, random: 1, wait: 1000 },
])('after $failures failures and a random number of $random it waits $wait ms', ({ failures, random, wait }) => {
  expect(backoffMs(failures, { baseMs: 100, maxMs: 1000, random: () => random })).toBe(wait)
})

test('a wait is always between half the base and the maximum, and never shrinks with more failures', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 1, max: 10_000 }),
      fc.nat(1_000_000),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, baseMs, extraMs, chance) => {
        const policy = { baseMs, maxMs: baseMs + extraMs, random: () => chance }
        const wait = backoffMs(failures, policy)
        expect(wait).toBeGreaterThanOrEqual(baseMs / 2)
        expect(wait).toBeLessThanOrEqual(policy.maxMs)
        expect(backoffMs(failures + 1, policy)).toBeGreaterThanOrEqual(wait)
      },
    ),
  )
})

test('jitter only lengthens, and by no more than its share', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (ms, chance) => {
      const wait = jittered(ms, 0.2, () => chance)
      expect(wait).toBeGreaterThanOrEqual(ms)
      expect(wait).toBeLessThanOrEqual(ms * 1.2)
    }),
  )
})
