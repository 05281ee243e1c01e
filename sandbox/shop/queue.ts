// The queue, a stand-in for a broker: bounded, in memory, and a task that is not confirmed in time is given out again.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { BadRequest, ShopError } from './common/errors.ts'
import { addGauge } from './common/metrics.ts'
import { runService } from './common/service.ts'
import { readSettings, whole } from './common/settings.ts'

const settings = readSettings({
  MAX_DEPTH: whole(5_000),
  /** A task that was taken and not confirmed for so long goes back to the head of the queue. */
  VISIBILITY_MS: whole(30_000),
})
const TAKE = z.object({ waitMs: z.int().min(0).max(10_000) })

interface Task {
  readonly id: string
  readonly body: unknown
}
type Taker = (task: Task | undefined) => void

runService(settings, ({ registry, faults }) => {
  const waiting: Task[] = []
  const taken = new Map<string, NodeJS.Timeout>()
  const takers = new Set<Taker>()
  addGauge(registry, 'queue_depth', 'Tasks that wait.', () => waiting.length)
  addGauge(registry, 'queue_tasks_taken', 'Tasks that were taken and not confirmed yet.', () => taken.size)

  function hand(task: Task): void {
    const giveBack = () => {
      taken.delete(task.id)
      waiting.unshift(task)
      serve()
    }
    taken.set(task.id, setTimeout(giveBack, settings.VISIBILITY_MS))
  }

  function serve(): void {
    for (const taker of takers) {
      const task = waiting.shift()
      if (task === undefined) return
      takers.delete(taker)
      taker(task)
    }
  }

  /** The next task; waits for one, so that workers needn't ask all the time. */
  async function take(waitMs: number): Promise<Task | undefined> {
    const turn = Promise.withResolvers<Task | undefined>()
    takers.add(turn.resolve)
    const timer = setTimeout(() => {
      takers.delete(turn.resolve)
      turn.resolve(undefined)
    }, waitMs)
    serve()
    const task = await turn.promise
    clearTimeout(timer)
    if (task !== undefined) hand(task)
    return task
  }

  return {
    routes: {
      'GET /depth': () => ({ body: { depth: waiting.length } }),
      'POST /tasks': async (request) => {
        const body = await request.json()
        if (waiting.length >= settings.MAX_DEPTH) throw new ShopError(503, `the queue is full: ${waiting.length} wait`)
        waiting.push({ id: randomUUID(), body })
        serve()
        return { status: 201, body: { depth: waiting.length } }
      },
      'POST /tasks/take': async (request) => {
        const parsed = TAKE.safeParse(await request.json())
        if (!parsed.success) throw new BadRequest(z.prettifyError(parsed.error))
        const task = await take(parsed.data.waitMs)
        // A fault makes the orders heavy, not the workers slow: one that comes later meets the same orders.
        return { body: { task: task && { ...task, effort: faults.slowness() }, depth: waiting.length } }
      },
      'DELETE /tasks/:id': ({ parameters: { id = '' } }) => {
        clearTimeout(taken.get(id))
        if (!taken.delete(id)) throw new ShopError(404, `task ${id} is not taken: it was confirmed, or given out again`)
        return { body: { depth: waiting.length } }
      },
    },
    onDrain() {
      for (const taker of takers) taker(undefined)
      takers.clear()
    },
  }
})
