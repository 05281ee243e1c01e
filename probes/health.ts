// Liveness and readiness of Evenkeel itself, in the dialect of the Kubernetes API server (/livez, /readyz, ?verbose, ?exclude).
import { type Response, Router } from 'express'
import { reportOf } from './service/report.ts'

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
  isVerbose: boolean,
): void {
  const results = Object.entries(checks).map(
    ([name, check]) => [name, excluded.has(name) ? undefined : check()] as const,
  )
  const { isOk, text } = reportOf(path, results, { excluded, isVerbose })
  response
    .status(isOk ? 200 : 500)
    .type('text/plain')
    .set('cache-control', 'no-store')
    .send(text)
}
