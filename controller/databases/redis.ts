// Speaks with Redis, Valkey and Sentinels: one kept connection per address, a deadline on every command, nothing queued, nothing repeated.
import { createClient, ErrorReply } from '@redis/client'
import type { MemberCredentials } from '../model/failover.ts'
import type { Milliseconds } from '../model/units.ts'

export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly credentials: MemberCredentials | undefined
}

/**
 * `refused`: nobody listens there. `silent`: nothing came back in time, and `hangs` when a connection was opened all the same.
 * `broken`: a connection ended before the answer. `denied`: it answers, and says no: the message is its own.
 */
export type RedisFaultKind = 'refused' | 'silent' | 'broken' | 'denied'

export class RedisFault extends Error {
  readonly kind: RedisFaultKind
  readonly hangs: boolean

  constructor(kind: RedisFaultKind, message: string, options: { cause?: unknown; hangs?: boolean } = {}) {
    super(message, { cause: options.cause })
    this.name = 'RedisFault'
    this.kind = kind
    this.hangs = options.hangs === true
  }
}

export type RedisReply = string | number | null | readonly RedisReply[]

export interface RedisAsk {
  /** For connecting, where that is needed, and the answer together. */
  readonly withinMs: Milliseconds
  readonly signal: AbortSignal
}

export interface RedisClients {
  /** Sends one command and returns its reply. Throws RedisFault, or the signal's reason. */
  ask(address: RedisAddress, command: readonly string[], ask: RedisAsk): Promise<RedisReply>
  /** Closes the connections to all but these. */
  keepOnly(addresses: readonly RedisAddress[]): void
  close(): void
}

interface Connection {
  readonly client: ReturnType<typeof newClient>
  readonly credentials: MemberCredentials | undefined
  /** Resolves when it can be used. */
  readonly open: Promise<unknown>
  /** TCP stands. */
  isConnected: boolean
  isDropped: boolean
  hasAnswered: boolean
}

/** `onEnd`: a connection that has answered ended by itself, between two commands. */
export function createRedisClients(onEnd: () => void = () => {}): RedisClients {
  const connections = new Map<string, Connection>()

  function connectionTo(address: RedisAddress, withinMs: Milliseconds): { connection: Connection; isNew: boolean } {
    const key = keyOf(address)
    const kept = connections.get(key)
    const isUsable = kept?.client.isOpen === true && sameCredentials(kept.credentials, address.credentials)
    if (isUsable) return { connection: kept, isNew: !kept.client.isReady }
    if (kept !== undefined) drop(key, kept)
    const connection = connect(address, withinMs, onEnd)
    connections.set(key, connection)
    return { connection, isNew: true }
  }

  function drop(key: string, connection: Connection): void {
    connection.isDropped = true
    if (connections.get(key) === connection) connections.delete(key)
    connection.client.destroy()
  }

  return {
    async ask(address, command, { withinMs, signal }) {
      signal.throwIfAborted()
      const key = keyOf(address)
      const { connection, isNew } = connectionTo(address, withinMs)
      const { promise: over, reject } = Promise.withResolvers<never>()
      const timer = setTimeout(() => {
        const hangs = isNew && connection.isConnected
        const what = hangs ? 'takes a connection, and does not answer' : 'does not answer'
        reject(new RedisFault('silent', `${key} ${what} within ${Math.round(withinMs)} ms`, { hangs }))
      }, withinMs)
      const onAbort = () => reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        const answer = connection.open.then(() => connection.client.sendCommand<RedisReply>(command))
        const reply = await Promise.race([answer, over])
        connection.hasAnswered = true
        return reply
      } catch (cause) {
        const fault = signal.aborted ? signal.reason : faultOf(key, cause)
        // What it answers later would be taken for the answer to the next command.
        if (!(fault instanceof RedisFault && fault.kind === 'denied' && connection.client.isReady))
          drop(key, connection)
        throw fault
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
      }
    },
    keepOnly(addresses) {
      const wanted = new Set(addresses.map(keyOf))
      for (const [key, connection] of connections) if (!wanted.has(key)) drop(key, connection)
    },
    close() {
      for (const [key, connection] of connections) drop(key, connection)
    },
  }
}

function connect(address: RedisAddress, withinMs: Milliseconds, onEnd: () => void): Connection {
  const client = newClient(address, withinMs)
  const connection: Connection = {
    client,
    credentials: address.credentials,
    open: client.connect(),
    isConnected: false,
    isDropped: false,
    hasAnswered: false,
  }
  // Each failure is told by the command that it fails; between commands, by the end alone.
  client.on('error', () => {
    if (connection.hasAnswered && !connection.isDropped) onEnd()
  })
  client.on('connect', () => {
    connection.isConnected = true
    // Dropped while it was connecting, the client would keep what it gets only now.
    if (connection.isDropped) client.destroy()
  })
  connection.open.catch(() => {})
  return connection
}

function newClient({ host, port, credentials }: RedisAddress, withinMs: Milliseconds) {
  return createClient({
    socket: { host, port, connectTimeout: withinMs, reconnectStrategy: false },
    ...(credentials?.username === undefined ? {} : { username: credentials.username }),
    ...(credentials === undefined ? {} : { password: credentials.password }),
    // No greeting beyond AUTH: Sentinels and old versions know no other.
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    disableOfflineQueue: true,
  })
}

const SILENCES: readonly unknown[] = ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN']

function faultOf(key: string, cause: unknown): RedisFault {
  if (cause instanceof RedisFault) return cause
  // A script that runs for too long keeps it from everything else.
  if (cause instanceof ErrorReply && cause.message.startsWith('BUSY'))
    return new RedisFault('silent', `${key} is kept busy by a script`, { cause, hangs: true })
  if (cause instanceof ErrorReply) return new RedisFault('denied', `${key} says: ${cause.message}`, { cause })
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ECONNREFUSED') return new RedisFault('refused', `${key} refuses connections`, { cause })
  if (SILENCES.includes(code)) return new RedisFault('silent', `${key} can't be reached: ${code}`, { cause })
  if (cause instanceof Error && cause.message === 'Connection timeout')
    return new RedisFault('silent', `${key} takes no connection in time`, { cause })
  const how = cause instanceof Error ? cause.message : String(cause)
  return new RedisFault('broken', `the connection to ${key} ended: ${how}`, { cause })
}

function keyOf({ host, port }: RedisAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function sameCredentials(a: MemberCredentials | undefined, b: MemberCredentials | undefined): boolean {
  return a?.username === b?.username && a?.password === b?.password
}
