// The database stand-in keeps its bound, and no connection outlives its client.
import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connectDatabase, type DatabaseConnection } from '../../../sandbox/shop/common/database-client.ts'
import { createShopProcesses, post, type ShopProcess, WITHIN } from './shop-process.ts'

const shop = createShopProcesses()
let database: ShopProcess
beforeAll(async () => {
  database = await shop.start('database', { MAX_CONNECTIONS: '3', INSERT_MS: '1', SELECT_MS: '300', IDLE_MS: '600000' })
})
afterAll(() => shop.stop())

const connect = () => connectDatabase(database.url, 5_000)
const open = () => database.metric('database_connections')
const closeAll = async (connections: readonly DatabaseConnection[]) => {
  for (const connection of connections) connection.close()
  await vi.waitFor(async () => expect(await open()).toBe(0), WITHIN)
}

describe('the database', () => {
  test('refuses one connection more than its maximum, as Postgres does, and has room when one is closed', async () => {
    const connections = [await connect(), await connect(), await connect()]
    await expect(connect()).rejects.toThrow('sorry, too many clients already')
    connections.shift()?.close()
    await vi.waitFor(async () => connections.push(await connect()), WITHIN)
    expect(await open()).toBe(3)
    await closeAll(connections)
  })

  test('takes one statement at a time on a connection, and refuses one that it does not know', async () => {
    const connection = await connect()
    const answer = await post(`${database.url}/connections/nobody/query`, { statement: 'insert' })
    expect(answer).toMatchObject({ status: 404 })
    expect((await post(`${database.url}/connections/nobody/query`, { statement: 'drop' })).status).toBe(400)
    await connection.query('insert', 5_000)
    const slow = connection.query('select', 5_000)
    await expect(connection.query('insert', 5_000)).rejects.toThrow(/busy/)
    // Which of the two the database saw as the second one is its secret; the client gives the connection up.
    await slow.catch(() => {})
    await closeAll([connection])
  })

  test('takes a connection back from a client that was killed', async () => {
    const module = new URL('../../../sandbox/shop/common/database-client.ts', import.meta.url).pathname
    const script = `
      import { connectDatabase } from ${JSON.stringify(module)}
      await connectDatabase(${JSON.stringify(database.url)}, 5_000)
      console.log('connected')
      setInterval(() => {}, 1_000)`
    const client = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => client.stdout.once('data', resolve))
    expect(await open()).toBe(1)
    client.kill('SIGKILL')
    await vi.waitFor(async () => expect(await open()).toBe(0), WITHIN)
  })

  test('closes a connection on which nothing was asked for too long', async () => {
    const impatient = await shop.start('database', { IDLE_MS: '50' })
    const connection = await connectDatabase(impatient.url, 5_000)
    await vi.waitUntil(() => !connection.isOpen(), WITHIN)
    await expect(connection.query('insert', 5_000)).rejects.toThrow(/closed: open another/)
    expect(await impatient.metric('database_connections')).toBe(0)
  })

  test('takes its time for a statement, and so many times as long with a fault', async () => {
    const connection = await connect()
    const timed = async () => {
      const startedAt = performance.now()
      await connection.query('select', 10_000)
      return performance.now() - startedAt
    }
    expect(await timed()).toBeGreaterThanOrEqual(295)
    await database.fault({ kind: 'slow', factor: 4 })
    expect(await timed()).toBeGreaterThanOrEqual(1_195)
    await database.fault({ kind: 'none' })
    await closeAll([connection])
  })

  test('runs as many statements at full speed as it is told, and more of them take longer', async () => {
    const small = await shop.start('database', { AT_ONCE: '2', SELECT_MS: '50' })
    const timed = async (count: number) => {
      const connections = await Promise.all(Array.from({ length: count }, () => connectDatabase(small.url, 5_000)))
      const startedAt = performance.now()
      await Promise.all(connections.map((connection) => connection.query('select', 5_000)))
      for (const connection of connections) connection.close()
      return performance.now() - startedAt
    }
    expect(await timed(8)).toBeGreaterThanOrEqual(195)
    await small.fault({ kind: 'slow', factor: 10 })
    expect(await timed(1)).toBeGreaterThanOrEqual(245)
  })

  test('ends although connections are open', async () => {
    const ending = await shop.start('database')
    const connection = await connectDatabase(ending.url, 5_000)
    ending.process.signal('SIGTERM')
    expect(await ending.process.exited).toEqual({ code: 0, signal: undefined })
    await vi.waitUntil(() => !connection.isOpen(), WITHIN)
  })
})
