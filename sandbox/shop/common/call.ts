// One call of another service: JSON both ways, over kept connections, and never without a deadline.
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { CallFailed } from './errors.ts'

export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: unknown
  readonly timeoutMs: number
}

interface CallAnswer {
  readonly status: number
  /** Undefined when there was no body. */
  readonly body: unknown
}

const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 })

/** Any status is an answer. Throws CallFailed when there was none in time, or one that is not JSON. */
async function call(url: string, options: CallOptions): Promise<CallAnswer> {
  const response = await open(url, options)
  let text = ''
  try {
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    return { status: response.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) }
  } catch (cause) {
    if (cause instanceof CallFailed) throw cause
    throw new CallFailed(502, `${nameOf(url, options)}: the answer could not be read`, { cause })
  }
}

/** The same, but an answer of 400 or more is a failure too: 503 stays 503, so that "try later" is handed on. */
export async function callOk(url: string, options: CallOptions): Promise<unknown> {
  const { status, body } = await call(url, options)
  if (status < 400) return body
  throw new CallFailed(status === 503 ? 503 : 502, `${nameOf(url, options)} answered ${status}: ${errorOf(body)}`)
}

/** Sends the request and resolves with the head of the response; the deadline holds for the whole of it. */
function open(url: string, options: CallOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', timeoutMs } = options
    const body = options.body === undefined ? undefined : JSON.stringify(options.body)
    const headers =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request(url, { agent, method, headers })
    const late = () => new CallFailed(504, `${nameOf(url, options)}: no answer within ${timeoutMs} ms`)
    let awaited: ClientRequest | IncomingMessage = sent
    const timer = setTimeout(() => awaited.destroy(late()), timeoutMs)
    sent.once('close', () => clearTimeout(timer))
    sent.once('response', (response) => {
      awaited = response
      resolve(response)
    })
    sent.once('error', (cause) => {
      // The server had closed the kept connection before it could see our request (Node's documentation of reusedSocket).
      if (sent.reusedSocket && 'code' in cause && cause.code === 'ECONNRESET') resolve(open(url, options))
      else reject(cause instanceof CallFailed ? cause : unreachable(cause))
    })
    const unreachable = (cause: Error) =>
      new CallFailed(502, `${nameOf(url, options)}: not reached (${cause.message})`, { cause })
    sent.end(body)
  })
}

const nameOf = (url: string, { method = 'GET' }: CallOptions) => `${method} ${url}`

function errorOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'error' in body ? String(body.error) : 'no reason given'
}
