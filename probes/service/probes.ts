// Liveness, readiness and startup of a Node service, as one handler for node:http and for express.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Asker, type Checks, createAsker, untilWell } from './check.ts'
import { reportOf } from './report.ts'

export interface ProbesOptions {
  /** What a start needs: each must have been well once before the service is ready, and isn't asked again then. */
  readonly startup?: Checks
  /**
   * What each request needs, and another pod may have. What all pods share does not belong here: when it fails, all of them
   * would be taken away at once.
   */
  readonly readiness?: Checks
  /** What only a restart heals; most services have none. */
  readonly liveness?: Checks
  /** Default: /livez, /readyz and /startupz. */
  readonly paths?: { readonly live?: string; readonly ready?: string; readonly startup?: string }
}

export interface Probes {
  /**
   * Answers the paths of the probes and each check below them: 200, or 503 with what is wrong; `?verbose` lists all checks,
   * `?exclude=NAME` leaves one out. All else goes to `next`, or is 404 without one.
   */
  readonly handler: (request: IncomingMessage, response: ServerResponse, next?: () => void) => void
  /** From now on it is not ready: it ends. Liveness stays. */
  drain(): void
}

type Endpoint = Readonly<Record<string, Asker>>

export function createProbes(options: ProbesOptions = {}): Probes {
  const { live = '/livez', ready = '/readyz', startup: start = '/startupz' } = options.paths ?? {}
  let isDraining = false
  const startup = mapValues(askersOf(options.startup), untilWell)
  const shutdown: Asker = async () => (isDraining ? 'the service is ending' : undefined)
  const endpoints: ReadonlyMap<string, Endpoint> = new Map([
    [live, askersOf(options.liveness)],
    [start, startup],
    [ready, { shutdown, ...startup, ...askersOf(options.readiness) }],
  ])

  function find(path: string): { readonly name: string; readonly checks: Endpoint } | undefined {
    const whole = endpoints.get(path)
    if (whole !== undefined) return { name: path.slice(1), checks: whole }
    const slash = path.lastIndexOf('/')
    const checks = endpoints.get(path.slice(0, slash))
    const check = path.slice(slash + 1)
    const asker = checks !== undefined && Object.hasOwn(checks, check) ? checks[check] : undefined
    return asker === undefined ? undefined : { name: path.slice(1), checks: { [check]: asker } }
  }

  return {
    handler(request, response, next) {
      const url = URL.parse(request.url ?? '', 'http://service')
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      const found = isRead && url !== null ? find(url.pathname) : undefined
      if (found !== undefined && url !== null)
        void answer(request, response, found.name, found.checks, url.searchParams)
      else if (next !== undefined) next()
      else response.writeHead(404).end()
    },
    drain() {
      isDraining = true
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  checks: Endpoint,
  query: URLSearchParams,
): Promise<void> {
  const excluded = new Set(query.getAll('exclude'))
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, ask]) => [name, excluded.has(name) ? undefined : await ask()] as const),
  )
  const { isOk, text } = reportOf(path, results, { excluded, isVerbose: query.has('verbose') })
  if (response.destroyed) return
  response
    .writeHead(isOk ? 200 : 503, {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
    })
    .end(request.method === 'HEAD' ? undefined : text)
}

function askersOf(checks: Checks = {}): Endpoint {
  return mapValues(checks, (check) => createAsker(check))
}

function mapValues<From, To>(from: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, map(value)]))
}
