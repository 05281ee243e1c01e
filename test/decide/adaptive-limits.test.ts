// AIMD and Gradient2: how a limit follows the service.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adaptByAimd } from '../../controller/decide/remedies/aimd.ts'
import { adaptByGradient2 } from '../../controller/decide/remedies/gradient2.ts'
import type { LimitReading } from '../../controller/decide/remedies/limit.ts'

const WELL: LimitReading = { now: 100_000, isBreached: false, isCalm: true, isUsed: true, latency: 0.1, step: 2 }

describe('AIMD', () => {
  it.each<[string, Partial<LimitReading>, number | undefined, { limit: number; loweredAt?: number }]>([
    ['grows by a step while it is used', {}, undefined, { limit: 102 }],
    ['stays while less than half of it is used', { isUsed: false }, undefined, { limit: 100 }],
    ['stays while not all is calm', { isCalm: false }, undefined, { limit: 100 }],
    ['falls by a tenth on a breach', { isBreached: true, isCalm: false }, undefined, { limit: 90, loweredAt: 100_000 }],
    ['falls no more until the window tells of the time since', { isBreached: true }, 95_000, { limit: 100 }],
    ['falls again after that', { isBreached: true }, 90_000, { limit: 90, loweredAt: 100_000 }],
  ])('%s', (_, reading, loweredAt, expected) => {
    expect(adaptByAimd(100, loweredAt, { ...WELL, ...reading }, 10_000)).toEqual(expected)
  })
})

describe('Gradient2', () => {
  it('grows by a share of a step while latency is as usual', () => {
    expect(adaptByGradient2(100, 0.1, WELL).limit).toBeCloseTo(100.4)
  })

  it.each([
    ['within the tolerance it does not fall', 0.14, 100.4],
    ['at thrice the usual it falls to half, smoothed', 0.3, 90.43],
    ['never by more than that at once', 50, 90.4],
  ])('%s', (_, latency, limit) => {
    expect(adaptByGradient2(100, 0.1, { ...WELL, latency }).limit).toBeCloseTo(limit, 1)
  })

  it('does not grow while less than half of it is used, but falls all the same', () => {
    const unused = { ...WELL, isUsed: false }
    expect(adaptByGradient2(100, 0.1, unused).limit).toBe(100)
    expect(adaptByGradient2(100, 0.1, { ...unused, latency: 1 }).limit).toBeLessThan(95)
  })

  it('changes nothing on a latency that is not seen', () => {
    expect(adaptByGradient2(100, 0.1, { ...WELL, latency: undefined })).toEqual({ limit: 100, usualLatency: 0.1 })
    expect(adaptByGradient2(100, undefined, { ...WELL, latency: undefined })).toEqual({ limit: 100 })
  })

  it('lets a mean down faster that an overload has left behind', () => {
    const { usualLatency = 0 } = adaptByGradient2(100, 1, WELL)
    expect(usualLatency).toBeLessThan(0.95)
  })

  it('settles: with a constant latency the limit neither falls nor runs away', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 10, noNaN: true }),
        fc.integer({ min: 10, max: 10_000 }),
        (latency, start) => {
          let [limit, usual]: [number, number | undefined] = [start, undefined]
          for (let tick = 0; tick < 100; tick++) {
            const next = adaptByGradient2(limit, usual, { ...WELL, latency })
            expect(next.limit).toBeGreaterThanOrEqual(limit)
            expect(next.limit - limit).toBeLessThanOrEqual(WELL.step)
            ;[limit, usual] = [next.limit, next.usualLatency]
          }
        },
      ),
    )
  })
})
