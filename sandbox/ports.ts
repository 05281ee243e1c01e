// Ports of loopback addresses, for servers that can't be told to choose one themselves.
import { createServer } from 'node:net'

/** Below the range from which the kernel takes ports for outgoing connections: a server that is down must get its port back. */
const LOWEST = 20_000
const HIGHEST = 32_000

const given = new Set<number>()

/** A port of 127.0.0.1 that nothing listens on and that this process has not been given before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (given.has(port) || !(await isFree('127.0.0.1', port))) continue
    given.add(port)
    return port
  }
  throw new Error(`no free port found on 127.0.0.1 between ${LOWEST} and ${HIGHEST} in 200 attempts`)
}

/** Whether nothing listens there now, nor on that port of all addresses. */
export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port }, () => server.close(() => resolve(true)))
  })
}
