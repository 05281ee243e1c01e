// What came of the load, second by second, on a clock that the test moves.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSeconds } from '../../../sandbox/load/seconds.ts'

function counting(keep = 600) {
  const clock = { now: 10_000, wanted: 60 }
  const seconds = createSeconds({ now: () => clock.now, wanted: () => clock.wanted, keep })
  return { clock, seconds }
}

describe('seconds', () => {
  test('count a request where it started, and its end where it ended', () => {
    const { clock, seconds } = counting()
    seconds.started()
    seconds.started()
    clock.now = 10_400
    seconds.ended(undefined, 40)
    clock.now = 11_200
    clock.wanted = 61
    seconds.ended('503', 900)
    expect(seconds.after(0)).toEqual([
      { at: 10_000, wanted: 60, sent: 2, ok: 1, failed: 0, p50Ms: 40, p99Ms: 40, failures: {} },
    ])
    clock.now = 12_000
    expect(seconds.after(10_000)).toEqual([
      { at: 11_000, wanted: 61, sent: 0, ok: 0, failed: 1, p50Ms: 900, p99Ms: 900, failures: { '503': 1 } },
    ])
  })

  test('that passed in quiet are told as such, and the present one is not told', () => {
    const { clock, seconds } = counting()
    clock.now = 11_000
    seconds.after(0)
    clock.now = 12_999
    expect(seconds.after(0).map(({ at, sent, p99Ms }) => ({ at, sent, p99Ms }))).toEqual([
      { at: 10_000, sent: 0, p99Ms: 0 },
      { at: 11_000, sent: 0, p99Ms: 0 },
    ])
  })

  test('have exact quantiles by the nearest rank', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 300 }), (latencies) => {
        const { clock, seconds } = counting()
        for (const ms of latencies) seconds.ended(undefined, ms)
        clock.now = 11_000
        const [second] = seconds.after(0)
        const notAbove = (limit: number) => latencies.filter((ms) => ms <= limit).length / latencies.length
        const below = (limit: number) => latencies.filter((ms) => ms < limit).length / latencies.length
        for (const [share, value] of [
          [0.5, second?.p50Ms],
          [0.99, second?.p99Ms],
        ] as const) {
          expect(latencies).toContain(value)
          expect(notAbove(value ?? 0)).toBeGreaterThanOrEqual(share)
          expect(below(value ?? 0)).toBeLessThan(share)
        }
      }),
    )
  })

  test('are forgotten when they are too many', () => {
    const { clock, seconds } = counting(3)
    for (let passed = 0; passed < 10; passed += 1) {
      clock.now += 1_000
      seconds.started()
    }
    expect(seconds.after(0).map(({ at }) => at)).toEqual([17_000, 18_000, 19_000])
  })
})
