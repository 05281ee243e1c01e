// How many scrapes are busy at once, with only a small share of them for targets that failed last time.

export interface Slots {
  /** Calls `start` when there is a slot, at once when one is free. Returns a function that gives the place in the queue up. */
  take(suspect: boolean, start: () => void): () => void
  /** Frees a slot that `take` gave to one of that kind. */
  free(suspect: boolean): void
}

/** Healthy targets may use all `total` slots, suspects at most `forSuspects` of them; each kind waits in its own queue. */
export function createSlots(total: number, forSuspects: number): Slots {
  const queues = { healthy: new Set<() => void>(), suspect: new Set<() => void>() }
  let busy = 0
  let busySuspects = 0

  function startNext(): void {
    while (busy < total) {
      // Suspects first: their share is small, and behind a long queue of healthy targets they would never recover.
      const suspect = busySuspects < forSuspects && queues.suspect.size > 0
      const queue = suspect ? queues.suspect : queues.healthy
      const [start] = queue
      if (start === undefined) return
      queue.delete(start)
      busy++
      if (suspect) busySuspects++
      start()
    }
  }

  return {
    take: (suspect, start) => {
      const queue = suspect ? queues.suspect : queues.healthy
      queue.add(start)
      startNext()
      return () => queue.delete(start)
    },
    free: (suspect) => {
      busy--
      if (suspect) busySuspects--
      startNext()
    },
  }
}
