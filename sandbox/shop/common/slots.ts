// A bound on what is done at the same time: whoever comes when all slots are taken waits in line, for so long.
import { Busy } from './errors.ts'

export interface Slots {
  readonly max: number
  inUse(): number
  /** Does the work in a slot. Throws Busy when none was free in time. */
  run<Result>(work: () => Promise<Result>): Promise<Result>
}

/** `what` names the slots in errors ("database connections"). */
export function createSlots(what: string, max: number, waitMs: number): Slots {
  const line = new Set<() => void>()
  let inUse = 0

  async function take(): Promise<void> {
    if (inUse < max) {
      inUse += 1
      return
    }
    const turn = Promise.withResolvers<void>()
    line.add(turn.resolve)
    const timer = setTimeout(() => {
      line.delete(turn.resolve)
      turn.reject(new Busy(what, max, waitMs))
    }, waitMs)
    try {
      await turn.promise
    } finally {
      clearTimeout(timer)
    }
  }

  /** A slot goes straight to the next in line: it stays in use. */
  function give(): void {
    const [next] = line
    if (next === undefined) inUse -= 1
    else line.delete(next)
    next?.()
  }

  return {
    max,
    inUse: () => inUse,
    async run(work) {
      await take()
      try {
        return await work()
      } finally {
        give()
      }
    },
  }
}
