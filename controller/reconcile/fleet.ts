// The Guards of this replica seen together: how many of them are in trouble at once.
import { whyPanic } from '../decide/fleet.ts'

export interface Fleet {
  /** Tells how a Guard is; true when that tips the fleet into panic, or out of it. */
  note(key: string, isDoubtful: boolean): boolean
  forget(key: string): void
  /** Why the observer is suspected; undefined while it is not. */
  readonly panic: string | undefined
}

export function createFleet(): Fleet {
  const guards = new Map<string, boolean>()
  let doubtful = 0
  let panic: string | undefined

  function judge(): boolean {
    const before = panic
    panic = whyPanic(doubtful, guards.size)
    return (before === undefined) !== (panic === undefined)
  }
  return {
    note(key, isDoubtful) {
      const before = guards.get(key)
      if (before === isDoubtful) return false
      guards.set(key, isDoubtful)
      doubtful += Number(isDoubtful) - Number(before ?? false)
      return judge()
    },
    forget(key) {
      if (guards.get(key) === true) doubtful--
      if (guards.delete(key)) judge()
    },
    get panic() {
      return panic
    },
  }
}
