// Runs a service: its routes on one port, metrics and faults on another, and an end that loses no request.
import type { Server } from 'node:http'
import { flushCompileCache } from 'node:module'
import type { Registry } from 'prom-client'
import { ShopError } from './errors.ts'
import { createPodFaults, type PodFaults } from './faults.ts'
import { createHttpServer, type Handler } from './http.ts'
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
  let isEnding = false

  const failing =
    (handler: Handler): Handler =>
    (request) => {
      if (faults.isToFail()) throw new ShopError(500, 'a fault: this request was chosen to fail')
      return handler(request)
    }
  const main = createHttpServer({
    routes: Object.fromEntries(Object.entries(parts.routes ?? {}).map(([route, handler]) => [route, failing(handler)])),
    onEnd(request, response, route = 'unmatched', ms) {
      const status_code = response.writableFinished ? response.statusCode : CLIENT_CLOSED_REQUEST
      timer?.observe({ method: request.method ?? '', route, status_code }, ms / 1_000)
    },
  })
  // A request that comes in while we end is answered, and its connection is not kept.
  main.prependListener('request', (_request, response) => {
    if (isEnding) response.setHeader('connection', 'close')
  })
  const side = createHttpServer({
    routes: {
      'GET /healthz': () => ({ body: 'ok' }),
      'GET /readyz': () => {
        const why = isEnding ? 'ending' : parts.notReady?.()
        return { status: why === undefined ? 200 : 503, body: why ?? 'ok' }
      },
      'GET /metrics': async () => ({ text: await registry.metrics(), type: registry.contentType }),
      ...faults.routes,
    },
  })
  listen(main, settings.POD_IP, settings.HTTP_PORT)
  listen(side, settings.POD_IP, settings.METRICS_PORT)
  // With NODE_COMPILE_CACHE set, the next pod finds what this one has compiled; without, this does nothing.
  flushCompileCache()

  async function end(): Promise<void> {
    if (isEnding) return
    isEnding = true
    console.log('ending: requests are taken a little longer, and those under way are finished')
    parts.onDrain?.()
    await new Promise((resolve) => setTimeout(resolve, settings.LINGER_MS))
    const deadline = setTimeout(() => main.closeAllConnections(), settings.SHUTDOWN_MS)
    await close(main)
    clearTimeout(deadline)
    await parts.onEnd?.()
    // Until here readiness and metrics could be asked for.
    side.closeAllConnections()
    await close(side)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end().then(leave, fail))
}

function listen(server: Server, host: string, port: number): void {
  server.once('error', fail)
  server.listen(port, host, () => console.log(`listening on http://${host}:${port}`))
}

/** Resolves when every request is answered. */
function close(server: Server): Promise<void> {
  // A connection that was busy when closing began stays open after its response, unless somebody closes it.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  return new Promise((resolve) => {
    server.close(() => {
      clearInterval(sweep)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** At once: kept connections to other services would hold the process for seconds. */
const leave = () => process.exit(0)

function fail(error: unknown): void {
  console.error(error)
  process.exit(1)
}
