// What can be asked of the load generator, and told to it, over HTTP.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { z } from 'zod'
import type { LoadSecond } from './seconds.ts'

const CURVE = z.object({
  /** Requests per second in the middle of the day. */
  base: z.number().min(0).max(10_000).optional(),
  /** How many times as much load as the day has; 1 is no spike. */
  spike: z.number().min(0).max(100).optional(),
})
export type CurveChange = Readonly<z.infer<typeof CURVE>>

export interface Controlled {
  after(since: number): readonly LoadSecond[]
  change(change: CurveChange): void
}

/** GET /stats?since=EPOCH_MS: a line of JSON for each second after it. POST /curve {base, spike}: 204. */
export function createControl(controlled: Controlled): Server {
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://control')
    const route = `${request.method} ${url.pathname}`
    if (route === 'GET /stats') sendStats(response, controlled, Number(url.searchParams.get('since') ?? 0))
    else if (route === 'POST /curve') void takeCurve(request, response, controlled)
    else refuse(response, 404, 'there are GET /stats?since= and POST /curve')
  })
}

function sendStats(response: ServerResponse, controlled: Controlled, since: number): void {
  if (!Number.isFinite(since)) {
    refuse(response, 400, 'since is not a number of milliseconds')
    return
  }
  const lines = controlled.after(since).map((second) => `${JSON.stringify(second)}\n`)
  response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(lines.join(''))
}

async function takeCurve(request: IncomingMessage, response: ServerResponse, controlled: Controlled): Promise<void> {
  // A page in a browser can't send this type without being asked first, so that no website can turn the load up.
  if (request.headers['content-type'] !== 'application/json') {
    refuse(response, 415, 'send content-type: application/json')
    return
  }
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  const parsed = CURVE.safeParse(parseJson(text))
  if (!parsed.success) {
    refuse(response, 400, z.prettifyError(parsed.error))
    return
  }
  controlled.change(parsed.data)
  response.writeHead(204).end()
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The schema says what is wrong with it.
    return undefined
  }
}

function refuse(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify({ error })}\n`)
}
