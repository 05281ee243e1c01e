// Many named timers on one clock: one sleep at a time, to the earliest, and never early.
import type { Clock } from '../model/clock.ts'
import type { Milliseconds } from '../model/units.ts'

export interface Timers {
  /** Fires `name` at `due` (monotonic), replacing a time set before. */
  set(name: string, due: Milliseconds): void
  /** When `name` is to fire; undefined when it isn't set. */
  due(name: string): Milliseconds | undefined
  clear(name: string): void
  /** Clears all and stops. */
  stop(): void
}

/** setTimeout takes at most 2^31 ms: a longer wait is slept in parts. */
const LONGEST_SLEEP_MS = 3_600_000

/** Calls `fire(name, due)` for each timer when its time has come, in order of their times. */
export function createTimers(clock: Clock, fire: (name: string, due: Milliseconds) => void): Timers {
  const dues = new Map<string, Milliseconds>()
  /** A binary heap by due; entries whose due is no longer the one in `dues` are dead and skipped. */
  const heap: { readonly name: string; readonly due: Milliseconds }[] = []
  let sleeping: { readonly until: Milliseconds; readonly wake: AbortController } | undefined

  function push(name: string, due: Milliseconds): void {
    const entry = { name, due }
    heap.push(entry)
    let index = heap.length - 1
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || parent.due <= due) break
      heap[index] = parent
      index = above
    }
    heap[index] = entry
  }

  function pop(): void {
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const [a, b] = [heap[left], heap[left + 1]]
      const [smaller, below] = b !== undefined && a !== undefined && b.due < a.due ? [b, left + 1] : [a, left]
      if (smaller === undefined || smaller.due >= last.due) break
      heap[index] = smaller
      index = below
    }
    heap[index] = last
  }

  function earliest() {
    for (;;) {
      const top = heap[0]
      if (top === undefined || dues.get(top.name) === top.due) return top
      pop()
    }
  }

  /** Fires what is due, then sleeps to the next. Timers of the platform may fire up to 1 ms early, hence the loop. */
  function advance(): void {
    for (let top = earliest(); top !== undefined && top.due <= clock.monotonic(); top = earliest()) {
      pop()
      dues.delete(top.name)
      fire(top.name, top.due)
    }
    arm()
  }

  function arm(): void {
    const next = earliest()
    if (next === undefined) return
    if (sleeping !== undefined) {
      if (sleeping.until <= next.due) return
      sleeping.wake.abort()
    }
    const wake = new AbortController()
    const mine = { until: next.due, wake }
    sleeping = mine
    const finish = () => {
      if (sleeping !== mine) return
      sleeping = undefined
      advance()
    }
    const waitMs = Math.min(LONGEST_SLEEP_MS, Math.max(0, next.due - clock.monotonic()))
    clock.sleep(waitMs, wake.signal).then(finish, (error) => {
      if (!wake.signal.aborted) throw error
    })
  }

  return {
    set(name, due) {
      if (dues.get(name) === due) return
      dues.set(name, due)
      push(name, due)
      arm()
    },
    due: (name) => dues.get(name),
    clear(name) {
      dues.delete(name)
      // Timers that are set and cleared over and over would otherwise leave their dead entries behind.
      if (heap.length > 64 && heap.length > 4 * dues.size) {
        heap.length = 0
        for (const [kept, due] of dues) push(kept, due)
      }
    },
    stop() {
      dues.clear()
      heap.length = 0
      sleeping?.wake.abort()
      sleeping = undefined
    },
  }
}
