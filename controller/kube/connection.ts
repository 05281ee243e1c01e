// One pooled dispatcher per cluster, and the headers that authenticate each request, renewed as tokens and certificates rotate.
import { createHash } from 'node:crypto'
import type { RequestOptions } from 'node:https'
import type { DispatcherOptions, KubeConfig } from '@kubernetes/client-node'
import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici'
import type { Clock } from '../model/clock.ts'
import type { Milliseconds } from '../model/units.ts'
import { noCredentials } from './kube-errors.ts'
import { type KubeconfigSource, loadKubeconfig } from './kubeconfig.ts'

/** How to reach the API server at this moment. */
export interface Access {
  readonly origin: string
  /** What comes before /api: empty but behind a proxy such as Rancher's. */
  readonly basePath: string
  readonly headers: Readonly<Record<string, string>>
  readonly dispatcher: Dispatcher
  /** The namespace of the context; "default" when it names none. */
  readonly namespace: string
}

export interface Connection {
  /** The access to use now. Reads rotating tokens and runs exec plugins when theirs are old. Throws KubeError. */
  current(): Promise<Access>
  /** Loads everything anew after a 401; false when that was just done, so that asking again would be pointless. */
  renew(): Promise<boolean>
  close(): Promise<void>
}

export interface ConnectionOptions extends KubeconfigSource {
  readonly clock: Clock
  readonly connectTimeoutMs: Milliseconds
  /** The most sockets held open, watches included. */
  readonly maxSockets: number
}

/** client-node keeps a token file's content for up to a minute on top of this; a 401 renews both at once. */
const CREDENTIALS_TTL_MS = 30_000
const RENEWAL_PAUSE_MS = 10_000

/** Loads the kubeconfig and opens the pool (no socket yet). Throws ConfigError. */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  let loaded = await loadKubeconfig(options)
  let access: Access | undefined
  let tlsPrint = ''
  let readAt = 0
  let renewedAt = Number.NEGATIVE_INFINITY
  let pending: Promise<Access> | undefined
  const retired = new Set<Dispatcher>()

  async function read(): Promise<Access> {
    const { config, cluster } = loaded
    const applied: RequestOptions = {}
    try {
      await config.applyToHTTPSOptions(applied)
    } catch (error) {
      throw noCredentials(cluster.server, error)
    }
    const tls = tlsFields(applied)
    const wanted = config.createDispatcherOptions(cluster, tls)
    const print = `${cluster.server} ${fingerprint(wanted)}`
    if (access === undefined || print !== tlsPrint) {
      const url = new URL(cluster.server)
      if (access !== undefined) retire(access.dispatcher)
      access = {
        origin: url.origin,
        basePath: url.pathname.replace(/\/+$/, ''),
        headers: {},
        dispatcher: buildDispatcher(wanted, tls, options),
        namespace: namespaceOf(config),
      }
      tlsPrint = print
    }
    access = { ...access, headers: headersOf(applied) }
    readAt = options.clock.monotonic()
    return access
  }

  /** Requests that are on their way, and watches, may finish on the old certificates. */
  function retire(dispatcher: Dispatcher): void {
    retired.add(dispatcher)
    const forget = () => retired.delete(dispatcher)
    dispatcher.close().then(forget, forget)
  }

  return {
    async current() {
      if (access !== undefined && options.clock.monotonic() - readAt < CREDENTIALS_TTL_MS) return access
      pending ??= read().finally(() => {
        pending = undefined
      })
      return pending
    },
    async renew() {
      const now = options.clock.monotonic()
      if (now - renewedAt < RENEWAL_PAUSE_MS) return false
      renewedAt = now
      try {
        loaded = await loadKubeconfig(options)
      } catch (error) {
        throw noCredentials(loaded.cluster.server, error)
      }
      await read()
      return true
    },
    async close() {
      const all = [...retired, ...(access === undefined ? [] : [access.dispatcher])]
      await Promise.all(all.map((dispatcher) => dispatcher.destroy()))
    },
  }
}

function buildDispatcher(wanted: DispatcherOptions, tls: TlsFields, options: ConnectionOptions): Dispatcher {
  const pool = {
    connections: options.maxSockets,
    // A hung HTTP/2 session takes every request and watch on it along; with HTTP/1.1 a deadline drops just its socket.
    allowH2: false,
    // Deadlines are ours, on our clock.
    headersTimeout: 0,
    bodyTimeout: 0,
    // Shorter than the 60 s after which common load balancers forget a connection.
    keepAliveTimeout: 30_000,
  }
  const keepAlive = { keepAlive: true, keepAliveInitialDelay: 15_000, timeout: options.connectTimeoutMs }
  switch (wanted.type) {
    case 'none':
      return new Agent({ ...pool, connect: keepAlive })
    case 'agent':
      return new Agent({ ...pool, connect: { ...tls, ...keepAlive } })
    case 'proxy':
      return new ProxyAgent({ ...pool, uri: wanted.uri, requestTls: tls, connect: keepAlive })
    case 'socks':
      return new Socks5ProxyAgent(wanted.uri, { ...pool, requestTls: tls })
  }
}

type TlsFields = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>

function tlsFields({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): TlsFields {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  }
}

function fingerprint(options: DispatcherOptions): string {
  return createHash('sha256').update(JSON.stringify(options)).digest('base64')
}

function headersOf(applied: RequestOptions): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(applied.headers ?? {})) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value.trim()
  }
  if (typeof applied.auth === 'string') headers.authorization = `Basic ${Buffer.from(applied.auth).toString('base64')}`
  return headers
}

function namespaceOf(config: KubeConfig): string {
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace
  return namespace === undefined || namespace === '' ? 'default' : namespace
}
