// Liveness and readiness of Evenkeel itself, in the dialect of the Kubernetes API server (/livez, /readyz, ?verbose, ?exclude).
import { type Response, Router } from 'express'

/** A check: undefined while it is well, else what is wrong in a sentence. */
export type HealthCheck = () => string | undefined

export type HealthChecks = Readonly<Record<string, HealthCheck>>

/** Serves /livez, /readyz and each check below them, such as /readyz/leader. Failure is HTTP 500 and always verbose. */
export function healthRouter(live: HealthChecks, ready: HealthChecks): Router {
  const router = Router()
  for (const [path, checks] of [
    ['livez', live],
    ['readyz', ready],
  ] as const) {
    router.get(`/${path}`, (request, response) => {
      const excluded = new Set([request.query.exclude].flat().map(String))
      answer(response, path, checks, excluded, request.query.verbose !== undefined)
    })
    router.get(`/${path}/:check`, (request, response) => {
      const name = request.params.check
      const check = Object.hasOwn(checks, name) ? checks[name] : undefined
      if (check === undefined)
        response.status(404).type('text/plain').send(`404 page not found: ${path} has no check ${name}\n`)
      else answer(response, `${path}/${name}`, { [name]: check }, new Set(), false)
    })
  }
  return router
}

function answer(
  response: Response,
  path: string,
  checks: HealthChecks,
  excluded: ReadonlySet<string>,
  verbose: boolean,
): void {
  const lines: string[] = []
  let failed = false
  for (const [name, check] of Object.entries(checks)) {
    if (excluded.has(name)) {
      lines.push(`[+]${name} excluded: ok`)
      continue
    }
    const problem = check()
    failed ||= problem !== undefined
    lines.push(problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`)
  }
  response
    .status(failed ? 500 : 200)
    .type('text/plain')
    .set('cache-control', 'no-store')
  if (failed) response.send(`${lines.join('\n')}\n${path} check failed\n`)
  else response.send(verbose ? `${lines.join('\n')}\n${path} check passed\n` : 'ok')
}
