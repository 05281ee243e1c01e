// A bounded pool of database connections: opened when they are wanted, used again, closed when idle or old.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Registry } from 'prom-client'
import { connectDatabase, type DatabaseConnection, type Statement } from './database-client.ts'
import { DatabaseUnavailable } from './errors.ts'
import { addGauge } from './metrics.ts'
import { address, type CommonSettings, type readSettings, whole } from './settings.ts'
import { createSlots } from './slots.ts'

export const POOL_SETTINGS = {
  DATABASE_URL: address,
  POOL_MAX: whole(3),
  /** How long a request waits for a connection before it is refused with 503. */
  POOL_WAIT_MS: whole(500),
  /** A connection that nobody used for so long is given back to the database. */
  POOL_IDLE_MS: whole(2_000),
  /** A connection is used for no longer, so that the database can be restarted, and shared, without us. */
  POOL_LIFETIME_MS: whole(5_000),
  QUERY_TIMEOUT_MS: whole(3_000),
}
export type PoolSettings = Omit<ReturnType<typeof readSettings<typeof POOL_SETTINGS>>, keyof CommonSettings>

export interface Pool {
  /** The statements one after another on one connection. Throws Busy, DatabaseUnavailable or CallFailed. */
  transaction(...statements: readonly Statement[]): Promise<void>
  /** Why no request can be served yet: the first connection was not made so far. */
  notReady(): string | undefined
  close(): Promise<void>
}

const RETRY_MS = 50
const CONNECT_TIMEOUT_MS = 3_000

interface Pooled {
  readonly connection: DatabaseConnection
  readonly bornAt: number
  usedAt: number
}

interface Opening {
  readonly made: Promise<Pooled>
  isWanted: boolean
}

export function createPool(settings: PoolSettings, registry: Registry): Pool {
  const slots = createSlots('database connections', settings.POOL_MAX, settings.POOL_WAIT_MS)
  const idle: Pooled[] = []
  /** Connections that are being opened and that nobody waits for any more. */
  const unwanted: Opening[] = []
  let hasConnected = false
  let isClosed = false
  // A connection that is being opened is in use too: a request has it and nobody else can.
  addGauge(registry, 'db_pool_connections_in_use', 'Connections that requests hold or are opening.', slots.inUse)
  addGauge(registry, 'db_pool_connections_max', 'Connections that the pool may open.', () => slots.max)

  /** The one used last comes first, so that those that are too many grow old. */
  async function take(): Promise<Pooled> {
    for (let pooled = idle.pop(); pooled !== undefined; pooled = idle.pop())
      if (pooled.connection.isOpen()) return pooled
    const opening = unwanted.shift() ?? startOpening()
    opening.isWanted = true
    const pooled = await Promise.race([opening.made, sleep(settings.POOL_WAIT_MS)])
    if (pooled !== undefined) return pooled
    opening.isWanted = false
    unwanted.push(opening)
    throw new DatabaseUnavailable(`no connection to the database within ${settings.POOL_WAIT_MS} ms`)
  }

  /** Whoever waits may give up; the connection is opened all the same and serves the next, or a slow moment would never end. */
  function startOpening(): Opening {
    const opening: Opening = { made: open(), isWanted: true }
    const forget = () => void unwanted.splice(0, unwanted.length, ...unwanted.filter((one) => one !== opening))
    opening.made.then((pooled) => {
      hasConnected = true
      if (opening.isWanted) return
      forget()
      putBack(pooled)
    }, forget)
    return opening
  }

  /** The database may be full for a moment: tried again until the wait is over. */
  async function open(): Promise<Pooled> {
    const deadline = performance.now() + settings.POOL_WAIT_MS
    for (;;) {
      try {
        const connection = await connectDatabase(settings.DATABASE_URL, CONNECT_TIMEOUT_MS)
        return { connection, bornAt: performance.now(), usedAt: performance.now() }
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable) || performance.now() + RETRY_MS > deadline) throw error
        await sleep(RETRY_MS)
      }
    }
  }

  function putBack(pooled: Pooled): void {
    const now = performance.now()
    pooled.usedAt = now
    if (isClosed || now - pooled.bornAt > settings.POOL_LIFETIME_MS) pooled.connection.close()
    else if (pooled.connection.isOpen()) idle.push(pooled)
  }

  const sweep = setInterval(() => {
    const now = performance.now()
    for (const pooled of idle.splice(0)) {
      if (now - pooled.usedAt > settings.POOL_IDLE_MS) pooled.connection.close()
      else idle.push(pooled)
    }
  }, settings.POOL_IDLE_MS / 2)

  async function connectFirst(): Promise<void> {
    while (!hasConnected && !isClosed) {
      // Why is what notReady tells; it is tried until it works.
      await slots.run(async () => putBack(await take())).catch(() => sleep(RETRY_MS))
    }
  }
  void connectFirst()

  return {
    transaction: (...statements) =>
      slots.run(async () => {
        const pooled = await take()
        try {
          for (const statement of statements) await pooled.connection.query(statement, settings.QUERY_TIMEOUT_MS)
        } finally {
          putBack(pooled)
        }
      }),
    notReady: () => (hasConnected ? undefined : 'no connection to the database yet'),
    async close() {
      isClosed = true
      clearInterval(sweep)
      for (const { connection } of idle.splice(0)) connection.close()
    },
  }
}
