// Answers HTTP in JSON: requests go to their routes, what these return is sent, and what they throw has a status.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { BadRequest, ShopError } from './errors.ts'
import { createRouter } from './routes.ts'

export interface Request {
  readonly parameters: Readonly<Record<string, string>>
  readonly headers: IncomingMessage['headers']
  /** The body as JSON. Throws BadRequest. */
  json(): Promise<unknown>
}

/** What is sent: JSON, text of a type, or whatever `stream` writes. */
export type Answer =
  | { readonly status?: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status?: number; readonly text: string; readonly type: string }
  | { readonly stream: (response: ServerResponse) => void }

export type Handler = (request: Request) => Answer | Promise<Answer>

export interface HttpOptions {
  readonly routes: Readonly<Record<string, Handler>>
  /** Told of each request when its response ended or its client went away. `route` is undefined when there is none. */
  readonly onEnd?: (request: IncomingMessage, response: ServerResponse, route: string | undefined, ms: number) => void
}

const MOST_BODY_BYTES = 64 * 1024

export function createHttpHandler({ routes, onEnd }: HttpOptions): RequestListener {
  const find = createRouter(routes)
  return (request, response) => {
    const startedAt = performance.now()
    const found = find(request.method ?? '', pathOf(request))
    if (onEnd !== undefined)
      response.once('close', () => onEnd(request, response, found?.pattern, performance.now() - startedAt))
    if (found === undefined) return send(response, { status: 404, body: { error: 'no such route' } })
    void answer(found.handler, {
      parameters: found.parameters,
      headers: request.headers,
      json: () => readJson(request),
    }).then((answered) => send(response, answered))
  }
}

async function answer(handler: Handler, request: Request): Promise<Answer> {
  try {
    return await handler(request)
  } catch (error) {
    if (error instanceof ShopError)
      return { status: error.status, body: { error: error.message }, headers: error.headers }
    console.error(error)
    return { status: 500, body: { error: 'internal error' } }
  }
}

function send(response: ServerResponse, answered: Answer): void {
  if (response.destroyed) return
  if ('stream' in answered) {
    answered.stream(response)
    return
  }
  const [text, type] =
    'text' in answered ? [answered.text, answered.type] : [JSON.stringify(answered.body), 'application/json']
  const headers = 'headers' in answered ? answered.headers : {}
  response
    .writeHead(answered.status ?? 200, { ...headers, 'content-type': type, 'content-length': Buffer.byteLength(text) })
    .end(text)
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > MOST_BODY_BYTES) throw new BadRequest(`the body is longer than ${MOST_BODY_BYTES} bytes`)
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new BadRequest('the body is not JSON', { cause })
  }
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}
