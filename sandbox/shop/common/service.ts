// Runs a service: its routes on one port, metrics and faults on another, and an end that loses no request.
import { createServer, type Server } from 'node:http'
import { flushCompileCache } from 'node:module'
import type { Registry } from 'prom-client'
import { createProbes, shutDownGracefully } from '../../../probes/service/index.ts'
import { ShopError } from './errors.ts'
import { createPodFaults, type PodFaults } from './faults.ts'
import { createHttpHandler, type Handler } from './http.ts'
import { CLIENT_CLOSED_REQUEST, createRegistry, createRequestTimer } from './metrics.ts'
import type { CommonSettings } from './settings.ts'

export interface ServiceParts {
  /** "POST /orders" → what answers it. */
  readonly routes?: Readonly<Record<string, Handler>>
  /**
   * Why it can't serve yet; undefined when it can. Only for what a start needs: once up, a service stays ready while what
   * it depends on is down, or one failure would take every pod of every service away.
   */
  readonly notReady?: () => string | undefined
  /** SIGTERM came: take on nothing new by yourself. */
  readonly onDrain?: () => void
  /** The last request is answered: let go of what is held. */
  readonly onEnd?: () => Promise<void>
}

export interface ServiceTools {
  readonly registry: Registry
  readonly faults: PodFaults
}

/** Starts it; the process ends by itself after SIGTERM or SIGINT. `isTimed` false leaves requests out of the metrics. */
export function runService(
  settings: CommonSettings,
  build: (tools: ServiceTools) => ServiceParts,
  { isTimed = true }: { readonly isTimed?: boolean } = {},
): void {
  const registry = createRegistry()
  const faults = createPodFaults(settings)
  const parts = build({ registry, faults })
  const timer = isTimed ? createRequestTimer(registry) : undefined
  const probes = createProbes({
    paths: { live: '/healthz' },
    startup: {
      needs: {
        cacheMs: 0,
        check() {
          const why = parts.notReady?.()
          if (why !== undefined) throw new Error(why)
        },
      },
    },
  })

  const failing =
    (handler: Handler): Handler =>
    (request) => {
      if (faults.isToFail()) throw new ShopError(500, 'a fault: this request was chosen to fail')
      return handler(request)
    }
  const answerMain = createHttpHandler({
    routes: Object.fromEntries(Object.entries(parts.routes ?? {}).map(([route, handler]) => [route, failing(handler)])),
    onEnd(request, response, route = 'unmatched', ms) {
      const status_code = response.writableFinished ? response.statusCode : CLIENT_CLOSED_REQUEST
      timer?.observe({ method: request.method ?? '', route, status_code }, ms / 1_000)
    },
  })
  const main = createServer(answerMain)
  const answerSide = createHttpHandler({
    routes: {
      'GET /metrics': async () => ({ text: await registry.metrics(), type: registry.contentType }),
      ...faults.routes,
    },
  })
  const side = createServer((request, response) =>
    probes.handler(request, response, () => answerSide(request, response)),
  )
  listen(main, settings.POD_IP, settings.HTTP_PORT)
  listen(side, settings.POD_IP, settings.METRICS_PORT)
  // With NODE_COMPILE_CACHE set, the next pod finds what this one has compiled; without, this does nothing.
  flushCompileCache()

  shutDownGracefully({
    servers: [main],
    // Until the last request is answered, readiness and metrics can be asked for.
    sideServers: [side],
    probes,
    lingerMs: settings.LINGER_MS,
    finishMs: settings.SHUTDOWN_MS,
    onDrain() {
      console.log('ending: requests are taken a little longer, and those under way are finished')
      parts.onDrain?.()
    },
    ...(parts.onEnd === undefined ? {} : { onEnd: parts.onEnd }),
  })
}

function listen(server: Server, host: string, port: number): void {
  server.once('error', fail)
  server.listen(port, host, () => console.log(`listening on http://${host}:${port}`))
}

function fail(error: unknown): void {
  console.error(error)
  process.exit(1)
}
