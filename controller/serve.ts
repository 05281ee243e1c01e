// What the controller says of itself over HTTP: /livez, /readyz and /metrics.
import { once } from 'node:events'
import type { Server } from 'node:http'
import express from 'express'
import { healthRouter } from '../probes/health.ts'
import { type Config, parseListen } from './config.ts'
import type { Reflector } from './kube/reflector.ts'
import { ConfigError, messageOf } from './model/errors.ts'

/** Each check of readiness says what is wrong, or undefined. Throws ConfigError when the address can't be used. */
export async function serve(
  config: Config,
  registry: { contentType: string; metrics(): Promise<string> },
  watches: () => string | undefined,
  lease: () => string | undefined,
  flags: () => string | undefined,
): Promise<Server> {
  const app = express().disable('x-powered-by')
  app.use(healthRouter({ process: () => undefined }, { watches, lease, flags }))
  app.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics())
  })
  const address = parseListen(config.listen)
  if (address === undefined) throw new ConfigError(`EVENKEEL_LISTEN=${config.listen} can't be used`)
  const { host, port } = address
  const server = host === undefined ? app.listen(port) : app.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new ConfigError(`EVENKEEL_LISTEN=${config.listen} can't be used: ${messageOf(error)}`, { cause: error })
  }
  return server
}

/** A watch that has heard nothing from the API server for this long makes the replica unready. */
const SILENT_AFTER_MS = 120_000

/** Why a watch can't be relied on; undefined while it can. */
export function problemOf(reflector: Reflector<unknown>): string | undefined {
  if (!reflector.synced) return reflector.problem ?? 'not listed yet'
  if (reflector.problem !== undefined) return reflector.problem
  return reflector.lastContactAgeMs() > SILENT_AFTER_MS
    ? 'the API server has been silent for over two minutes'
    : undefined
}
