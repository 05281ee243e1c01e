// The workqueue: each key is reconciled by one worker at a time, again when it changed meanwhile, later when it failed.
import type { Clock } from '../model/clock.ts'
import { KubeError, TerminalError } from '../model/errors.ts'
import type { Milliseconds } from '../model/units.ts'
import { backoffMs } from './backoff.ts'
import { createTimers } from './timers.ts'
import { createTokenBucket } from './token-bucket.ts'

export interface ReconcileResult {
  /**
   * Reconcile again so long after this one was due (not after it ended: a period doesn't drift by the time the work
   * takes). Absent: only when the key is added.
   */
  readonly requeueAfterMs?: Milliseconds
}

export interface WorkqueueOptions {
  readonly reconcile: (key: string) => Promise<ReconcileResult>
  readonly clock: Clock
  /** Keys reconciled at once; Infinity for no limit. */
  readonly concurrency: number
  /** Told of every failure; `retryAfterMs` is undefined for a TerminalError, which waits until the key is added again. */
  readonly onError: (failure: {
    readonly key: string
    readonly error: unknown
    readonly failures: number
    readonly retryAfterMs: Milliseconds | undefined
  }) => void
  /** Waits between the retries of one key; default 100 ms doubling to 60 s. */
  readonly backoff?: { readonly baseMs: Milliseconds; readonly maxMs: Milliseconds }
  /** Retries of all keys together; default 20 a second after a burst of 100. */
  readonly retries?: { readonly perSecond: number; readonly burst: number }
  readonly random?: () => number
}

export interface Workqueue {
  /** Reconciles the key as soon as a worker is free; once, however often it is added before that. */
  add(key: string): void
  /** Adds the key after `ms`; when it is already to be added sooner, that stays. */
  addAfter(key: string, ms: Milliseconds): void
  /** Forgets the key: what waits for it, and its failures. Work under way on it goes on. */
  forget(key: string): void
  /** Keys that wait for a worker. */
  readonly waiting: number
  /** Keys being worked on. */
  readonly processing: number
  /** Takes no more work, drops what waits, and resolves when the work under way has ended. */
  drain(): Promise<void>
}

/** A running, empty queue. */
export function createWorkqueue(options: WorkqueueOptions): Workqueue {
  const { reconcile, clock, concurrency, onError } = options
  const random = options.random ?? Math.random
  const policy = { ...(options.backoff ?? { baseMs: 100, maxMs: 60_000 }), random }
  const retries = createTokenBucket({ ...(options.retries ?? { perSecond: 20, burst: 100 }), clock })
  /** Keys to reconcile, first come first served. A key that is also in `processing` waits for its own worker. */
  const dirty = new Set<string>()
  const processing = new Set<string>()
  const failures = new Map<string, number>()
  /** When a key's requeue was due, so that the next one is counted from there. */
  const dueAt = new Map<string, Milliseconds>()
  /** Keys forgotten while being worked on: what that work asks for is dropped. */
  const forgotten = new Set<string>()
  const idle: (() => void)[] = []
  let draining = false

  /** What the last reconcile asked for: replaced by each new reconcile, since that looked at everything again. */
  const requeues = createTimers(clock, (key, due) => {
    dueAt.set(key, due)
    add(key)
  })
  /** What others asked for with addAfter: kept whatever happens in between. */
  const delayed = createTimers(clock, add)

  function add(key: string): void {
    if (draining) return
    dirty.add(key)
    dispatch()
  }

  function dispatch(): void {
    if (draining) return
    for (const key of dirty) {
      if (processing.size >= concurrency) return
      if (processing.has(key)) continue
      dirty.delete(key)
      processing.add(key)
      requeues.clear(key)
      void work(key)
    }
  }

  async function work(key: string): Promise<void> {
    const now = clock.monotonic()
    const due = dueAt.get(key)
    dueAt.delete(key)
    try {
      const { requeueAfterMs } = await reconcile(key)
      failures.delete(key)
      if (requeueAfterMs !== undefined && mayRequeue(key)) requeues.set(key, nextDue(due ?? now, now, requeueAfterMs))
    } catch (error) {
      retryLater(key, error)
    } finally {
      processing.delete(key)
      if (forgotten.delete(key)) failures.delete(key)
      if (processing.size === 0) for (const resolve of idle.splice(0)) resolve()
      dispatch()
    }
  }

  function mayRequeue(key: string): boolean {
    return !draining && !forgotten.has(key)
  }

  /** A whole period late or more: the missed ones are skipped, not caught up. */
  function nextDue(due: Milliseconds, startedAt: Milliseconds, periodMs: Milliseconds): Milliseconds {
    return startedAt - due < periodMs ? due + periodMs : startedAt + periodMs
  }

  function retryLater(key: string, error: unknown): void {
    const count = (failures.get(key) ?? 0) + 1
    if (error instanceof TerminalError) {
      failures.delete(key)
      onError({ key, error, failures: count, retryAfterMs: undefined })
      return
    }
    failures.set(key, count)
    const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0
    const retryAfterMs = Math.max(backoffMs(count, policy), retries.reserve(), asked)
    if (mayRequeue(key)) requeues.set(key, clock.monotonic() + retryAfterMs)
    onError({ key, error, failures: count, retryAfterMs })
  }

  return {
    add,
    addAfter(key, ms) {
      if (draining) return
      const due = clock.monotonic() + ms
      if (due < (delayed.due(key) ?? Number.POSITIVE_INFINITY)) delayed.set(key, due)
    },
    forget(key) {
      dirty.delete(key)
      requeues.clear(key)
      delayed.clear(key)
      failures.delete(key)
      if (processing.has(key)) forgotten.add(key)
    },
    get waiting() {
      return dirty.size
    },
    get processing() {
      return processing.size
    },
    async drain() {
      draining = true
      dirty.clear()
      requeues.stop()
      delayed.stop()
      if (processing.size > 0) await new Promise<void>((resolve) => idle.push(resolve))
    },
  }
}
