// The pool keeps its bound, shares the database, and comes back after it.
import { Registry } from 'prom-client'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { connectDatabase } from '../../../sandbox/shop/common/database-client.ts'
import { createPool, type Pool, type PoolSettings } from '../../../sandbox/shop/common/pool.ts'
import { createShopProcesses, type ShopProcess, WITHIN } from './shop-process.ts'

const shop = createShopProcesses()
const pools: Pool[] = []
let database: ShopProcess
beforeAll(async () => {
  database = await shop.start('database', { MAX_CONNECTIONS: '4', INSERT_MS: '1', SELECT_MS: '300' })
})
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()))
  await vi.waitFor(async () => expect(await open()).toBe(0), WITHIN)
})
afterAll(() => shop.stop())

const open = () => database.metric('database_connections')

function start(settings: Partial<PoolSettings> = {}) {
  const registry = new Registry()
  const pool = createPool(
    {
      DATABASE_URL: database.url,
      POOL_MAX: 2,
      POOL_WAIT_MS: 5_000,
      POOL_IDLE_MS: 60_000,
      POOL_LIFETIME_MS: 60_000,
      QUERY_TIMEOUT_MS: 5_000,
      ...settings,
    },
    registry,
  )
  pools.push(pool)
  const inUse = async () => (await registry.getSingleMetric('db_pool_connections_in_use')?.get())?.values[0]?.value
  return { pool, inUse }
}

describe('the pool', () => {
  test('opens no more than its maximum, uses connections again, and tells how many are in use', async () => {
    const { pool, inUse } = start()
    const queries = Array.from({ length: 5 }, () => pool.transaction('select'))
    await vi.waitFor(async () => expect(await open()).toBe(2), WITHIN)
    expect(await inUse()).toBe(2)
    await Promise.all(queries)
    expect(await open()).toBe(2)
    expect(await inUse()).toBe(0)
  })

  test('refuses what waited too long, and serves the others', async () => {
    const { pool } = start({ POOL_MAX: 1, POOL_WAIT_MS: 100 })
    await vi.waitUntil(() => pool.notReady() === undefined, WITHIN)
    const [first, second] = await Promise.allSettled([pool.transaction('select'), pool.transaction('select')])
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({
      reason: { status: 503, message: expect.stringMatching(/all 1 database connections/) },
    })
  })

  test('gives back what nobody uses, and what is old', async () => {
    const { pool } = start({ POOL_IDLE_MS: 50 })
    await pool.transaction('insert')
    await vi.waitFor(async () => expect(await open()).toBe(0), WITHIN)
    const { pool: mayfly } = start({ POOL_LIFETIME_MS: 0 })
    await mayfly.transaction('insert')
    await vi.waitFor(async () => expect(await open()).toBe(0), WITHIN)
  })

  test('waits for room in a full database: not ready before, at work after', async () => {
    const others = await Promise.all(Array.from({ length: 4 }, () => connectDatabase(database.url, 5_000)))
    const { pool, inUse } = start({ POOL_WAIT_MS: 60 })
    await expect(pool.transaction('insert')).rejects.toMatchObject({
      status: 503,
      // On a busy machine not even the refusal comes in time.
      message: expect.stringMatching(/too many clients already|in use for|no connection to the database within/),
    })
    expect(pool.notReady()).toMatch(/no connection/)
    // Whoever waits for the database to have room holds a place in the pool.
    await vi.waitFor(async () => expect(await inUse()).toBeGreaterThan(0), WITHIN)
    for (const connection of others) connection.close()
    await vi.waitUntil(() => pool.notReady() === undefined, WITHIN)
    await pool.transaction('insert')
  })

  test('survives the database: requests fail meanwhile, and it stays ready', async () => {
    const short = await shop.start('database', { INSERT_MS: '1' })
    const { pool } = start({ DATABASE_URL: short.url, POOL_WAIT_MS: 100 })
    await pool.transaction('insert')
    short.process.signal('SIGKILL')
    await short.process.exited
    // 502 until the pool has seen that its connection is gone, then 503.
    await expect(pool.transaction('insert')).rejects.toMatchObject({ status: expect.toBeOneOf([502, 503]) })
    expect(pool.notReady()).toBeUndefined()
    await shop.start('database', { INSERT_MS: '1', POD_IP: short.ip })
    await vi.waitFor(() => pool.transaction('insert'), WITHIN)
  })
})
