// The server that the suite is run against: plain requests and watches, and where the product's client finds it.
import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'
import { expect, vi } from 'vitest'
import { parse } from 'yaml'
import { at, isObject, type JsonObject, listAt, textAt } from '../../../controller/kube/json.ts'

export const soon = { timeout: 20_000, interval: 20 }

/** The namespace of everything that the suite makes. */
export const NAMESPACE = 'conformance'

export interface CallOptions {
  readonly body?: unknown
  /** Default: application/json, or the merge patch for PATCH. A body that is text is sent as it is. */
  readonly contentType?: string
  readonly accept?: string
  readonly query?: Readonly<Record<string, string | number | boolean>>
  readonly token?: string
}

export interface Reply {
  readonly code: number
  readonly body: JsonObject
}

export interface WatchEvent {
  readonly type: string
  readonly object: JsonObject
}

export interface Watch {
  readonly code: number
  /** All so far. */
  readonly events: readonly WatchEvent[]
  /** Resolves with the first event, from the start on, that fits. */
  first(fits: (event: WatchEvent) => boolean): Promise<WatchEvent>
  /** Resolves when the server has ended the watch. */
  readonly ended: Promise<void>
  close(): void
}

export interface Subject {
  readonly name: 'sandbox' | 'kube-apiserver'
  /** Path of a kubeconfig of a user who may do everything. */
  readonly kubeconfigPath: string
  call(method: string, path: string, options?: CallOptions): Promise<Reply>
  watch(path: string, query?: CallOptions['query'], accept?: string): Promise<Watch>
  close(): Promise<void>
}

/** Opens a connection as the kubeconfig says. */
export function openSubject(name: Subject['name'], kubeconfigPath: string): Subject {
  const config: unknown = parse(readFileSync(kubeconfigPath, 'utf8'))
  const [cluster] = listAt(config, 'clusters')
  const [user] = listAt(config, 'users')
  const server = textAt(cluster, 'cluster', 'server') ?? ''
  const data = textAt(cluster, 'cluster', 'certificate-authority-data')
  const ca =
    data === undefined
      ? readFileSync(textAt(cluster, 'cluster', 'certificate-authority') ?? '')
      : Buffer.from(data, 'base64')
  const ownToken = textAt(user, 'user', 'token') ?? ''
  const dispatcher = new Agent({ connect: { ca } })

  function send(
    method: string,
    path: string,
    { body, query = {}, accept, contentType, token = ownToken }: CallOptions,
  ) {
    const params = new URLSearchParams()
    for (const [key, value] of Object.entries(query)) params.set(key, String(value))
    const type = contentType ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json')
    return request(`${server}${path}${params.size === 0 ? '' : `?${params}`}`, {
      dispatcher,
      method: method as 'GET',
      headers: {
        accept: accept ?? 'application/json',
        'user-agent': 'conformance/1',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    })
  }

  return {
    name,
    kubeconfigPath,
    async call(method, path, options = {}) {
      const response = await send(method, path, options)
      const text = await response.body.text()
      let parsed: unknown
      try {
        parsed = JSON.parse(text)
      } catch {
        parsed = { text }
      }
      return { code: response.statusCode, body: isObject(parsed) ? parsed : { parsed } }
    },
    async watch(path, query = {}, accept = 'application/json') {
      const response = await send('GET', path, { query: { watch: true, ...query }, accept })
      const events: WatchEvent[] = []
      let rest = ''
      const ended = new Promise<void>((resolve) => {
        response.body.on('data', (chunk) => {
          const lines = (rest + chunk.toString()).split('\n')
          rest = lines.pop() ?? ''
          for (const line of lines) {
            const event: unknown = JSON.parse(line)
            const object = at(event, 'object')
            events.push({ type: textAt(event, 'type') ?? '', object: isObject(object) ? object : {} })
          }
        })
        response.body.once('close', resolve)
        response.body.on('error', () => resolve())
      })
      return {
        code: response.statusCode,
        events,
        ended,
        first: (fits) =>
          vi.waitFor(() => {
            const found = events.find(fits)
            if (found === undefined) throw new Error(`not among ${JSON.stringify(events.map(describeEvent))}`)
            return found
          }, soon),
        close: () => response.body.destroy(),
      }
    },
    close: () => dispatcher.destroy(),
  }
}

/** "ADDED name". */
export function describeEvent({ type, object }: WatchEvent): string {
  return `${type} ${textAt(object, 'metadata', 'name') ?? textAt(object, 'reason') ?? ''}`.trim()
}

/** The reply's body, when it is of that code. */
export function expectCode(reply: Reply, code: number): JsonObject {
  expect(reply.code, JSON.stringify(reply.body).slice(0, 600)).toBe(code)
  return reply.body
}

/** The reply is a Status that refuses with this code and reason; returns its message. */
export function expectRefusal(reply: Reply, code: number, reason: string): string {
  expect(reply.body, JSON.stringify(reply.body)).toMatchObject({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    reason,
  })
  expect(reply.code).toBe(code)
  return textAt(reply.body, 'message') ?? ''
}

export function versionOf(object: unknown): string {
  return textAt(object, 'metadata', 'resourceVersion') ?? ''
}

export function nameOf(object: unknown): string {
  return textAt(object, 'metadata', 'name') ?? ''
}

export function namesOf(list: JsonObject): string[] {
  return listAt(list, 'items').map(nameOf)
}

let made = 0

/** A name that no other test has. */
export function freshName(prefix = 'thing'): string {
  made += 1
  return `${prefix}-${made}`
}
