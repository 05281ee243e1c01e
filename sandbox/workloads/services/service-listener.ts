// One port of one Service: takes requests on its address and spreads them over the ready pods, in turn.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { errors, Pool } from 'undici'
import type { PodAddress } from './endpoints.ts'
import { type Forwarded, forward, hasBody } from './forward.ts'

/** Of the balancer's clients: longer than theirs, so that they close first. */
const KEEP_ALIVE_MS = 65_000
const CONNECT_TIMEOUT_MS = 1_000

export interface ServiceCounts {
  readonly requests: number
  /** Got 502 or 504, or an answer that broke off. */
  readonly failed: number
  /** Got 503 because no pod was ready. */
  readonly noPod: number
}

export interface ServiceListener {
  /** Those that get requests from now on. What is under way at others goes on. */
  setPods(pods: readonly PodAddress[]): void
  counts(): ServiceCounts
  /** Takes no more; resolves when requests under way have ended. */
  close(): Promise<void>
  /** Breaks off what is under way; resolves when every socket is closed. */
  destroy(): Promise<void>
}

export interface ServiceAddress {
  /** namespace/name of the Service, for messages. */
  readonly name: string
  readonly host: string
  readonly port: number
  /** How long a pod may take until its answer begins, and be silent within it. */
  readonly answerTimeoutMs: number
}

/** Throws when the address can't be had. */
export async function listenForService({
  name,
  host,
  port,
  answerTimeoutMs,
}: ServiceAddress): Promise<ServiceListener> {
  let pods: readonly PodAddress[] = []
  const pools = new Map<string, Pool>()
  const closing = new Set<Promise<void>>()
  const counts = { requests: 0, failed: 0, noPod: 0 }
  let turn = 0

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => void serve(request, response))
  // A client that breaks off is no matter of ours.
  server.on('clientError', (_, socket) => socket.destroy())

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    counts.requests += 1
    const candidates = inTurn()
    if (candidates.length === 0) {
      counts.noPod += 1
      return answer(response, 503, `no pod of service ${name} is ready`)
    }
    let last: { readonly pod: PodAddress; readonly error: Error } | undefined
    for (const pod of candidates) {
      const outcome = await forward(request, response, poolOf(pod))
      if (outcome.kind === 'answered') return
      if (outcome.kind === 'broken') {
        counts.failed += 1
        return
      }
      last = { pod, error: outcome.error }
      if (!mayTryAnother(request, outcome)) break
    }
    counts.failed += 1
    if (last !== undefined) answer(response, ...explain(last.pod, last.error))
  }

  function explain(pod: PodAddress, error: Error): [status: number, text: string] {
    const who = `pod ${pod.name} of service ${name}`
    if (error instanceof errors.HeadersTimeoutError) return [504, `${who} did not answer in ${answerTimeoutMs} ms`]
    return [502, `${who} at ${pod.origin} could not be asked: ${error.message}`]
  }

  /** All of them, beginning with the next. */
  function inTurn(): readonly PodAddress[] {
    if (pods.length === 0) return []
    const first = turn % pods.length
    turn = first + 1
    return first === 0 ? pods : [...pods.slice(first), ...pods.slice(0, first)]
  }

  function poolOf({ uid, origin }: PodAddress): Pool {
    const known = pools.get(uid)
    if (known !== undefined) return known
    const pool = new Pool(origin, {
      connect: { timeout: CONNECT_TIMEOUT_MS },
      headersTimeout: answerTimeoutMs,
      bodyTimeout: answerTimeoutMs,
    })
    pools.set(uid, pool)
    return pool
  }

  function retire(uid: string, pool: Pool): void {
    pools.delete(uid)
    // Graceful: what is under way there ends first.
    const closed = pool.close().finally(() => closing.delete(closed))
    closing.add(closed)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const hint = 'is another sandbox running there, or is it no address of this machine?'
      reject(new Error(`service ${name} can't listen on ${host}:${port}: ${hint}`, { cause }))
    })
    server.listen({ host, port }, resolve)
  })

  return {
    setPods(next) {
      pods = next
      const uids = new Set(next.map(({ uid }) => uid))
      for (const [uid, pool] of pools) if (!uids.has(uid)) retire(uid, pool)
    },
    counts: () => ({ ...counts }),
    async close() {
      await closeServer()
      for (const [uid, pool] of pools) retire(uid, pool)
      await Promise.all(closing)
    },
    async destroy() {
      const closed = closeServer()
      server.closeAllConnections()
      await closed
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
      await Promise.all(closing)
    },
  }

  function closeServer(): Promise<void> {
    return new Promise((resolve) => server.close(() => resolve()))
  }
}

/** What the pod has not seen, or may see twice without harm when the connection was cut before any answer. */
function mayTryAnother(request: IncomingMessage, { isUntouched, error }: Forwarded & { kind: 'failed' }): boolean {
  if (isUntouched) return true
  const isReadOnly = request.method === 'GET' || request.method === 'HEAD'
  return isReadOnly && !hasBody(request) && error instanceof errors.SocketError
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`)
}
