// One port of one Service that speaks no HTTP: hands each connection to a ready pod, in turn, and the bytes both ways.
import { connect, createServer, type Socket } from 'node:net'
import type { PodAddress } from './endpoints.ts'
import type { ServiceAddress, ServiceListener } from './service-listener.ts'

const CONNECT_TIMEOUT_MS = 1_000

/** Throws when the address can't be had. A connection that stands goes on when its pod is no longer one of the Service's. */
export async function listenForConnections({ name, host, port }: ServiceAddress): Promise<ServiceListener> {
  let pods: readonly PodAddress[] = []
  let turn = 0
  const counts = { requests: 0, failed: 0, noPod: 0 }
  const sockets = new Set<Socket>()

  const server = createServer((client) => {
    counts.requests += 1
    const pod = pods[turn++ % Math.max(1, pods.length)]
    if (pod === undefined) {
      counts.noPod += 1
      client.destroy()
      return
    }
    const { hostname, port: podPort } = new URL(pod.origin)
    const upstream = connect({ host: hostname, port: Number(podPort), timeout: CONNECT_TIMEOUT_MS })
    upstream.once('timeout', () => upstream.destroy())
    upstream.once('connect', () => upstream.setTimeout(0))
    upstream.once('error', () => {
      counts.failed += 1
    })
    // A client that breaks off is no matter of ours.
    client.once('error', () => {})
    tie(client, upstream)
    client.pipe(upstream).pipe(client)
  })

  /** What ends one ends the other. */
  function tie(one: Socket, other: Socket): void {
    for (const [socket, peer] of [
      [one, other],
      [other, one],
    ] as const) {
      sockets.add(socket)
      socket.once('close', () => {
        sockets.delete(socket)
        peer.destroy()
      })
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const hint = 'is another sandbox running there, or is it no address of this machine?'
      reject(new Error(`service ${name} can't listen on ${host}:${port}: ${hint}`, { cause }))
    })
    server.listen({ host, port }, resolve)
  })

  async function destroy(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of [...sockets]) socket.destroy()
    await closed
  }

  return {
    setPods(next) {
      pods = next
    },
    counts: () => ({ ...counts }),
    // Connections have no end of their own that one could wait for.
    close: destroy,
    destroy,
  }
}
