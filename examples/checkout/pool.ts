// A bounded pool of database connections, as drivers have it: whoever comes when all are in use waits, for so long.
import { setTimeout as sleep } from 'node:timers/promises'

/** All connections were in use for as long as we were ready to wait. */
export class PoolExhausted extends Error {
  constructor(max: number, waitMs: number) {
    super(`all ${max} connections were in use for ${waitMs} ms`)
    this.name = 'PoolExhausted'
  }
}

export interface Pool {
  /** Runs one query; it holds a connection for `queryMs`. Throws PoolExhausted. */
  query(): Promise<void>
  inUse(): number
  readonly max: number
}

export function createPool({ max, queryMs, waitMs }: { max: number; queryMs: number; waitMs: number }): Pool {
  const waiting: (() => void)[] = []
  let inUse = 0

  function acquire(): Promise<void> {
    if (inUse < max) {
      inUse += 1
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const take = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(take), 1)
        reject(new PoolExhausted(max, waitMs))
      }, waitMs)
      waiting.push(take)
    })
  }

  /** A connection goes straight to the next in line: it stays in use. */
  function release(): void {
    const next = waiting.shift()
    if (next === undefined) inUse -= 1
    else next()
  }

  return {
    max,
    inUse: () => inUse,
    async query() {
      await acquire()
      try {
        await sleep(queryMs)
      } finally {
        release()
      }
    },
  }
}
