// Customers who write to a group of Redis, and know which of their writes were acknowledged, and which had reached every replica.
import { createRedisClients, type RedisClients } from '../../../controller/databases/redis.ts'
import { systemClock } from '../../../controller/model/clock.ts'

const PORT = 6379
const WITHIN_MS = 500

export interface Writers {
  /** Keys by what is known of them, in the order in which they were written. */
  readonly acknowledged: readonly string[]
  /** WAIT has said that each of the other members has them. */
  readonly everywhere: readonly string[]
  /** When the last write was acknowledged, in epoch milliseconds. */
  lastAt(): number
  stop(): Promise<void>
}

/** One client, which tries the hosts in turn, and stays with the one that took its last write. */
export function startWriter(hostsNow: () => readonly string[], prefix: string, replicas: number): Writers {
  const clients = createRedisClients()
  const over = new AbortController()
  const acknowledged: string[] = []
  const everywhere: string[] = []
  let last = Number.NEGATIVE_INFINITY
  const running = run()

  async function run(): Promise<void> {
    let at = 0
    for (let count = 0; !over.signal.aborted; count += 1) {
      const key = `${prefix}:${count}`
      const hosts = hostsNow()
      const host = hosts[at % hosts.length] ?? ''
      if (await write(clients, host, key, over.signal)) {
        acknowledged.push(key)
        last = Date.now()
        if ((await waitFor(clients, host, replicas, over.signal)) >= replicas) everywhere.push(key)
      } else {
        at += 1
        await systemClock.sleep(2)
      }
    }
  }

  return {
    acknowledged,
    everywhere,
    lastAt: () => last,
    async stop() {
      over.abort()
      await running
      clients.close()
    },
  }
}

async function write(clients: RedisClients, host: string, key: string, signal: AbortSignal): Promise<boolean> {
  const address = { host, port: PORT, credentials: undefined }
  return clients.ask(address, ['SET', key, '1'], { withinMs: WITHIN_MS, signal }).then(
    (reply) => reply === 'OK',
    () => false,
  )
}

async function waitFor(clients: RedisClients, host: string, replicas: number, signal: AbortSignal): Promise<number> {
  const address = { host, port: PORT, credentials: undefined }
  return clients.ask(address, ['WAIT', `${replicas}`, '50'], { withinMs: WITHIN_MS, signal }).then(Number, () => 0)
}
