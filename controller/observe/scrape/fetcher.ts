// The Fetcher: one kept-alive connection per target through undici's dispatch, the cheapest way that handles all of HTTP.
import { Client, type Dispatcher } from 'undici'
import { messageOf } from '../../model/errors.ts'
import { formatDuration, type Milliseconds } from '../../model/units.ts'
import { type BodySink, createBodySink, type Scratch } from './body.ts'
import { createSharedBufferConnector } from './connect.ts'
import { codeOf, describeFailure } from './failure.ts'
import type { BodyReader, Fetcher, FetchRequest, FetchResult } from './fetch.ts'
import { createSlots } from './slots.ts'

export interface FetcherOptions {
  /** Scrapes that are busy at once, over all targets. */
  readonly concurrency?: number
  /** For https targets: whom to trust, and whether to check at all. Certificates rarely name a pod's IP. */
  readonly tls?: { readonly ca?: string; readonly verify?: boolean }
}

const CONCURRENCY = 128
/** One slot in eight is for targets that failed last time. */
const SUSPECT_SHARE = 8
/** A target that takes longer is waiting rather than busy, and gives its slot to the next one. */
const LONGEST_BUSY_MS = 100
const KEEP_ALIVE_MS = 300_000
const SMALL_BODY_BYTES = 65_536

/**
 * Text is asked for before OpenMetrics: it has no exemplars to skip, and clients rename counters in OpenMetrics. No
 * compression is asked for: inside a cluster bytes are cheap, while compressing costs each target, and inflating costs us,
 * several times what reading the metrics does. A server that compresses anyway is understood.
 */
const HEADERS = {
  accept: 'text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1',
  'accept-encoding': 'identity',
  'user-agent': 'evenkeel',
}

/** An exchange that has not ended. */
interface UnderWay {
  fail(why: string): void
  disconnect(): void
}

interface Connection {
  readonly client: Client
  /** A response came over it, so that the next request goes over a connection which may have been closed meanwhile. */
  used: boolean
}

