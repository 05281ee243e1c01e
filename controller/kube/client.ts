// The client: requests to one cluster's API server over pooled connections, each with a deadline, each failure a KubeError.
import type { Readable } from 'node:stream'
import packageJson from '../../package.json' with { type: 'json' }
import type { Clock } from '../model/clock.ts'
import { KubeError, messageOf } from '../model/errors.ts'
import type { Milliseconds } from '../model/units.ts'
import { type Access, type Connection, openConnection } from './connection.ts'
import { withDeadline } from './deadline.ts'
import { type Asked, noCredentials, refusal, tooLate, unreachable, unreadable } from './kube-errors.ts'
import type { KubeconfigSource } from './kubeconfig.ts'

type MergePatch = 'application/merge-patch+json' | 'application/strategic-merge-patch+json'

interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From /api or /apis on: see pathOf. */
  readonly path: string
  /** What it is about, for messages: see describeObject. */
  readonly object: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Sent as JSON. */
  readonly body?: unknown
  readonly contentType?: 'application/json' | MergePatch | 'application/apply-patch+yaml'
  /** Instead of the client's own deadline. */
  readonly timeoutMs?: Milliseconds | undefined
  readonly signal?: AbortSignal | undefined
}

/** A response that goes on: a watch. */
export interface KubeStream {
  readonly chunks: Readable
  /** Drops the connection. */
  close(): void
}

/** One finished request, for metrics. */
export interface KubeRequestReport {
  readonly method: string
  readonly object: string
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  readonly durationMs: Milliseconds
}

export interface KubeClient {
  /** Address of the API server, for messages. */
  readonly server: string
  /** Namespace of the kubeconfig's context, or the one our pod runs in. */
  readonly namespace: string
  /** Sends a request and returns the parsed body. Throws KubeError, or the signal's reason when it aborts. */
  request(request: KubeRequest): Promise<unknown>
  /** Opens a stream; the deadline holds until the response's headers. Throws as `request` does. */
  open(request: KubeRequest): Promise<KubeStream>
  /** Closes every socket; requests under way fail. */
  close(): Promise<void>
}

export interface ConnectOptions extends KubeconfigSource {
  /** The deadline of each request, credentials and body included. */
  readonly requestTimeoutMs: Milliseconds
  readonly clock: Clock
  /** The most sockets held open, watches included; default 100. */
  readonly maxSockets?: number
  readonly onRequest?: (report: KubeRequestReport) => void
}

const USER_AGENT = `${packageJson.name}/${packageJson.version}`

/**
 * Connects to the cluster that the kubeconfig names. Opens no socket yet, but gets the credentials. Throws ConfigError naming
 * what was tried, and KubeError (reason "Credentials") for a token or exec plugin that fails or hangs.
 */
export async function connectKube(options: ConnectOptions): Promise<KubeClient> {
  const { clock, requestTimeoutMs } = options
  const connection: Connection = await openConnection({
    ...options,
    connectTimeoutMs: requestTimeoutMs,
    maxSockets: options.maxSockets ?? 100,
  })
  const { origin, basePath, namespace } = await withDeadline(
    clock,
    requestTimeoutMs,
    undefined,
    () => noCredentials('the cluster', new Error(`nothing came within ${requestTimeoutMs} ms`)),
    () => connection.current(),
  )
  const server = `${origin}${basePath}`
  let closed = false

  async function send(access: Access, request: KubeRequest, signal: AbortSignal) {
    const headers: Record<string, string> = { ...access.headers, accept: 'application/json', 'user-agent': USER_AGENT }
    if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json'
    return access.dispatcher.request({
      origin: access.origin,
      path: `${access.basePath}${request.path}${queryOf(request.query)}`,
      method: request.method,
      headers,
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal,
    })
  }

  /** The response's head; a 401 is answered once with fresh credentials. */
  async function exchange(request: KubeRequest, signal: AbortSignal) {
    const response = await send(await connection.current(), request, signal)
    if (response.statusCode !== 401) return response
    if (!(await connection.renew())) return response
    await response.body.dump()
    return send(await connection.current(), request, signal)
  }

  /** Runs `work` under the deadline, maps what it throws, and reports its status. */
  async function perform<T>(
    request: KubeRequest,
    work: (asked: Asked, signal: AbortSignal, setStatus: (status: number) => void) => Promise<T>,
  ): Promise<T> {
    const asked = { verb: request.method, object: request.object, server }
    request.signal?.throwIfAborted()
    if (closed) throw unreachable(asked, Object.assign(new Error('this client was closed'), { code: 'Closed' }))
    const timeoutMs = request.timeoutMs ?? requestTimeoutMs
    const startedAt = clock.monotonic()
    let status = 0
    try {
      return await withDeadline(
        clock,
        timeoutMs,
        request.signal,
        () => tooLate(asked, timeoutMs),
        (signal) =>
          work(asked, signal, (seen) => {
            status = seen
          }),
      )
    } catch (error) {
      request.signal?.throwIfAborted()
      throw error instanceof KubeError ? error : unreachable(asked, error)
    } finally {
      options.onRequest?.({
        method: request.method,
        object: request.object,
        status,
        durationMs: clock.monotonic() - startedAt,
      })
    }
  }

  /** Throws the refusal when the response isn't 2xx. */
  async function expectSuccess(asked: Asked, response: Awaited<ReturnType<typeof send>>): Promise<void> {
    if (response.statusCode >= 200 && response.statusCode < 300) return
    const retryAfter = response.headers['retry-after']
    throw refusal(
      asked,
      {
        status: response.statusCode,
        retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
        text: await response.body.text(),
      },
      clock.now(),
    )
  }

  return {
    server,
    namespace,
    request: (request) =>
      perform(request, async (asked, signal, setStatus) => {
        const response = await exchange(request, signal)
        setStatus(response.statusCode)
        await expectSuccess(asked, response)
        const text = await response.body.text()
        try {
          return JSON.parse(text)
        } catch (error) {
          throw unreadable(asked, response.statusCode, new Error(messageOf(error), { cause: error }))
        }
      }),
    async open(request) {
      // The deadline's signal ends with the headers; this one lives as long as the stream.
      const life = new AbortController()
      const abort = () => life.abort(request.signal?.reason)
      request.signal?.addEventListener('abort', abort, { once: true })
      const close = () => {
        request.signal?.removeEventListener('abort', abort)
        life.abort()
      }
      try {
        return await perform(request, async (asked, deadline, setStatus) => {
          deadline.addEventListener('abort', () => life.abort(deadline.reason), { once: true, signal: life.signal })
          const response = await exchange(request, life.signal)
          setStatus(response.statusCode)
          await expectSuccess(asked, response)
          return { chunks: response.body, close }
        })
      } catch (error) {
        close()
        throw error
      }
    },
    async close() {
      closed = true
      await connection.close()
    },
  }
}

function queryOf(query: KubeRequest['query']): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) params.set(name, String(value))
  return params.size === 0 ? '' : `?${params}`
}
