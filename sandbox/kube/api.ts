// The sandbox's way to the Kubernetes API: JSON requests over one pool of connections, each with a deadline, and watches.
import { Agent, type Dispatcher } from 'undici'
import type { Endpoint } from './kubeconfig.ts'

const REQUEST_TIMEOUT_MS = 10_000
const CONNECTIONS = 32

/** The API server refused a request. */
export class ApiError extends Error {
  readonly status: number
  constructor(message: string, status: number) {
    super(message)
    this.name = 'ApiError'
    this.status = status
  }
}

/**
 * Whether the API server says that our view was old, that the object is gone, or that another has taken its name: news are
 * under way, and no problem. A patch with another object's uid is 422, not 409.
 */
export function isOldNews(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  return (
    error.status === 409 || error.status === 404 || (error.status === 422 && error.message.includes('metadata.uid'))
  )
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From /api or /apis on, with its query. */
  readonly path: string
  readonly body?: unknown
  readonly contentType?: 'application/json' | 'application/merge-patch+json' | 'application/strategic-merge-patch+json'
}

export interface Api {
  /** Returns the parsed body. Throws ApiError when refused; anything else means that there was no answer in 10 s. */
  request(request: ApiRequest, signal?: AbortSignal): Promise<unknown>
  /** Yields each line of a watch, parsed, until the server ends it. Throws as `request` does, and when it breaks. */
  watch(path: string, signal: AbortSignal): AsyncGenerator<unknown, void>
  /** Ends every connection at once. */
  close(): Promise<void>
}

/** Opens no connection yet. `userAgent` tells the server's log, and managedFields, who writes. */
export function connectApi(endpoint: Endpoint, userAgent = 'evenkeel-sandbox'): Api {
  const agent = new Agent({
    connections: CONNECTIONS,
    // A watch is silent for as long as nothing happens; the server ends it after minutes.
    bodyTimeout: 0,
    connect: {
      timeout: REQUEST_TIMEOUT_MS,
      rejectUnauthorized: endpoint.insecure !== true,
      ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
      ...(endpoint.cert === undefined ? {} : { cert: endpoint.cert }),
      ...(endpoint.key === undefined ? {} : { key: endpoint.key }),
    },
  })
  const { origin, pathname } = new URL(endpoint.server)
  const basePath = pathname.replace(/\/$/, '')

  function send(request: ApiRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    return agent.request({
      origin,
      path: `${basePath}${request.path}`,
      method: request.method,
      headers: {
        accept: 'application/json',
        'user-agent': userAgent,
        ...(endpoint.token === undefined ? {} : { authorization: `Bearer ${endpoint.token}` }),
        ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
      },
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal,
    })
  }

  return {
    async request(request, signal) {
      const deadline = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
      const response = await send(request, signal === undefined ? deadline : AbortSignal.any([deadline, signal]))
      const text = await response.body.text()
      if (response.statusCode >= 300) throw refusal(request, response.statusCode, text)
      return JSON.parse(text)
    },
    async *watch(path, signal) {
      const request = { method: 'GET', path } as const
      const response = await send(request, signal)
      if (response.statusCode >= 300) throw refusal(request, response.statusCode, await response.body.text())
      yield* parsedLines(response.body)
    },
    close: () => agent.destroy(),
  }
}

/** Leaving early ends the body, and its connection. */
async function* parsedLines(body: Dispatcher.ResponseData['body']): AsyncGenerator<unknown, void> {
  body.setEncoding('utf8')
  let rest = ''
  for await (const text of body) {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield JSON.parse(line)
  }
}

function refusal({ method, path }: ApiRequest, status: number, text: string): ApiError {
  return new ApiError(`${method} ${path} was refused with ${status}: ${text.slice(0, 500)}`, status)
}
