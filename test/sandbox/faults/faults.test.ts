// Each fault really hurts, is kept up, and leaves nothing behind.
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { FAULTS } from '../../../sandbox/faults/catalog.ts'
import { createFaults } from '../../../sandbox/faults/faults.ts'
import { connectDatabase } from '../../../sandbox/shop/common/database-client.ts'
import { shopManifests, USUAL_PORTS } from '../../../sandbox/shop/manifests.ts'
import { createShopProcesses, get, post, type ShopProcess, TOKEN, WITHIN } from '../shop/shop-process.ts'

const shop = createShopProcesses()
/** What is ready, by app: the tests' API. */
const ready = new Map<string, ShopProcess[]>()
/** How often the pods were asked for. */
let asked = 0
const curves: number[] = []
const problems: Error[] = []
const faults = createFaults({
  token: TOKEN,
  ports: USUAL_PORTS,
  load: { setCurve: async ({ spike }) => void curves.push(spike) },
  podsOf: async (app) => {
    asked += 1
    return (ready.get(app) ?? []).map(({ ip }) => ({ name: `${app}-${ip}`, uid: ip, ip }))
  },
  activeRedis: () => redis && { name: 'redis-0', uid: String(redis.pid) },
  processOf: (pod) => (pod === 'redis-0' ? redis : undefined),
  onProblem: (problem) => problems.push(problem),
})
let database: ShopProcess
/** The process that leads. */
let redis: { readonly pid: number } | undefined
let queue: ShopProcess

beforeAll(async () => {
  ;[database, queue] = await Promise.all([
    shop.start('database', { MAX_CONNECTIONS: '8', INSERT_MS: '2', SELECT_MS: '40' }),
    shop.start('queue'),
  ])
  ready.set('database', [database])
})
afterEach(async () => {
  await faults.close()
  for (const app of ready.keys()) if (app !== 'database') ready.delete(app)
  expect(problems.splice(0)).toEqual([])
})
afterAll(() => shop.stop())

const startCheckout = (settings = {}) =>
  shop.start('checkout', { DATABASE_URL: database.url, QUEUE_URL: queue.url, POOL_WAIT_MS: '100', ...settings })
const startCatalogue = () => shop.start('catalogue', { DATABASE_URL: database.url, POOL_WAIT_MS: '100' })
/** How many of eight requests are answered with a failure. */
async function failuresOf(url: string, send = get): Promise<number> {
  let failures = 0
  for (let sent = 0; sent < 8; sent += 1) if ((await send(url)).status >= 500) failures += 1
  return failures
}
const faultOf = async ({ side }: ShopProcess) => {
  const response = await fetch(`${side}/fault`, { headers: { authorization: `Bearer ${TOKEN}` } })
  return response.json()
}

describe('the list of faults', () => {
  test('names for each a Guard of the shop', () => {
    const guards = shopManifests({ servicePrefix: '127.2.0', namespace: 'shop', guardMode: 'Observe' })
      .filter(({ kind }) => kind === 'Guard')
      .map(({ metadata }) => metadata.name)
    for (const { target } of FAULTS) expect(guards).toContain(target)
  })

  test('is told to whoever asks for another', async () => {
    await expect(faults.on('gremlins')).rejects.toThrow(
      'there is no fault "gremlins": there are spike, slow-database, error-burst, bad-pod, pool-exhaustion, queue-backlog, primary-down, crash-loop',
    )
    await expect(faults.off('gremlins')).rejects.toThrow(/there is no fault/)
    expect(faults.active()).toEqual([])
  })
})

describe('spike', () => {
  test('brings six times the load, and takes it back', async () => {
    await faults.on('spike')
    expect(curves).toEqual([6])
    expect(faults.active()).toEqual(['spike'])
    await faults.off('spike')
    expect(curves.at(-1)).toBe(1)
    expect(faults.active()).toEqual([])
  })
})

describe('slow-database', () => {
  test('makes each statement ten times as slow, until it is off', async () => {
    const connection = await connectDatabase(database.url, 5_000)
    const timed = async () => {
      const startedAt = performance.now()
      await connection.query('select', 10_000)
      return performance.now() - startedAt
    }
    await faults.on('slow-database')
    expect(await timed()).toBeGreaterThanOrEqual(395)
    await faults.off('slow-database')
    expect(await faultOf(database)).toEqual({ kind: 'none' })
    connection.close()
  })
})

describe('error-burst', () => {
  test('is in one pod only, and over by itself', async () => {
    const [first, second] = await Promise.all([startCatalogue(), startCatalogue()])
    ready.set('catalogue', [first, second])
    await faults.on('error-burst')
    expect(await failuresOf(`${first.url}/products`)).toBe(6)
    expect(await failuresOf(`${second.url}/products`)).toBe(0)
    await vi.waitFor(async () => expect(await faultOf(first)).toEqual({ kind: 'none' }), WITHIN)
    expect(await failuresOf(`${first.url}/products`)).toBe(0)
    expect(faults.active()).toEqual(['error-burst'])
    await faults.off('error-burst')
  })
})

