// A pod that shows reviews and search beside its answer, which cost time on one shared back end while they are switched on.
// It asks the controllers for its flags over OFREP, and keeps the last answer when none of them replies.
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** What each feature costs on the back end, which serves one request after the other. */
const COSTS_MS: Readonly<Record<string, number>> = { reviews: 12, search: 20 }
/** Past this a page does without. */
const MOST_WAITING = 40
const { POD_IP, FLAGS = '' } = process.env

const registry = new Registry()
collectDefaultMetrics({ register: registry })
const duration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time from the request to the end of the response.',
  labelNames: ['status_code'],
  buckets: [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.4, 1.6, 2, 3],
  registers: [registry],
})

/** Every value that a flag has had, as this pod saw it. */
const seen = new Map(Object.keys(COSTS_MS).map((name) => [name, [true]]))
const isOn = (name: string) => seen.get(name)?.at(-1) === true

let backEnd = Promise.resolve()
let waiting = 0

async function useBackEnd(): Promise<void> {
  const costMs = Object.entries(COSTS_MS).reduce((sum, [name, ms]) => sum + (isOn(name) ? ms : 0), 0)
  if (costMs === 0 || waiting >= MOST_WAITING) return
  waiting++
  backEnd = backEnd.then(() => sleep(costMs))
  await backEnd
  waiting--
}

async function readFlag(name: string): Promise<void> {
  for (const url of FLAGS.split(' ')) {
    try {
      const answer = await fetch(`${url}/namespaces/shop/ofrep/v1/evaluate/flags/${name}`, {
        method: 'POST',
        body: '{}',
      })
      const body: unknown = await answer.json()
      const value = typeof body === 'object' && body !== null ? Reflect.get(body, 'value') : undefined
      if (typeof value !== 'boolean') continue
      if (value !== isOn(name)) seen.get(name)?.push(value)
      return
    } catch {
      // That replica is gone: the next one knows as much.
    }
  }
}

async function followFlags(): Promise<never> {
  for (;;) {
    await Promise.all(Object.keys(COSTS_MS).map(readFlag))
    await sleep(100)
  }
}
void followFlags()

createServer(async ({ url }, response) => {
  if (url === '/readyz') response.end()
  else if (url === '/flags') response.end(JSON.stringify(Object.fromEntries(seen)))
  else {
    const startedAt = performance.now()
    await useBackEnd()
    response.end('a page')
    duration.observe({ status_code: 200 }, (performance.now() - startedAt) / 1000)
  }
}).listen(8080, POD_IP)
createServer(async (_request, response) => response.end(await registry.metrics())).listen(9464, POD_IP)
process.on('SIGTERM', () => process.exit())
