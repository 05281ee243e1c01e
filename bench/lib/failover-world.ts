// What is the same for each that fails over: a primary that can be killed, and a client that tries everybody in turn.
import { setTimeout as sleep } from 'node:timers/promises'
import { createRedisClients } from '../../controller/databases/redis.ts'

export interface FailoverWorld {
  /** Makes everything well again, under write load; the primary is then killed once. */
  prepare(): Promise<Prepared>
  stop(): Promise<void>
}

export interface Prepared {
  readonly hosts: () => readonly string[]
  readonly primary: string
  readonly kill: () => void
}

const PORT = 6379
const EVERY_MS = 3
const ANSWERS_WITHIN_MS = 200
const GIVES_UP_MS = 120_000

/** The moment, on the clock of performance.now, when a host other than the old primary first takes a write. */
export async function untilAccepted(hosts: () => readonly string[], old: string): Promise<number> {
  const clients = createRedisClients()
  const ask = { withinMs: ANSWERS_WITHIN_MS, signal: new AbortController().signal }
  const deadline = performance.now() + GIVES_UP_MS
  try {
    for (let turn = 0; performance.now() < deadline; turn++) {
      const others = hosts().filter((host) => host !== old)
      const host = others[turn % others.length] ?? ''
      const reply = await clients
        .ask({ host, port: PORT, credentials: undefined }, ['SET', 'bench:first', '1'], ask)
        .catch(() => undefined)
      if (reply === 'OK') return performance.now()
      await sleep(EVERY_MS)
    }
  } finally {
    clients.close()
  }
  throw new Error(`no write was accepted within ${GIVES_UP_MS / 1000} s`)
}
