// Clients that write orders into the primary without pause, and remember which were acknowledged.
import { type Connection, createConnection } from 'mysql2/promise'
import type { Room } from './room.ts'

const PAUSE_MS = 2
const AGAIN_MS = 20
const PATIENCE_MS = 2_000

interface Place {
  readonly address: string
  readonly port: number
}

export interface OrderWriters {
  /** Where they write; a client that meets an error asks again. */
  primary: Place
  /** The ids that a server said it has. */
  readonly acknowledged: readonly number[]
  /** When the last one was acknowledged, by performance.now(). */
  readonly lastAt: number
  /** Resolves when no write is under way. */
  pause(): Promise<void>
  resume(): void
}

export function writeOrders(room: Room, primary: Place, count = 4): OrderWriters {
  const acknowledged: number[] = []
  const ending = new AbortController()
  let next = 1
  let isPaused = false
  let underWay = 0
  const state = { primary, acknowledged, lastAt: 0, pause: pauseAll, resume }

  async function run(): Promise<void> {
    let connection: Connection | undefined
    while (!ending.signal.aborted) {
      if (isPaused) {
        await pause(PAUSE_MS)
        continue
      }
      underWay += 1
      const id = next++
      try {
        connection ??= await open(state.primary)
        await connection.query({
          sql: 'INSERT INTO shop.orders VALUES (?, SHA1(?))',
          values: [id, id],
          timeout: PATIENCE_MS,
        })
        acknowledged.push(id)
        state.lastAt = performance.now()
      } catch {
        connection?.destroy()
        connection = undefined
      }
      underWay -= 1
      await pause(connection === undefined ? AGAIN_MS : PAUSE_MS)
    }
    connection?.destroy()
  }
  const running = Promise.all(Array.from({ length: count }, run))
  function resume(): void {
    isPaused = false
  }
  async function pauseAll(): Promise<void> {
    isPaused = true
    while (underWay > 0) await pause(PAUSE_MS)
  }
  room.defer(async () => {
    ending.abort()
    await running
  })
  return state
}

async function open({ address, port }: Place): Promise<Connection> {
  const connection = await createConnection({
    host: address,
    port,
    user: 'app',
    password: 'app',
    connectTimeout: PATIENCE_MS,
  })
  connection.on('error', () => {})
  return connection
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
