// Sockets in TIME_WAIT for real: connections that are opened and closed at once, on an address of their own.
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'

const ADDRESS = '127.66.7.8'
/** One address and port has only so many ports to be reached from: several share the work. */
const SERVERS = 16
const AT_ONCE = 100

export interface Churn {
  /** Opens and closes so many connections. */
  open(count: number): Promise<void>
  stop(): Promise<void>
}

export async function startChurn(): Promise<Churn> {
  const servers = await Promise.all(Array.from({ length: SERVERS }, listen))
  const ports = servers.map((server) => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the server has no port')
    return address.port
  })
  let turn = 0
  async function openOne(): Promise<void> {
    const socket = connect(ports[turn++ % SERVERS] ?? 0, ADDRESS)
    await once(socket, 'connect')
    // Who closes first waits.
    socket.end()
    await once(socket, 'close')
  }
  return {
    async open(count) {
      let left = count
      const work = async () => {
        while (left-- > 0) await openOne()
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work))
    },
    async stop() {
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

async function listen(): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.resume()
  })
  server.listen(0, ADDRESS, 1024)
  await once(server, 'listening')
  return server
}
