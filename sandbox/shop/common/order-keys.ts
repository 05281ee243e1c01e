// The keys of orders, kept in Redis, so that one that is sent twice is taken once: each answer in time, or none.
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { z } from 'zod'
import { ShopError } from './errors.ts'

export const ORDER_KEY_SETTINGS = {
  /** host:port of Redis. Empty: there is none, and orders are not compared. */
  REDIS_ADDRESS: z.union([z.literal(''), z.string().regex(/^[^:]+:\d+$/, { error: 'must be host:port' })]).default(''),
  REDIS_TIMEOUT_MS: z.coerce.number().int().positive().default(300),
}

export interface OrderKeys {
  /** What is known of this order; a new one is ours for ten seconds. Throws OrderKeysUnavailable: then nobody knows. */
  claim(order: string): Promise<'new' | 'pending' | 'taken'>
  /** The order is taken, for ten minutes. Throws as `claim`. */
  confirm(order: string): Promise<void>
  close(): Promise<void>
}

/** Redis does not answer, or takes no writes. */
class OrderKeysUnavailable extends ShopError {
  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(503, `the order's key could not be kept: ${why}`, { cause })
  }
}

const [PENDING_SECONDS, TAKEN_SECONDS] = [10, 600]

/** One connection, that is used until the first failure. */
function open(host: string, port: number, timeoutMs: number) {
  const client = createClient({
    socket: { host, port, connectTimeout: timeoutMs, reconnectStrategy: false },
    disableOfflineQueue: true,
  })
  // Whoever waits for an answer is told; without a listener the process would end.
  client.on('error', () => {})
  return { client, connected: client.connect() }
}
type Connection = ReturnType<typeof open>

/** Connects when it is first needed, and anew after any failure: whoever leads then may be another. */
export function connectOrderKeys(settings: {
  readonly REDIS_ADDRESS: string
  readonly REDIS_TIMEOUT_MS: number
}): OrderKeys | undefined {
  const { REDIS_ADDRESS, REDIS_TIMEOUT_MS: timeoutMs } = settings
  if (REDIS_ADDRESS === '') return undefined
  const [host = '', port] = REDIS_ADDRESS.split(':')
  let current: Connection | undefined

  async function ask<T>(question: (client: Connection['client']) => Promise<T>): Promise<T> {
    const used = current ?? open(host, Number(port), timeoutMs)
    current = used
    try {
      const answered = used.connected.then(() => question(used.client))
      answered.catch(() => {})
      return await within(timeoutMs, answered)
    } catch (error) {
      if (current === used) current = undefined
      used.client.destroy()
      throw new OrderKeysUnavailable(error)
    }
  }

  const keyOf = (order: string) => `order:${order}`
  return {
    async claim(order) {
      const options = { NX: true, GET: true, EX: PENDING_SECONDS } as const
      const known = await ask((client) => client.set(keyOf(order), 'pending', options))
      if (known === null) return 'new'
      return known === 'taken' ? 'taken' : 'pending'
    },
    async confirm(order) {
      await ask((client) => client.set(keyOf(order), 'taken', { EX: TAKEN_SECONDS }))
    },
    async close() {
      current?.client.destroy()
    },
  }
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const over = new AbortController()
  const late = sleep(timeoutMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`no answer within ${timeoutMs} ms`)
  })
  late.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    over.abort()
  }
}
