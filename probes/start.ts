// Starts the servers that load balancers ask: HTTP, and HAProxy's agent-check.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server, Socket } from 'node:net'
import { ConfigError, messageOf } from '../controller/model/errors.ts'
import type { Milliseconds } from '../controller/model/units.ts'
import { createAgentServer } from './agent-server.ts'
import { type AnswerCounts, createCounts } from './counts.ts'
import { createProbeHandler } from './http.ts'
import { createVerdicts, type ServiceVerdict, type VerdictsOptions } from './verdicts.ts'

/** Where to listen; no host means every address of the machine, port 0 any that is free. */
export interface Listen {
  readonly host: string | undefined
  readonly port: number
}

export interface ProbeServersOptions extends VerdictsOptions {
  /** Undefined: not served. */
  readonly http: Listen | undefined
  readonly agent: Listen | undefined
}

export interface ProbeServers {
  /** The ports that are listened on. */
  readonly ports: { readonly http: number | undefined; readonly agent: number | undefined }
  readonly answers: AnswerCounts
  /** The services of the namespaces that somebody has asked of. */
  services(): Iterable<ServiceVerdict>
  close(): Promise<void>
}

/** Longer than the idle connections of common clients and proxies, so that it is they who close them. */
const KEEP_ALIVE_MS: Milliseconds = 75_000

/** Throws ConfigError when an address can't be used. */
export async function startProbeServers(options: ProbeServersOptions): Promise<ProbeServers> {
  const verdicts = createVerdicts(options)
  const answers = createCounts()
  const handler = createProbeHandler({ verdicts, counts: answers, clock: options.clock })
  const http = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, handler)
  const agent = createAgentServer(verdicts, answers)
  const sockets = new Set<Socket>()
  for (const server of [http, agent])
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })

  async function close(): Promise<void> {
    const closed = [http, agent].map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
    for (const socket of sockets) socket.destroy()
    await Promise.all(closed)
  }

  try {
    return {
      ports: {
        http: await listen(http, options.http, 'EVENKEEL_PROBES_LISTEN'),
        agent: await listen(agent, options.agent, 'EVENKEEL_PROBES_AGENT_LISTEN'),
      },
      answers,
      services: () => verdicts.asked(),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function listen(server: Server, where: Listen | undefined, knob: string): Promise<number | undefined> {
  if (where === undefined) return undefined
  server.listen(where.port, where.host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new ConfigError(`${knob} can't be used: ${messageOf(error)}`, { cause: error })
  }
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : where.port
}