export function createFetcher(options: FetcherOptions = {}): Fetcher {
  const concurrency = options.concurrency ?? CONCURRENCY
  const slots = createSlots(concurrency, Math.max(1, Math.floor(concurrency / SUSPECT_SHARE)))
  const connections = new Map<string, Connection>()
  const underWay = new Set<UnderWay>()
  const connectPlain = createSharedBufferConnector()
  const scratch: Scratch = { free: [] }
  let closed = false

  function connectionTo(origin: string): Connection {
    const known = connections.get(origin)
    if (known !== undefined) return known
    const { ca, verify = true } = options.tls ?? {}
    const client = new Client(origin, {
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // The exchange has one deadline of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: origin.startsWith('http:')
        ? connectPlain
        : { timeout: 0, rejectUnauthorized: verify, ...(ca === undefined ? {} : { ca }) },
    })
    const connection = { client, used: false }
    connections.set(origin, connection)
    return connection
  }

  function drop(origin: string, connection: Connection | undefined): void {
    if (connection === undefined) return
    if (connections.get(origin) === connection) connections.delete(origin)
    connection.client.destroy(null, () => undefined)
  }

  function fetch<T>(request: FetchRequest, read: BodyReader<T>): Promise<FetchResult<T>> {
    const { target, timeoutMs, suspect } = request
    return new Promise((resolve) => {
      let connection: Connection | undefined
      let sink: BodySink | undefined
      let timer: NodeJS.Timeout | undefined
      let settled = false
      let holdsSlot = false
      let status = 0
      let contentType: string | undefined
      let received = 0
      let retried = false
      // A suspect may wait long for its share of the slots: its time begins when its exchange does.
      const calledMs = performance.now()
      let deadlineMs = calledMs + timeoutMs

      const freeSlot = () => {
        if (holdsSlot) slots.free(suspect)
        holdsSlot = false
      }
      const settle = (result: FetchResult<T>) => {
        if (settled) return
        settled = true
        clearTimeout(timer)
        leaveQueue()
        underWay.delete(exchange)
        freeSlot()
        resolve(result)
      }
      const fail = (why: string) => settle({ kind: 'failed', why })
      /** Ends the exchange and with it the connection, which is in the middle of a response. */
      const abort = (why: string) => {
        fail(why)
        sink?.abandon()
        drop(target.origin, connection)
      }
      const exchange: UnderWay = { fail, disconnect: () => drop(target.origin, connection) }
      const expire = () => abort(`timeout after ${formatDuration(timeoutMs)}`)
      const awaitDeadline = () => {
        timer = setTimeout(expire, Math.max(0, deadlineMs - performance.now()))
      }
      const finish = (body: Buffer) => {
        if (settled) return
        try {
          settle({ kind: 'ok', value: read(body, contentType) })
        } catch (error) {
          fail(`the metrics could not be read: ${messageOf(error)}`)
        }
      }

      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode, headers) => {
          if (statusCode < 200) return
          status = statusCode
          if (statusCode !== 200) return
          const type = headers['content-type']
          contentType = Array.isArray(type) ? type[0] : type
          const encoding = headers['content-encoding']
          sink = createBodySink(String(encoding ?? ''), scratch, { done: finish, failed: abort })
          if (sink === undefined) abort(`content-encoding "${encoding}", which was not asked for`)
        },
        onResponseData: (_controller, chunk) => {
          if (settled) return
          received += chunk.length
          if (sink !== undefined) sink.write(chunk)
          // A short error page is read to its end, so that the connection can be kept.
          else if (received > SMALL_BODY_BYTES) abort(`HTTP ${status}`)
        },
        onResponseEnd: () => {
          if (connection !== undefined) connection.used = true
          if (sink === undefined) fail(`HTTP ${status}`)
          else sink.end()
        },
        // Not from within the client: what a failure sets off may ask the same client for something, which it takes badly
        // (an assertion that ends the process) while it tells of a connection that was not made.
        onResponseError: (_controller, error) => queueMicrotask(() => failed(error)),
      }
      const failed = (error: Error) => {
        if (settled) return
        // A kept-alive connection may be closed by the target just as it is used again: that is no failure.
        const isStale = connection?.used === true && status === 0 && STALE.has(codeOf(error) ?? '')
        if (isStale && !retried && connection !== undefined) {
          retried = true
          connection.used = false
          dispatch(connection)
        } else {
          sink?.abandon()
          fail(describeFailure(error))
        }
      }
      const dispatch = ({ client }: Connection) => {
        try {
          client.dispatch({ path: target.path, method: 'GET', headers: HEADERS }, handler)
        } catch (error) {
          fail(describeFailure(error))
        }
      }
      const start = () => {
        holdsSlot = true
        clearTimeout(timer)
        if (suspect) deadlineMs = performance.now() + timeoutMs
        const busyMs: Milliseconds = Math.max(0, Math.min(LONGEST_BUSY_MS, deadlineMs - performance.now()))
        timer = setTimeout(() => {
          freeSlot()
          awaitDeadline()
        }, busyMs)
        try {
          connection = connectionTo(target.origin)
        } catch (error) {
          fail(describeFailure(error))
          return
        }
        dispatch(connection)
      }

      let leaveQueue = (): void => undefined
      if (closed) {
        fail(CLOSED)
        return
      }
      underWay.add(exchange)
      const leave = slots.take(suspect, start)
      leaveQueue = leave
      if (!holdsSlot && !settled && !suspect) awaitDeadline()
    })
  }

  return {
    fetch,
    forget: (origin) => {
      const connection = connections.get(origin)
      connections.delete(origin)
      // Lets an exchange that another Guard has under way end; without one it closes at once.
      connection?.client.close(() => undefined)
    },
    close: () => {
      closed = true
      const ending = [...underWay]
      for (const { fail } of ending) fail(CLOSED)
      // Also those to origins that were forgotten meanwhile: an open socket would keep the process alive.
      for (const { disconnect } of ending) disconnect()
      for (const [origin, connection] of [...connections]) drop(origin, connection)
    },
  }
}

const CLOSED = 'the observer was closed'
const STALE: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])
