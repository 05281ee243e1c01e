// Ends a service so that no request is lost: unready first, then closed, and the process last. A second signal ends it at once.
import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Probes } from './probes.ts'

export interface ShutdownOptions {
  /** Closed once requests have gone elsewhere. */
  readonly servers: readonly Server[]
  /** Closed last, so that probes and metrics are answered to the end. */
  readonly sideServers?: readonly Server[]
  readonly probes?: Probes
  /** After the signal, how long requests are still taken: until load balancers have heard of it. Default 5 s. */
  readonly lingerMs?: number
  /** After that, how long requests under way may take; default 20 s. Both together must be less than the pod's grace period. */
  readonly finishMs?: number
  /** The signal came: take on nothing new by yourself. */
  readonly onDrain?: () => void
  /** The last request is answered: let go of what is held. */
  readonly onEnd?: () => void | Promise<void>
  /** Default: SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[]
}

const SWEEP_MS = 50

/** Takes the signals from now on. The process then exits by itself: 0 after all went well, 1 when something failed or a second signal came. */
export function shutDownGracefully(options: ShutdownOptions): void {
  const { servers, sideServers = [], lingerMs = 5_000, finishMs = 20_000, signals = ['SIGTERM', 'SIGINT'] } = options
  let isEnding = false

  // A request that comes in while we end is answered, and its connection is not kept.
  for (const server of servers)
    server.prependListener('request', (_request, response) => {
      if (isEnding) response.setHeader('connection', 'close')
    })

  async function end(): Promise<void> {
    options.probes?.drain()
    options.onDrain?.()
    await sleep(lingerMs)
    const deadline = setTimeout(() => servers.forEach((server) => void server.closeAllConnections()), finishMs)
    await Promise.all(servers.map(close))
    clearTimeout(deadline)
    await options.onEnd?.()
    for (const server of sideServers) server.closeAllConnections()
    await Promise.all(sideServers.map(close))
  }

  for (const signal of signals)
    process.on(signal, () => {
      if (isEnding) process.exit(1)
      isEnding = true
      // At once: connections that are kept to other services would hold the process for seconds.
      end().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error)
          process.exit(1)
        },
      )
    })
}

/** Resolves when every request is answered. */
function close(server: Server): Promise<void> {
  // A connection that was busy when closing began stays open after its response, unless somebody closes it.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
  return new Promise((resolve) => {
    server.close(() => {
      clearInterval(sweep)
      resolve()
    })
    server.closeIdleConnections()
  })
}
