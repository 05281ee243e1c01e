// The queue stand-in: bounded, in order, and what is not confirmed is given out again.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connectQueue, type QueueClient } from '../../../sandbox/shop/common/queue-client.ts'
import { createShopProcesses, remove, type ShopProcess, WITHIN } from './shop-process.ts'

const shop = createShopProcesses()
let broker: ShopProcess
let queue: QueueClient
beforeAll(async () => {
  broker = await shop.start('queue', { MAX_DEPTH: '3', VISIBILITY_MS: '600000' })
  queue = connectQueue(broker.url, 5_000)
})
afterAll(() => shop.stop())

describe('the queue', () => {
  test('gives tasks out in their order, tells its depth, and forgets what is confirmed', async () => {
    expect([await queue.put(1), await queue.put(2)]).toEqual([1, 2])
    const first = await queue.take(0)
    expect(first).toMatchObject({ task: { id: expect.any(String) }, depth: 1 })
    expect(await broker.metric('queue_depth')).toBe(1)
    expect(await broker.metric('queue_tasks_taken')).toBe(1)
    expect(await queue.confirm(first.task?.id ?? '')).toBe(1)
    expect((await remove(`${broker.url}/tasks/${first.task?.id}`)).status).toBe(404)
    const second = await queue.take(0)
    await queue.confirm(second.task?.id ?? '')
    expect(await queue.depth()).toBe(0)
  })

  test('refuses a task past its maximum', async () => {
    for (const depth of [1, 2, 3]) expect(await queue.put({})).toBe(depth)
    await expect(queue.put({})).rejects.toThrow(/503.*queue is full/)
    for (const _ of [1, 2, 3]) await queue.confirm((await queue.take(0)).task?.id ?? '')
  })

  test('lets a taker wait for a task, and tells it when there is none', async () => {
    expect(await queue.take(0)).toEqual({ task: undefined, depth: 0 })
    const taking = queue.take(10_000)
    await queue.put('late')
    const { task } = await taking
    await queue.confirm(task?.id ?? '')
  })

  test('gives out again what was not confirmed in time', async () => {
    const forgetful = await shop.start('queue', { VISIBILITY_MS: '50' })
    const again = connectQueue(forgetful.url, 5_000)
    await again.put('important')
    const first = await again.take(0)
    await vi.waitFor(async () => expect(await again.depth()).toBe(1), WITHIN)
    expect((await again.take(0)).task?.id).toBe(first.task?.id)
  })
})
