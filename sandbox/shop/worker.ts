// The worker: takes orders from the queue, a few at a time, and confirms each when its work is done.
import { setTimeout as sleep } from 'node:timers/promises'
import { Counter, Histogram } from 'prom-client'
import { addGauge, DURATION_BUCKETS } from './common/metrics.ts'
import { connectQueue } from './common/queue-client.ts'
import { runService } from './common/service.ts'
import { address, readSettings, whole } from './common/settings.ts'

const settings = readSettings({
  QUEUE_URL: address,
  QUEUE_TIMEOUT_MS: whole(1_000),
  CONCURRENCY: whole(4),
  /** How long one order takes. */
  TASK_MS: whole(100),
})
const TAKE_WAIT_MS = 1_000
const RETRY_MS = 250
/** A depth that was told longer ago says nothing about now. */
const STALE_MS = 5_000

runService(
  settings,
  ({ registry }) => {
    const queue = connectQueue(settings.QUEUE_URL, settings.QUEUE_TIMEOUT_MS)
    let told: { readonly depth: number; readonly at: number } | undefined
    let isDraining = false

    addGauge(
      registry,
      'queue_depth',
      'Orders that wait, for all workers together; NaN when the queue is silent.',
      () => (told !== undefined && performance.now() - told.at < STALE_MS ? told.depth : Number.NaN),
    )
    const tasks = new Counter({
      name: 'tasks_total',
      help: 'Orders done.',
      labelNames: ['result'],
      registers: [registry],
    })
    for (const result of ['done', 'failed']) tasks.inc({ result }, 0)
    const duration = new Histogram({
      name: 'task_duration_seconds',
      help: 'Time from taking an order to its end.',
      buckets: DURATION_BUCKETS,
      registers: [registry],
    })

    function hear(depth: number): void {
      told = { depth, at: performance.now() }
    }

    async function workOnNext(): Promise<void> {
      const { task, depth } = await queue.take(TAKE_WAIT_MS)
      hear(depth)
      if (task === undefined) return
      const observe = duration.startTimer()
      try {
        await sleep(settings.TASK_MS * task.effort)
        hear(await queue.confirm(task.id))
        tasks.inc({ result: 'done' })
      } catch (error) {
        // Unconfirmed, it will be given out again.
        tasks.inc({ result: 'failed' })
        throw error
      } finally {
        observe()
      }
    }

    async function workOn(): Promise<void> {
      while (!isDraining) {
        // At first only how deep the queue is: a worker is ready at once, whether or not there are orders.
        const next = told === undefined ? queue.depth().then(hear) : workOnNext()
        await next.catch(async (error: Error) => {
          console.error(error.message)
          await sleep(RETRY_MS)
        })
      }
    }
    const working = Promise.all(Array.from({ length: settings.CONCURRENCY }, workOn))

    return {
      notReady: () => (told === undefined ? 'the queue has not answered yet' : undefined),
      onDrain() {
        isDraining = true
      },
      onEnd: async () => void (await working),
    }
  },
  // It serves no requests: its tasks are what is timed.
  { isTimed: false },
)