describe('bad-pod', () => {
  test('is in one pod only, and its successor has it not', async () => {
    const [first, second, successor] = await Promise.all([startCatalogue(), startCatalogue(), startCatalogue()])
    ready.set('catalogue', [first, second])
    await faults.on('bad-pod')
    expect(await failuresOf(`${first.url}/products`)).toBe(8)
    expect(await failuresOf(`${second.url}/products`)).toBe(0)
    ready.set('catalogue', [second, successor])
    // Rounds of keeping it up that could have found another victim.
    const before = asked
    await vi.waitUntil(() => asked > before + 2, WITHIN)
    expect(await Promise.all([second, successor].map(faultOf))).toEqual([{ kind: 'none' }, { kind: 'none' }])
    await faults.off('bad-pod')
    expect(await faultOf(first)).toEqual({ kind: 'none' })
  })
})

describe('primary-down', () => {
  const stateOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2]

  test('stops the process that leads, and lets it go on when it is over', async () => {
    const checkout = await startCheckout()
    redis = { pid: checkout.process.pid }
    await faults.on('primary-down')
    await vi.waitFor(() => expect(stateOf(checkout.process.pid)).toBe('T'), WITHIN)
    await faults.off('primary-down')
    await vi.waitFor(() => expect(stateOf(checkout.process.pid)).not.toBe('T'), WITHIN)
    redis = undefined
  })

  test('says so where there is no Redis', async () => {
    await faults.on('primary-down')
    await faults.off('primary-down')
    expect(problems.splice(0)[0]?.cause).toEqual(
      expect.objectContaining({ message: expect.stringContaining('there is no Redis') }),
    )
  })
})

describe('pool-exhaustion', () => {
  test('takes the connections as they come free, so that pools are full and requests fail, and gives all back', async () => {
    const checkout = await startCheckout({ POOL_IDLE_MS: '50' })
    // It has given its first connection back.
    await vi.waitFor(async () => expect(await database.metric('database_connections')).toBe(0), WITHIN)
    const others = await Promise.all(Array.from({ length: 4 }, () => connectDatabase(database.url, 5_000)))
    await faults.on('pool-exhaustion')
    for (const connection of others) connection.close()
    await vi.waitFor(
      async () => expect(await database.metric('database_connections')).toBeGreaterThanOrEqual(6),
      WITHIN,
    )
    // What the job leaves is taken by others, as it is in a busy shop.
    const last = [await connectDatabase(database.url, 5_000)]
    while ((await database.metric('database_connections')) !== 8)
      await connectDatabase(database.url, 5_000)
        .then((one) => last.push(one))
        .catch(() => {})
    const orders = Array.from({ length: 4 }, () => post(`${checkout.url}/orders`))
    await vi.waitFor(async () => expect(await checkout.metric('db_pool_connections_in_use')).toBe(3), WITHIN)
    expect((await Promise.all(orders)).every(({ status }) => status === 503)).toBe(true)
    await faults.off('pool-exhaustion')
    for (const connection of last) connection.close()
    await vi.waitFor(async () => expect((await post(`${checkout.url}/orders`)).status).toBe(201), WITHIN)
    await vi.waitFor(async () => expect(await database.metric('database_connections')).toBeLessThanOrEqual(1), WITHIN)
  })
})

describe('queue-backlog', () => {
  test('makes every order heavy for whoever takes it, until it is off', async () => {
    const effortOfNext = async () => {
      await post(`${queue.url}/tasks`, {})
      const { task } = JSON.parse((await post(`${queue.url}/tasks/take`, { waitMs: 1_000 })).text)
      return task.effort
    }
    ready.set('queue', [queue])
    await faults.on('queue-backlog')
    expect([await faultOf(queue), await effortOfNext()]).toEqual([{ kind: 'slow', factor: 15 }, 15])
    await faults.off('queue-backlog')
    expect([await faultOf(queue), await effortOfNext()]).toEqual([{ kind: 'none' }, 1])
  })
})

describe('crash-loop', () => {
  test('ends each process that comes up, and lets the last one live when it is off', async () => {
    for (let round = 0; round < 2; round += 1) {
      const pod = await shop.start('reviews', { DATABASE_URL: database.url })
      ready.set('reviews', [pod])
      await faults.on('crash-loop')
      expect(await pod.process.exited).toEqual({ code: 1, signal: undefined })
    }
    const last = await shop.start('reviews', { DATABASE_URL: database.url })
    ready.set('reviews', [last])
    await vi.waitFor(async () => expect(await faultOf(last)).toEqual({ kind: 'crash', afterMs: 3_000 }), WITHIN)
    await faults.off('crash-loop')
    expect(await faultOf(last)).toEqual({ kind: 'none' })
    expect((await get(`${last.url}/reviews`)).status).toBe(200)
    // A pod may end while it is being told.
    for (const { message } of problems.splice(0)) expect(message).toMatch(/crash-loop is not fully in place yet/)
  })
})

describe('a fault that can’t be put in place', () => {
  test('is told of, and is tried again', async () => {
    const proper = await shop.start('queue', { FAULT_TOKEN: 'another token' })
    ready.set('queue', [proper])
    await faults.on('queue-backlog')
    expect(problems.splice(0)[0]).toMatchObject({
      message: 'fault queue-backlog is not fully in place yet',
      cause: { message: expect.stringMatching(/refused the fault: 401/) },
    })
    await expect(faults.off('queue-backlog')).rejects.toThrow(/may still have its fault: delete it to be sure/)
    proper.process.signal('SIGKILL')
    await proper.process.exited
    await faults.off('queue-backlog')
    expect(faults.active()).toEqual([])
    problems.splice(0)
  })
})
