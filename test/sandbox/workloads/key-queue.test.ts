// One worker per key, nothing lost, nothing done after the end.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '../../../sandbox/kube/api.ts'
import { createKeyQueue } from '../../../sandbox/workloads/key-queue.ts'

const SOON = { timeout: 5_000, interval: 1 }
let stop: AbortController
let failures: string[]

beforeEach(() => {
  stop = new AbortController()
  failures = []
})
afterEach(() => stop.abort())

function queueOf(work: (key: string) => Promise<number | undefined>) {
  const onFailure = (key: string, cause: unknown) => void failures.push(`${key}: ${cause}`)
  return createKeyQueue({ work, onFailure, signal: stop.signal })
}

test('a key is worked on by one at a time, and once more for all that came meanwhile', async () => {
  let atOnce = 0
  let done = 0
  const queue = queueOf(async () => {
    atOnce += 1
    expect(atOnce).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    atOnce -= 1
    done += 1
    return undefined
  })
  queue.add('a')
  await Promise.resolve()
  for (let more = 0; more < 5; more += 1) queue.add('a')
  await vi.waitFor(() => expect(done).toBe(2), SOON)
  await queue.idle()
})

test('keys do not wait for each other', async () => {
  const blocked = Promise.withResolvers<undefined>()
  const done: string[] = []
  const queue = queueOf(async (key) => {
    if (key === 'slow') await blocked.promise
    done.push(key)
    return undefined
  })
  queue.add('slow')
  queue.add('quick')
  await vi.waitFor(() => expect(done).toEqual(['quick']), SOON)
  blocked.resolve(undefined)
  await vi.waitFor(() => expect(done).toEqual(['quick', 'slow']), SOON)
})

test('a failure is told once and tried again until it works', async () => {
  let tries = 0
  const queue = queueOf(async () => {
    tries += 1
    if (tries < 4) throw new Error('not yet')
    return undefined
  })
  queue.add('a')
  await vi.waitFor(() => expect(tries).toBe(4), SOON)
  expect(failures).toEqual(['a: Error: not yet'])
})

test('old news are told only when they stay', async () => {
  let tries = 0
  const queue = queueOf(async () => {
    tries += 1
    throw new ApiError('changed meanwhile', 409)
  })
  queue.add('a')
  await vi.waitFor(() => expect(tries).toBe(3), SOON)
  expect(failures).toEqual([])
  await vi.waitFor(() => expect(failures).toHaveLength(1), { timeout: 20_000, interval: 10 })
})

test('work that says when it is due again is done again then', async () => {
  let done = 0
  const queue = queueOf(async () => {
    done += 1
    return done < 3 ? 1 : undefined
  })
  queue.add('a')
  await vi.waitFor(() => expect(done).toBe(3), SOON)
})

test('after the end nothing is started', async () => {
  let done = 0
  const queue = queueOf(async () => {
    done += 1
    return 60_000
  })
  queue.add('a')
  await vi.waitFor(() => expect(done).toBe(1), SOON)
  stop.abort()
  queue.add('a')
  await queue.idle()
  expect(done).toBe(1)
})
