// Loopback addresses for the shop's Services, none of which another sandbox on this machine uses.
import { createServer } from 'node:net'
import { SandboxError } from './errors.ts'

const MOST_SANDBOXES = 200

/** A prefix such as "127.2.0" under which nobody listens at `.10:8080`, the gateway. Throws SandboxError. */
export async function freeServicePrefix(gateway: {
  readonly lastOctet: number
  readonly port: number
}): Promise<string> {
  for (let third = 0; third < MOST_SANDBOXES; third++) {
    const prefix = `127.2.${third}`
    if (await isFree(`${prefix}.${gateway.lastOctet}`, gateway.port)) return prefix
  }
  throw new SandboxError(
    'no loopback address under 127.2.0.0/16 is free: this needs Linux, where all of 127.0.0.0/8 is local',
  )
}

/** A port of 127.0.0.1 that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port }, () => server.close(() => resolve(true)))
  })
}
