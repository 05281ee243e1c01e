// Switches that make the service misbehave for real, so that tests can see what a guard makes of it. Off in production.
import { setTimeout as sleep } from 'node:timers/promises'
import { json, type RequestHandler, type Response, Router } from 'express'
import { z } from 'zod'

const FAULT = z.discriminatedUnion('target', [
  z.object({
    target: z.literal('metrics'),
    kind: z.enum(['none', 'hang', 'slow', 'status500', 'garbage', 'huge', 'nan', 'empty', 'truncated', 'reset']),
    latencyMs: z.number().nonnegative().default(0),
  }),
  z.object({
    target: z.literal('work'),
    kind: z.enum(['none', 'hang', 'status500', 'reset']),
    /** Added to every request. */
    latencyMs: z.number().nonnegative().default(0),
    /** The part of the requests that is answered with 500. */
    errorRatio: z.number().min(0).max(1).default(0),
  }),
])

type Fault = z.infer<typeof FAULT>
type MetricsFault = Extract<Fault, { target: 'metrics' }>
type WorkFault = Extract<Fault, { target: 'work' }>

/** What `huge` sends: far more than any scraper should take. */
const HUGE_BYTES = 256 * 1024 * 1024
const CHUNK = Buffer.from(
  `${'# a line of a comment that goes on and on and says nothing at all '.repeat(15)}\n`.repeat(64),
)

export interface Faults {
  /** POST /fault, GET /fault. */
  readonly admin: Router
  /** In front of the work. */
  readonly work: RequestHandler
  /** Wraps the exposition: gets what would be sent and sends it, or what the fault makes of it. */
  sendMetrics(response: Response, exposition: string, contentType: string): Promise<void>
}

export function createFaults(): Faults {
  let metrics: MetricsFault = { target: 'metrics', kind: 'none', latencyMs: 0 }
  let work: WorkFault = { target: 'work', kind: 'none', latencyMs: 0, errorRatio: 0 }
  let seen = 0

  const admin = Router()
  admin.get('/fault', (_request, response) => void response.json({ metrics, work }))
  admin.post('/fault', json(), (request, response) => {
    const parsed = FAULT.safeParse(request.body)
    if (!parsed.success) {
      response.status(400).json({ error: z.prettifyError(parsed.error) })
      return
    }
    if (parsed.data.target === 'metrics') metrics = parsed.data
    else work = parsed.data
    response.json({ metrics, work })
  })

  /** Spread evenly rather than drawn at random: a ratio of 0.05 is one request in 20, whichever 20 a test looks at. */
  function isUnlucky(ratio: number): boolean {
    seen += 1
    return Math.floor(seen * ratio) > Math.floor((seen - 1) * ratio)
  }

  return {
    admin,
    async work(_request, response, next) {
      if (work.latencyMs > 0) await sleep(work.latencyMs)
      if (work.kind === 'hang') return
      if (work.kind === 'reset') response.destroy()
      else if (work.kind === 'status500' || isUnlucky(work.errorRatio)) response.status(500).send('fault')
      else next()
    },
    async sendMetrics(response, exposition, contentType) {
      if (metrics.latencyMs > 0) await sleep(metrics.latencyMs)
      response.set('content-type', contentType)
      await sendFaulty(metrics.kind, response, exposition)
    },
  }
}

async function sendFaulty(kind: MetricsFault['kind'], response: Response, exposition: string): Promise<void> {
  switch (kind) {
    case 'none':
      return void response.send(exposition)
    case 'hang':
      return
    case 'slow':
      return drip(response, exposition)
    case 'status500':
      return void response.status(500).send('fault')
    case 'garbage':
      return void response.send('{"this is": "not an exposition"}\n\u0000\u0001 }{ 12 = twelve\n')
    case 'huge':
      return flood(response)
    case 'nan':
      return void response.send(exposition.replaceAll(/^([^#\s].*) \S+$/gm, '$1 NaN'))
    case 'empty':
      return void response.send('')
    case 'truncated':
      response.set('content-length', String(Buffer.byteLength(exposition)))
      response.write(exposition.slice(0, exposition.length / 2), () => response.destroy())
      return
    case 'reset':
      return void response.destroy()
  }
}

/** Valid, but one line every tenth of a second. */
async function drip(response: Response, exposition: string): Promise<void> {
  for (const line of exposition.split('\n')) {
    if (response.destroyed) return
    response.write(`${line}\n`)
    await sleep(100)
  }
  response.end()
}

async function flood(response: Response): Promise<void> {
  for (let sent = 0; sent < HUGE_BYTES && !response.destroyed; sent += CHUNK.length) {
    if (response.write(CHUNK)) continue
    await new Promise<void>((resolve) => {
      response.once('drain', resolve)
      response.once('close', resolve)
    })
  }
  response.end()
}
