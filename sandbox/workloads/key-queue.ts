// Reconciles by key: one at a time per key, the newest wish once, and again later after a failure.

import { isOldNews } from '../kube/api.ts'
import { pauseAfterFailure } from '../kube/retry.ts'

/** In a row, which takes about 5 s. */
const OLD_NEWS_TOLERATED = 8

export interface KeyQueue {
  /** Soon; a key that is being worked on is worked on once more afterwards. */
  add(key: string): void
  /** Resolves when no work is under way; timers are gone then. Call it after the signal has aborted. */
  idle(): Promise<void>
}

export interface KeyQueueOptions {
  /** Says in how many ms the key is due again although nothing changes; undefined: not at all. A throw means: try again. */
  readonly work: (key: string) => Promise<number | undefined>
  /** Hears of the first failure in a row of a key; of old news only when they stay: it is then no news that helps. */
  readonly onFailure: (key: string, cause: unknown) => void
  readonly signal: AbortSignal
}

/** Nothing is started once the signal has aborted. */
export function createKeyQueue({ work, onFailure, signal }: KeyQueueOptions): KeyQueue {
  const underWay = new Map<string, Promise<void>>()
  const wantedAgain = new Set<string>()
  const timers = new Map<string, NodeJS.Timeout>()
  const failures = new Map<string, number>()

  function add(key: string): void {
    if (signal.aborted) return
    if (underWay.has(key)) return void wantedAgain.add(key)
    clearTimeout(timers.get(key))
    timers.delete(key)
    const done = run(key).finally(() => {
      underWay.delete(key)
      if (wantedAgain.delete(key)) add(key)
    })
    underWay.set(key, done)
  }

  function addAfter(key: string, ms: number): void {
    if (signal.aborted) return
    clearTimeout(timers.get(key))
    timers.set(
      key,
      setTimeout(() => add(key), ms),
    )
  }

  async function run(key: string): Promise<void> {
    // What arrives in the same turn is one reason to work, not many.
    await Promise.resolve()
    try {
      const againMs = await work(key)
      failures.delete(key)
      if (againMs !== undefined) addAfter(key, againMs)
    } catch (error) {
      if (signal.aborted) return
      const count = (failures.get(key) ?? 0) + 1
      failures.set(key, count)
      if (count === (isOldNews(error) ? OLD_NEWS_TOLERATED : 1)) onFailure(key, error)
      addAfter(key, pauseAfterFailure(count))
    }
  }

  signal.addEventListener('abort', () => {
    for (const timer of timers.values()) clearTimeout(timer)
    timers.clear()
  })

  return {
    add,
    async idle() {
      await Promise.all(underWay.values())
    },
  }
}
