// A SOCKS5 proxy (RFC 1928) that takes every connection to one port of this machine, and notes which host was asked for.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface SocksProxy {
  readonly url: string
  readonly asked: readonly string[]
  close(): Promise<void>
}

export async function startSocksProxy(targetPort: number): Promise<SocksProxy> {
  const asked: string[] = []
  const sockets = new Set<Socket>()

  async function serve(socket: Socket): Promise<void> {
    // Version 5 and the ways to log in; we want none.
    await once(socket, 'readable')
    socket.read()
    socket.write(Buffer.from([5, 0]))
    await once(socket, 'readable')
    const request: unknown = socket.read()
    if (!Buffer.isBuffer(request) || request[3] !== 3) throw new Error('only requests by host name are taken')
    asked.push(request.subarray(5, 5 + (request[4] ?? 0)).toString())
    const target = connect(targetPort, '127.0.0.1')
    sockets.add(target)
    await once(target, 'connect')
    socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]))
    socket.pipe(target).pipe(socket)
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    serve(socket).catch((error) => socket.destroy(error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port: did it start?')
  return {
    url: `socks5://127.0.0.1:${address.port}`,
    asked,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
