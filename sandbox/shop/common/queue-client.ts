// What the services say to the queue.
import { z } from 'zod'
import { callOk } from './call.ts'

export interface Task {
  readonly id: string
  /** How many times the usual work it takes. */
  readonly effort: number
}

export interface QueueClient {
  /** All throw CallFailed. Resolve with the tasks that wait. */
  put(body: unknown): Promise<number>
  depth(): Promise<number>
  /** Waits up to `waitMs` for a task. */
  take(waitMs: number): Promise<{ readonly task: Task | undefined; readonly depth: number }>
  confirm(id: string): Promise<number>
}

const DEPTH = z.object({ depth: z.number() })
const TAKEN = DEPTH.extend({ task: z.object({ id: z.string(), effort: z.number().default(1) }).optional() })

export function connectQueue(url: string, timeoutMs: number): QueueClient {
  return {
    async put(body) {
      return DEPTH.parse(await callOk(`${url}/tasks`, { method: 'POST', body, timeoutMs })).depth
    },
    async depth() {
      return DEPTH.parse(await callOk(`${url}/depth`, { timeoutMs })).depth
    },
    async take(waitMs) {
      const options = { method: 'POST', body: { waitMs }, timeoutMs: waitMs + timeoutMs } as const
      const { task, depth } = TAKEN.parse(await callOk(`${url}/tasks/take`, options))
      return { task, depth }
    },
    async confirm(id) {
      return DEPTH.parse(await callOk(`${url}/tasks/${id}`, { method: 'DELETE', timeoutMs })).depth
    },
  }
}
