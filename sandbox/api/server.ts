// The Kubernetes API in process: https on loopback, objects in memory, a token for whoever may ask.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import { createAccess, isAllowed, kubeconfigFor } from './access.ts'
import { readBody } from './body.ts'
import type { Cluster } from './cluster.ts'
import { followCrds } from './crds.ts'
import { createObject } from './create.ts'
import { expireEvents } from './expire-events.ts'
import { type Answer, handle } from './handle.ts'
import { isObject } from './json.ts'
import { createRegistry } from './registry.ts'
import { apiVersionOf } from './resource.ts'
import { parseRoute } from './route.ts'
import { asApiError, noSuchPath, statusOf, unauthorized } from './status.ts'
import { createStore } from './store.ts'

const NAMESPACES = ['default', 'kube-system', 'shop']
const HISTORY = 500
/** A watcher that leaves this much unread is cut off: it lists again when it is back. */
const MOST_UNREAD_BYTES = 8 * 1024 * 1024
const OPEN_TO_ALL = new Set(['health', 'version'])

export interface SandboxApi {
  /** https://127.0.0.1:port */
  readonly url: string
  /** A kubeconfig (YAML) with a CA and a bearer token, for the current context "sandbox", namespace "shop". */
  readonly kubeconfig: string
  close(): Promise<void>
}

export interface ApiOptions {
  /** 0, the default, is any that is free. */
  readonly port?: number
  /** CustomResourceDefinition objects that are served from the start. */
  readonly crds?: readonly unknown[]
  /** How many changes of each collection a watch can go back; default 500. */
  readonly history?: number
}

/** Resolves when it answers. Throws when the port is taken, and ApiError for a CRD that is not acceptable. */
export async function startApi({ port = 0, crds = [], history = HISTORY }: ApiOptions): Promise<SandboxApi> {
  const cluster = createCluster(history, crds)
  const access = await createAccess()
  const sockets = new Set<Socket>()

  async function answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', 'https://sandbox')
    const route = parseRoute(url.pathname)
    const isOpen = route !== undefined && OPEN_TO_ALL.has(route.kind)
    if (!isOpen && !isAllowed(access, request.headers.authorization)) throw unauthorized()
    if (route === undefined) throw noSuchPath()
    const contentType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
    const hasBody = request.method !== 'GET' && request.method !== 'HEAD'
    return handle(cluster, {
      method: request.method ?? 'GET',
      route,
      query: url.searchParams,
      accept: request.headers.accept,
      userAgent: request.headers['user-agent'] ?? '',
      contentType,
      body: hasBody ? await readBody(request, contentType) : undefined,
    })
  }

  const server = createServer({ key: access.key, cert: access.certificate }, (request, response) => {
    answer(request)
      .then((found) => send(response, found))
      .catch((error) => sendError(response, error))
  })
  server.on('secureConnection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  // A client that talks no TLS, or resets: nothing to answer.
  server.on('tlsClientError', () => {})
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const url = `https://127.0.0.1:${isObject(address) ? address.port : port}`

  return {
    url,
    kubeconfig: kubeconfigFor(access, url),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function createCluster(history: number, crds: readonly unknown[]): Cluster {
  const store = createStore(history)
  const registry = createRegistry()
  const cluster = { store, registry, now: Date.now }
  followCrds(store, registry)
  expireEvents(cluster)
  const call = { namespace: undefined, manager: 'sandbox', isDryRun: false }
  function create(group: string, plural: string, object: unknown): void {
    const resource = registry.find(group, 'v1', plural)
    if (resource === undefined) throw new Error(`${plural} of ${group} are not among the built-in resources`)
    createObject(cluster, resource, isObject(object) ? { apiVersion: apiVersionOf(resource), ...object } : object, call)
  }
  for (const name of NAMESPACES) create('', 'namespaces', { metadata: { name } })
  for (const crd of crds) create('apiextensions.k8s.io', 'customresourcedefinitions', crd)
  return cluster
}

function send(response: ServerResponse, answer: Answer): void {
  switch (answer.kind) {
    case 'bytes':
      response.writeHead(200, { 'content-type': answer.type }).end(answer.bytes)
      return
    case 'object':
      response.writeHead(answer.code, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
      return
    case 'watch':
      sendWatch(response, answer)
  }
}

function sendWatch(response: ServerResponse, { start }: Answer & { kind: 'watch' }): void {
  let isLive = false
  response.setHeader('content-type', 'application/json')
  const stop = start({
    write(line) {
      response.write(line)
      if (isLive && response.writableLength > MOST_UNREAD_BYTES) response.destroy()
    },
    end: () => response.end(),
  })
  isLive = true
  response.flushHeaders()
  response.once('close', stop)
  response.on('error', () => response.destroy())
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const refusal = asApiError(error)
  response.writeHead(refusal.code, { 'content-type': 'application/json' }).end(JSON.stringify(statusOf(refusal)))
}
