// Stands between one controller and the API server, and sees each of its writes before and after it is carried out: so that a
// test can kill the controller at exactly that moment.
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { Agent } from 'undici'
import { stringify } from 'yaml'
import type { ControlPlane } from '../../cluster/control-plane.ts'
import type { User } from '../../cluster/users.ts'

interface SeenWrite {
  readonly method: string
  readonly path: string
  readonly body: string
}

export interface WriteProxy {
  readonly kubeconfig: string
  /** Called before each write, and after it when the API server has answered. False: the connection is cut instead. */
  onWrite: (write: SeenWrite, when: 'before' | 'after') => boolean
  close(): Promise<void>
}

export async function startWriteProxy(cluster: ControlPlane, user: User): Promise<WriteProxy> {
  const dispatcher = new Agent({ connect: { ca: readFileSync(cluster.caFile) }, bodyTimeout: 0, headersTimeout: 0 })

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = incoming
    const body = await buffer(incoming)
    const write = { method, path, body: body.toString('utf8') }
    const isWrite = method !== 'GET'
    const cut = () => response.destroy()
    if (isWrite && !proxy.onWrite(write, 'before')) return void cut()
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).filter(([name]) => !['host', 'connection', 'content-length'].includes(name)),
    )
    const left = new AbortController()
    response.once('close', () => left.abort())
    const answer = await dispatcher.request({
      origin: cluster.url,
      path,
      method,
      headers,
      body: body.length === 0 ? null : body,
      signal: left.signal,
    })
    if (isWrite && !proxy.onWrite(write, 'after')) {
      await answer.body.dump()
      return void cut()
    }
    response.writeHead(answer.statusCode, { 'content-type': String(answer.headers['content-type'] ?? 'text/plain') })
    await pipeline(answer.body, response)
  }

  const server = createServer((incoming, response) => {
    // Whoever was killed has left, and the API server may be gone, too: both are what a client sees of a cut line.
    pass(incoming, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const kubeconfig = `${cluster.folder}/proxy-${address.port}.kubeconfig`
  writeFileSync(kubeconfig, stringify(configOf(`http://127.0.0.1:${address.port}`, cluster.tokenFor(user))))
  const proxy: WriteProxy = {
    kubeconfig,
    onWrite: () => true,
    async close() {
      server.closeAllConnections()
      server.close()
      await dispatcher.destroy()
    },
  }
  return proxy
}

function configOf(server: string, token: string) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proxy', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'tester', user: { token } }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'tester', namespace: 'default' } }],
    'current-context': 'proxy',
  }
}
