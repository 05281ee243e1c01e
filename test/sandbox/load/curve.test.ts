// The curve of the load: a day that goes up and down around its middle, and a spike that multiplies it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Curve, factorAt, noSpike, rateAt, turnSpike } from '../../../sandbox/load/curve.ts'
import { createMix } from '../../../sandbox/load/mix.ts'

const DAY: Curve = { base: 60, amplitude: 0.1, dayMs: 120_000, startedAt: 1_000, spike: noSpike(1_000) }
const SPIKE = { from: 1, to: 4, since: 1_000, rampMs: 2_000 }

describe('the rate', () => {
  test.each([
    ['in the morning', 0, 60],
    ['at noon', 30_000, 66],
    ['in the evening', 60_000, 60],
    ['at midnight', 90_000, 54],
    ['the next morning', 120_000, 60],
  ])('%s', (_, afterMs, rps) => {
    expect(rateAt(DAY, DAY.startedAt + afterMs)).toBeCloseTo(rps)
  })

  test.each([
    ['before the spike', 0, 1],
    ['in the middle of its ramp', 1_000, 2.5],
    ['at its height', 2_000, 4],
    ['and as long as it lasts', 60_000, 4],
  ])('%s', (_, afterMs, factor) => {
    const flat = { ...DAY, amplitude: 0, spike: SPIKE }
    expect(rateAt(flat, SPIKE.since + afterMs)).toBeCloseTo(60 * factor)
  })

  test('is never negative, and never above the middle, its day and its spike', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.double({ min: 0, max: 1, noNaN: true }), (at, amplitude) => {
        const rate = rateAt({ ...DAY, amplitude, spike: SPIKE }, at)
        expect(rate).toBeGreaterThanOrEqual(0)
        expect(rate).toBeLessThanOrEqual(60 * (1 + amplitude) * 4 + 1e-9)
      }),
    )
  })
})

describe('a spike', () => {
  test('that is called off while it rises goes down from where it is', () => {
    const off = turnSpike(SPIKE, 1, SPIKE.since + 1_000, 2_000)
    expect(factorAt(off, SPIKE.since + 1_000)).toBeCloseTo(2.5)
    expect(factorAt(off, SPIKE.since + 2_000)).toBeCloseTo(1.75)
    expect(factorAt(off, SPIKE.since + 3_000)).toBeCloseTo(1)
  })

  test('that is asked for again goes on as it was', () => {
    expect(turnSpike(SPIKE, 4, SPIKE.since + 500, 2_000)).toBe(SPIKE)
  })
})

describe('the mix', () => {
  test('has in any hundred requests what it was asked for, and spreads it', () => {
    const next = createMix({ page: 30, checkout: 25, catalogue: 25, reviews: 20 })
    const names = Array.from({ length: 300 }, next)
    for (const from of [0, 100, 200]) {
      const hundred = names.slice(from, from + 100)
      const count = (name: string) => hundred.filter((one) => one === name).length
      expect([count('page'), count('checkout'), count('catalogue'), count('reviews')]).toEqual([30, 25, 25, 20])
    }
    const pagesFrom = (from: number) => names.slice(from, from + 10).filter((name) => name === 'page').length
    for (let from = 0; from <= 290; from += 1) expect([2, 3, 4]).toContain(pagesFrom(from))
  })

  test('of nothing is a mistake', () => {
    expect(() => createMix({ page: 0 })).toThrow(/weight above 0/)
  })
})
