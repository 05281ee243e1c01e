// An OFREP request taken apart: where it goes, and whether its body is one.
import type { IncomingMessage } from 'node:http'
import type { ErrorCode } from './answers.ts'

export interface Route {
  readonly namespace: string | undefined
  readonly kind: 'one' | 'all' | 'events'
  /** Of the flag; empty unless the kind is one. */
  readonly key: string
  readonly query: string
}

const ROUTE = /^(?:\/namespaces\/([^/?]+))?\/ofrep\/v1\/(?:evaluate\/flags(?:\/([^/?]+))?|(events))\/?(?:\?(.*))?$/

/** Undefined when the path is none of ours. The key of a path that can't be decoded is taken as it is: no flag has it. */
export function routeOf(url: string): Route | undefined {
  const match = ROUTE.exec(url)
  if (match === null) return undefined
  const [, namespace, key, events, query = ''] = match
  const kind = events !== undefined ? 'events' : key === undefined ? 'all' : 'one'
  return { namespace, kind, key: key === undefined ? '' : decoded(key), query }
}

function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What is wrong with a request's body; undefined when it is well. It changes no value: an absent context is well too. */
export function faultOfBody(body: Buffer): { readonly code: ErrorCode; readonly details: string } | undefined {
  let parsed: unknown
  try {
    parsed = body.length === 0 ? {} : JSON.parse(body.toString('utf8'))
  } catch (error) {
    return { code: 'PARSE_ERROR', details: `The body is not JSON: ${error instanceof Error ? error.message : error}` }
  }
  if (!isPlain(parsed)) return { code: 'PARSE_ERROR', details: 'The body is not an object: write {"context": {…}}.' }
  const { context } = parsed
  if (context === undefined) return undefined
  if (!isPlain(context)) return { code: 'INVALID_CONTEXT', details: 'The context is not an object.' }
  const { targetingKey } = context
  if (targetingKey === undefined || typeof targetingKey === 'string') return undefined
  return { code: 'INVALID_CONTEXT', details: 'The targetingKey of the context is not text.' }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const MOST_BYTES = 64 * 1024

/** Calls `then` with the whole body, or with undefined when it is too long. A request that breaks off is forgotten. */
export function readBody(request: IncomingMessage, then: (body: Buffer | undefined) => void): void {
  let chunks: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= MOST_BYTES) chunks.push(chunk)
    else chunks = []
  })
  request.on('end', () =>
    then(bytes > MOST_BYTES ? undefined : chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)),
  )
}
