// A real HTTP server on loopback that speaks the Kubernetes API's wire format, for what a healthy API server never does.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type Answer = (request: SeenRequest, response: ServerResponse) => void | Promise<void>

export interface ApiDouble {
  readonly url: string
  readonly kubeconfigPath: string
  readonly requests: readonly SeenRequest[]
  /** TCP connections accepted so far. */
  connections(): number
  /** Connections open now. */
  openConnections(): number
  /** Answers everything from now on. */
  answer(next: Answer): void
  close(): Promise<void>
}

/** Starts the server and writes a kubeconfig for it. */
export async function startApiDouble(
  first: Answer = (_request, response) => sendJson(response, 200, {}),
): Promise<ApiDouble> {
  let current = first
  let accepted = 0
  const sockets = new Set<Socket>()
  const requests: SeenRequest[] = []
  const server: Server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const url = new URL(incoming.url ?? '/', 'http://double')
    const request = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    }
    requests.push(request)
    await current(request, response)
  })
  server.on('connection', (socket) => {
    accepted += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${portOf(server)}`
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-double-'))
  const kubeconfigPath = join(folder, 'kubeconfig')
  await writeFile(kubeconfigPath, kubeconfig(url))
  return {
    url,
    kubeconfigPath,
    requests,
    connections: () => accepted,
    openConnections: () => sockets.size,
    answer(next) {
      current = next
    },
    async close() {
      if (!server.listening) return
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}

export function kubeconfig(server: string, user: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'double',
    clusters: [{ name: 'double', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'tester', user }],
    contexts: [{ name: 'double', context: { cluster: 'double', user: 'tester', namespace: 'shop' } }],
  })
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** What the API server sends when it refuses. */
export function statusObject(code: number, reason: string, message: string): Record<string, unknown> {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port: did it start?')
  return (address satisfies AddressInfo).port
}
