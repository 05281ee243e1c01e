// Starts the flag servers: OFREP over HTTP, flagd's sync over gRPC.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { ConfigError, messageOf } from '../controller/model/errors.ts'
import type { Milliseconds } from '../controller/model/units.ts'
import { openAccess } from './access.ts'
import { createCounts, type Evaluation } from './counts.ts'
import { createFlagSets, type FlagSetsOptions } from './flag-sets.ts'
import { createFlagSync, FLAG_SYNC_SERVICE } from './flagd/service.ts'
import { createEventStreams } from './ofrep/events.ts'
import { createOfrepHandler } from './ofrep/handler.ts'

/** Where to listen; no host means every address of the machine, port 0 any that is free. */
export interface Listen {
  readonly host: string | undefined
  readonly port: number
}

export interface FlagServersOptions extends Omit<FlagSetsOptions, 'signal'> {
  /** Undefined: not served. */
  readonly ofrep: Listen | undefined
  readonly flagd: Listen | undefined
  /** The one namespace that is served; undefined for all. */
  readonly namespace: string | undefined
  /** File of the tokens; empty when anyone may read. */
  readonly tokenFile: string
  /** Most streams of both kinds held at once. */
  readonly mostStreams: number
  readonly onProblem: (message: string) => void
}

export interface FlagServers {
  /** The ports that are listened on. */
  readonly ports: { readonly ofrep: number | undefined; readonly flagd: number | undefined }
  /** Undefined once flags are served, else what they wait for. */
  readonly problem: string | undefined
  readonly evaluations: Readonly<Record<Evaluation, number>>
  /** Streams held, by protocol. */
  subscribers(): { readonly ofrep: number; readonly flagd: number }
  /** Ends the streams, so that readers go to other replicas, and stops listening. */
  close(): Promise<void>
}

/** Longer than the idle connections of common clients and proxies, so that it is they who close them. */
const KEEP_ALIVE_MS: Milliseconds = 75_000
const CLOSE_WITHIN_MS: Milliseconds = 1_000

/** Throws ConfigError when an address or the token file can't be used. */
export async function startFlagServers(options: FlagServersOptions): Promise<FlagServers> {
  const { clock, onProblem, namespace } = options
  const ending = new AbortController()
  const { signal } = ending
  const access = await openAccess(options.tokenFile, clock, signal, onProblem)
  const sets = createFlagSets({ ...options, signal })
  const counts = createCounts()
  const streams = createEventStreams(sets, clock, signal)
  const hasRoom = () => streams.size + sync.size < options.mostStreams
  const sync = createFlagSync({ sets, access, namespace, hasRoom })

  const onError = (error: unknown) => onProblem(`A request for flags failed: ${messageOf(error)}`)
  const http = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS },
    createOfrepHandler({ sets, access, streams, clock, signal, counts, namespace, hasRoom, onError }),
  )
  const grpc = new Server({
    'grpc.max_receive_message_length': 64 * 1024,
    // A reader whose machine is gone is noticed.
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 20_000,
  })
  grpc.addService(FLAG_SYNC_SERVICE, { ...sync.implementation })

  async function close(): Promise<void> {
    ending.abort()
    streams.close()
    sync.close()
    const late = new AbortController()
    const closed = Promise.all([
      new Promise<void>((resolve) => http.close(() => resolve())),
      new Promise<void>((resolve) => grpc.tryShutdown(() => resolve())),
    ])
    http.closeIdleConnections()
    await Promise.race([closed, clock.sleep(CLOSE_WITHIN_MS, late.signal).catch(() => undefined)])
    late.abort()
    http.closeAllConnections()
    grpc.forceShutdown()
  }

  try {
    const ofrep = options.ofrep === undefined ? undefined : await listenHttp(http, options.ofrep)
    const flagd = options.flagd === undefined ? undefined : await listenGrpc(grpc, options.flagd)
    return {
      ports: { ofrep, flagd },
      get problem() {
        return sets.ready ? undefined : 'the Features and Guards have not been listed yet'
      },
      evaluations: counts.evaluations,
      subscribers: () => ({ ofrep: streams.size, flagd: sync.size }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function listenHttp(server: ReturnType<typeof createServer>, { host, port }: Listen): Promise<number> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new ConfigError(`EVENKEEL_FLAGS_LISTEN: ${messageOf(error)}`, { cause: error })
  }
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

function listenGrpc(server: Server, { host = '[::]', port }: Listen): Promise<number> {
  const address = host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(new ConfigError(`EVENKEEL_FLAGS_GRPC_LISTEN: ${error.message}`, { cause: error }))
    })
  })
}
