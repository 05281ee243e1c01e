// A clock that moves only when a test says so, stopping at each sleeper on the way.
import type { Clock } from '../../controller/model/clock.ts'

export interface ManualClock extends Clock {
  /** Moves on by `ms`; each sleeper wakes at its own time, and what it starts runs before the clock moves on. */
  advance(ms: number, afterStep?: () => void): Promise<void>
  /** When the next sleeper wakes; undefined when nobody sleeps. */
  next(): number | undefined
}

interface Sleeper {
  readonly due: number
  readonly wake: () => void
}

export function manualClock(epochMs = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsed = 0
  const sleepers = new Set<Sleeper>()

  const earliest = () =>
    [...sleepers].reduce<Sleeper | undefined>((a, b) => (a !== undefined && a.due <= b.due ? a : b), undefined)

  return {
    now: () => epochMs + elapsed,
    monotonic: () => elapsed,
    sleep(ms, signal) {
      signal?.throwIfAborted()
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const abort = () => {
        sleepers.delete(sleeper)
        reject(signal?.reason)
      }
      const sleeper: Sleeper = {
        due: elapsed + Math.max(0, ms),
        wake() {
          signal?.removeEventListener('abort', abort)
          resolve()
        },
      }
      sleepers.add(sleeper)
      signal?.addEventListener('abort', abort, { once: true })
      return promise
    },
    next: () => earliest()?.due,
    async advance(ms, afterStep) {
      const until = elapsed + ms
      await settle()
      for (let first = earliest(); first !== undefined && first.due <= until; first = earliest()) {
        sleepers.delete(first)
        elapsed = Math.max(elapsed, first.due)
        first.wake()
        await settle()
        afterStep?.()
      }
      elapsed = until
      afterStep?.()
    },
  }
}

/** Lets every promise that is ready to go on do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
