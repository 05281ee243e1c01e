// The routes of the checkout service.
import express, { type ErrorRequestHandler, type Express } from 'express'
import { createFaults } from './faults.ts'
import { createMetrics } from './metrics.ts'
import { createPool, PoolExhausted } from './pool.ts'
import { createQueue } from './queue.ts'
import type { Settings } from './settings.ts'

export interface Checkout {
  readonly app: Express
  /** Turns /readyz to 503, so that nothing new is sent here. */
  drain(): void
  /** Lets the workers end. */
  stop(): Promise<void>
}

export function createCheckout(settings: Settings): Checkout {
  const pool = createPool({ max: settings.POOL_MAX, queryMs: settings.QUERY_MS, waitMs: settings.POOL_WAIT_MS })
  const queue = createQueue({ workers: settings.QUEUE_WORKERS, max: settings.QUEUE_MAX, taskMs: settings.TASK_MS })
  const metrics = createMetrics(pool, queue)
  const faults = createFaults()
  const orders: string[] = []
  let isDraining = false

  const app = express().disable('x-powered-by')
  // Before the timing: these are not the service's work, and would water down its latency and its error ratio.
  app.get('/healthz', (_request, response) => void response.send('ok'))
  app.get(
    '/readyz',
    (_request, response) => void response.status(isDraining ? 503 : 200).send(isDraining ? 'draining' : 'ok'),
  )
  app.get('/metrics', async (_request, response) => {
    await faults.sendMetrics(response, await metrics.registry.metrics(), metrics.registry.contentType)
  })
  if (settings.FAULTS === 'on') app.use(faults.admin)

  app.use(metrics.time)
  app.get('/', faults.work, (request, response) => {
    spin(costOf(request.query.ms) ?? settings.WORK_MS)
    response.send('a shop\n')
  })
  app.get('/orders', faults.work, async (_request, response) => {
    await pool.query()
    response.json({ orders: orders.slice(-20) })
  })
  app.post('/orders', faults.work, async (_request, response) => {
    await pool.query()
    const order = `order-${orders.length + 1}`
    if (!queue.add(order)) return void response.status(503).json({ error: 'the queue is full: try again later' })
    orders.push(order)
    response.status(201).json({ order })
  })
  app.use(answerError)

  return {
    app,
    drain() {
      isDraining = true
    },
    stop: () => queue.stop(),
  }
}

const answerError: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) return next(error)
  const isBusy = error instanceof PoolExhausted
  if (!isBusy) console.error(error)
  response.status(isBusy ? 503 : 500).json({ error: isBusy ? error.message : 'internal error' })
}

/** Milliseconds of work that a request asks for (?ms=5), at most a second; undefined when it doesn't ask. */
function costOf(asked: unknown): number | undefined {
  const ms = typeof asked === 'string' ? Number(asked) : Number.NaN
  return Number.isFinite(ms) && ms >= 0 ? Math.min(ms, 1_000) : undefined
}

/** Keeps the processor busy, as rendering a page does. */
function spin(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}
