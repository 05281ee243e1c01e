// A queue of confirmations to send, with a few workers.
import { setTimeout as sleep } from 'node:timers/promises'

export interface Queue {
  /** False when the queue is full. */
  add(order: string): boolean
  /** Tasks that wait. */
  depth(): number
  /** Lets the workers end after the task at hand. */
  stop(): Promise<void>
}

export function createQueue({ workers, max, taskMs }: { workers: number; max: number; taskMs: number }): Queue {
  const tasks: string[] = []
  let working = new Set<Promise<void>>()
  let isStopped = false

  async function work(): Promise<void> {
    while (!isStopped && tasks.shift() !== undefined) await sleep(taskMs)
  }

  function startWorker(): void {
    const worker: Promise<void> = work().finally(() => working.delete(worker))
    working.add(worker)
  }

  return {
    depth: () => tasks.length,
    add(order) {
      if (tasks.length >= max) return false
      tasks.push(order)
      if (working.size < workers) startWorker()
      return true
    },
    async stop() {
      isStopped = true
      const last = working
      working = new Set()
      await Promise.all(last)
    },
  }
}
