// What the controller says of itself over HTTP: /livez, /readyz and /metrics.
import { once } from 'node:events'
import type { Server } from 'node:http'
import express from 'express'
import { healthRouter } from '../probes/health.ts'
import { type Config, parseListen } from './config.ts'
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
