// Token bucket: a burst at once, then the rate, and never more.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTokenBucket } from '../../controller/runtime/token-bucket.ts'

function bucketAt(perSecond: number, burst: number) {
  const time = { ms: 0 }
  return { time, bucket: createTokenBucket({ perSecond, burst, clock: { monotonic: () => time.ms } }) }
}

test('it gives its burst at once, then one token each time one has come back', () => {
  const { time, bucket } = bucketAt(10, 2)
  expect([bucket.tryTake(), bucket.tryTake(), bucket.tryTake()]).toEqual([true, true, false])
  time.ms = 99
  expect(bucket.tryTake()).toBe(false)
  time.ms = 100
  expect([bucket.tryTake(), bucket.tryTake()]).toEqual([true, false])
})

test('reservations queue up behind each other', () => {
  const { time, bucket } = bucketAt(10, 1)
  expect([bucket.reserve(), bucket.reserve(), bucket.reserve()]).toEqual([0, 100, 200])
  time.ms = 200
  expect(bucket.tryTake()).toBe(false)
  expect(bucket.reserve()).toBe(100)
})

test('it is full again only when all that was taken has come back', () => {
  const { time, bucket } = bucketAt(1, 2)
  expect(bucket.isFull()).toBe(true)
  bucket.tryTake()
  time.ms = 999
  expect(bucket.isFull()).toBe(false)
  time.ms = 1000
  expect(bucket.isFull()).toBe(true)
})

test.each([
  { perSecond: 0, burst: 1 },
  { perSecond: -1, burst: 1 },
  { perSecond: 1, burst: 0 },
  { perSecond: Number.NaN, burst: 1 },
])('a rate of $perSecond with a burst of $burst is refused', (options) => {
  expect(() => createTokenBucket({ ...options, clock: { monotonic: () => 0 } })).toThrow(RangeError)
})

test('over any stretch of time it gives at most the burst and what the rate brings', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.nat(500), { maxLength: 200 }),
      (perSecond, burst, steps) => {
        const { time, bucket } = bucketAt(perSecond, burst)
        const taken: number[] = []
        for (const step of steps) {
          time.ms += step
          if (bucket.tryTake()) taken.push(time.ms)
        }
        for (const [first, from] of taken.entries()) {
          for (const [later, to] of taken.slice(first).entries()) {
            expect(later + 1).toBeLessThanOrEqual(burst + ((to - from) / 1000) * perSecond + 1e-6)
          }
        }
      },
    ),
  )
})
