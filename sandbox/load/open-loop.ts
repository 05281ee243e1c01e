// HTTP load as an open loop: requests start at their times, whether or not earlier ones have been answered.
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, type Dispatcher } from 'undici'

export interface LoadRequest {
  readonly url: string
  /** Default GET. */
  readonly method?: Dispatcher.HttpMethod
}

export interface LoadOptions {
  /** Asked before each request; undefined, for want of an address, counts as a failed one. */
  readonly next: () => LoadRequest | undefined
  /** Requests per second; a function may change it at any time. */
  readonly rps: number | (() => number)
  /** Ends the load. */
  readonly signal?: AbortSignal
  /** A request without an answer by then has failed. Default 5 s. */
  readonly timeoutMs?: number
  /** Told when a request starts… */
  readonly onStart?: () => void
  /** …and when it ended: why it failed, or undefined, and how long it took. */
  readonly onEnd?: (failure: string | undefined, ms: number) => void
}

interface LoadCounts {
  /** Started so far. */
  readonly sent: number
  /** Answered with a status below 500. */
  readonly ok: number
  /** Answered with 500 or more, not answered, or not sent for want of a URL. */
  readonly failed: number
  /** Failures by what happened: a status, or the network error's code. */
  readonly failures: Readonly<Record<string, number>>
}

export interface Load {
  /** So far; what is under way is in `sent` only. */
  counts(): LoadCounts
  /** Starts no more requests, waits for those under way, and returns the final counts. */
  stop(): Promise<LoadCounts>
}

/** The least time between two looks at the clock. */
const TICK_MS = 5
/** After a pause of the process (a collection, a busy machine), at most so much is caught up at once. */
const MOST_CATCH_UP_MS = 1_000
const CONNECTIONS_PER_POD = 256

/** One address after another; they are asked for before each request. */
export function inTurn(urls: () => readonly string[]): () => LoadRequest | undefined {
  let turn = 0
  return () => {
    const all = urls()
    const url = all[turn++ % Math.max(1, all.length)]
    return url === undefined ? undefined : { url }
  }
}

/** Starts at once. */
export function startLoad(options: LoadOptions): Load {
  const { next, rps, timeoutMs = 5_000, onStart, onEnd } = options
  const agent = new Agent({ connections: CONNECTIONS_PER_POD })
  const stopping = new AbortController()
  const stopped = options.signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, options.signal])
  const underWay = new Set<Promise<void>>()
  const failures: Record<string, number> = {}
  let [sent, ok, failed] = [0, 0, 0]

  async function sendOne(): Promise<void> {
    const startedAt = performance.now()
    sent += 1
    onStart?.()
    const failure = await exchange(next())
    if (failure === undefined) ok += 1
    else {
      failed += 1
      failures[failure] = (failures[failure] ?? 0) + 1
    }
    onEnd?.(failure, performance.now() - startedAt)
  }

  /** Why it failed; undefined when it didn't. */
  async function exchange(wanted: LoadRequest | undefined): Promise<string | undefined> {
    if (wanted === undefined) return 'no url'
    // Cleared when the answer is there: thousands of timeouts that nobody needs any more would be memory and work.
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new DOMException('no answer in time', 'TimeoutError')), timeoutMs)
    try {
      const { origin, pathname, search } = new URL(wanted.url)
      const method = wanted.method ?? 'GET'
      const response = await agent.request({ origin, path: pathname + search, method, signal: late.signal })
      await response.body.dump()
      return response.statusCode < 500 ? undefined : String(response.statusCode)
    } catch (error) {
      return reasonOf(error)
    } finally {
      clearTimeout(timer)
    }
  }

  async function run(): Promise<void> {
    let before = performance.now()
    let due = 0
    while (!stopped.aborted) {
      const now = performance.now()
      due += (Math.min(now - before, MOST_CATCH_UP_MS) / 1000) * (typeof rps === 'number' ? rps : rps())
      before = now
      for (; due >= 1; due -= 1) {
        const request: Promise<void> = sendOne().finally(() => underWay.delete(request))
        underWay.add(request)
      }
      await sleep(TICK_MS)
    }
    await Promise.all(underWay)
    await agent.close()
  }

  const running = run()
  const counts = (): LoadCounts => ({ sent, ok, failed, failures: { ...failures } })
  return {
    counts,
    async stop() {
      stopping.abort()
      await running
      return counts()
    },
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'timeout'
  if (error instanceof Error && 'code' in error) return String(error.code)
  return error instanceof Error ? error.name : String(error)
}
