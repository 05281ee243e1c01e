// Slots bound what is done at the same time, in the order in which it was asked for.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Busy } from '../../../sandbox/shop/common/errors.ts'
import { createSlots } from '../../../sandbox/shop/common/slots.ts'

/** Work that ends when it is told. */
function createWork() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  return { promise, resolve, reject }
}

describe('slots', () => {
  test('are never more than their maximum, and all work gets its turn', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 20 }), async (max, count) => {
        const slots = createSlots('things', max, 10_000)
        let [now, most] = [0, 0]
        const work = async () => {
          now += 1
          most = Math.max(most, now)
          await new Promise(setImmediate)
          now -= 1
        }
        await Promise.all(Array.from({ length: count }, () => slots.run(work)))
        expect(most).toBe(Math.min(max, count))
        expect(slots.inUse()).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  test('are given in the order in which they were asked for', async () => {
    const slots = createSlots('things', 1, 10_000)
    const first = createWork()
    const order: number[] = []
    const waiting = [
      slots.run(() => first.promise),
      ...[1, 2, 3].map((number) => slots.run(async () => order.push(number))),
    ]
    first.resolve('done')
    await Promise.all(waiting)
    expect(order).toEqual([1, 2, 3])
  })

  test('refuse with what was full, and for how long, and whoever gave up is not given a slot', async () => {
    const slots = createSlots('database connections', 1, 20)
    const first = createWork()
    const running = slots.run(() => first.promise)
    const refused = slots.run(async () => 'never')
    await expect(refused).rejects.toThrow('all 1 database connections were in use for 20 ms: try again later')
    await expect(refused).rejects.toBeInstanceOf(Busy)
    first.resolve('done')
    expect(await running).toBe('done')
    expect(slots.inUse()).toBe(0)
  })

  test('come back from work that fails', async () => {
    const slots = createSlots('things', 1, 10_000)
    await expect(slots.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await slots.run(async () => 'yes')).toBe('yes')
  })
})
