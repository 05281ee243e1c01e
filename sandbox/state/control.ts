// Where faults are switched while a sandbox runs: a small HTTP server on loopback, and its client.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { request } from 'undici'
import { z } from 'zod'
import { SandboxError } from '../errors.ts'
import type { Endpoints } from './state-folder.ts'

export interface Switches {
  active(): readonly string[]
  /** Throws with what is wrong when there is no such fault. */
  on(name: string): Promise<void>
  off(name: string): Promise<void>
}

export interface Control {
  /** http://127.0.0.1:port */
  readonly url: string
  readonly token: string
  close(): Promise<void>
}

const SWITCH = z.object({ on: z.boolean() })
const ANSWER = z.object({ active: z.array(z.string()).optional(), error: z.string().optional() })
const MOST_BODY_BYTES = 1024
const TIMEOUT_MS = 10_000

/** GET /faults, PUT /faults/NAME {"on": true}; both answer `{ active }`, or `{ error }`. */
export async function serveControl(switches: Switches): Promise<Control> {
  const token = randomBytes(24).toString('base64url')
  const server = createServer((incoming, response) => {
    answer(incoming, switches, token).then(
      ([status, body]) => send(response, status, body),
      (error: unknown) => send(response, 500, { error: messageOf(error) }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the control server has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    token,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close').catch(() => {})
    },
  }
}

async function answer(incoming: IncomingMessage, switches: Switches, token: string): Promise<[number, object]> {
  if (!isSame(incoming.headers.authorization ?? '', `Bearer ${token}`))
    return [401, { error: 'the token of endpoints.json is needed: Authorization: Bearer TOKEN' }]
  const [, name] = /^\/faults(?:\/([a-z-]+))?$/.exec(incoming.url ?? '') ?? [undefined, null]
  if (name === null) return [404, { error: 'only /faults and /faults/NAME are here' }]
  if (name === undefined && incoming.method === 'GET') return [200, { active: switches.active() }]
  if (name === undefined || incoming.method !== 'PUT') return [405, { error: 'GET /faults, or PUT /faults/NAME' }]
  const body = SWITCH.safeParse(await readJson(incoming))
  if (!body.success) return [400, { error: 'write {"on": true} or {"on": false}' }]
  try {
    await (body.data.on ? switches.on(name) : switches.off(name))
  } catch (error) {
    return [400, { error: messageOf(error) }]
  }
  return [200, { active: switches.active() }]
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of incoming) {
    text += String(chunk)
    if (text.length > MOST_BODY_BYTES) return undefined
  }
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)]
  return one.length === other.length && timingSafeEqual(one, other)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Switches a fault of a running sandbox, and returns those that are then on. Throws with what the sandbox says. */
export async function switchFault(
  { control, token }: Endpoints,
  name: string,
  on: boolean,
): Promise<readonly string[]> {
  const { statusCode, body } = await request(`${control}/faults/${encodeURIComponent(name)}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ on }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const { active, error } = ANSWER.parse(await body.json())
  if (active === undefined) throw new SandboxError(error ?? `the sandbox answered ${statusCode}`)
  return active
}
