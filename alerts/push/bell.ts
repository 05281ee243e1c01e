// Wakes who waits: so that news goes out at once, and is looked for now and then all the same.
import type { Clock } from '../../controller/model/clock.ts'
import type { Milliseconds } from '../../controller/model/units.ts'

export interface Bell {
  ring(): void
  /** Resolves when it rings, after `ms`, or when the signal aborts. */
  wait(ms: Milliseconds, signal: AbortSignal): Promise<void>
}

export function createBell(clock: Pick<Clock, 'sleep'>): Bell {
  let rung = new AbortController()
  return {
    ring() {
      const { abort } = rung
      abort.call(rung)
      rung = new AbortController()
    },
    async wait(ms, signal) {
      // Woken is not failed.
      await clock.sleep(ms, AbortSignal.any([rung.signal, signal])).catch(() => {})
    },
  }
}
