// The Service balancer: listens on each Service's clusterIP and port, as kube-proxy would make it seem, and balances requests of
// HTTP, or whole connections where appProtocol says that something else is spoken.
import type { Api } from '../../kube/api.ts'
import { createStore, keyOf } from '../../kube/store.ts'
import { createKeyQueue } from '../key-queue.ts'
import { listPathOf, type Pod, parsePod, parseService, type Service } from '../objects.ts'
import { listensOn, readyPodsOf, type ServicePort } from './endpoints.ts'
import { listenForService, type ServiceCounts, type ServiceListener } from './service-listener.ts'
import { listenForConnections } from './tcp-listener.ts'

const ANSWER_TIMEOUT_MS = 30_000

export interface BalancerOptions {
  /** The caller closes it, after `stop`. */
  readonly api: Api
  /** How long a pod may take until its answer begins, to the second; then the client gets 504. Default 30 s. */
  readonly answerTimeoutMs?: number
  /** Hears of what went wrong, such as an address that is taken; it is tried again. Default: one line on stderr. */
  readonly onProblem?: (problem: Error) => void
}

export interface Balancer {
  /** By namespace/name, of the Services that are listened for; a Service's ports together. */
  counts(): Readonly<Record<string, ServiceCounts>>
  /** Breaks off what is under way, and resolves when every socket is closed. */
  stop(): Promise<void>
}

interface Listening {
  readonly service: string
  readonly port: ServicePort
  readonly listener: ServiceListener
}

/** Resolves when Services and pods are known. Throws when the API server refuses or doesn't answer; later outages are survived. */
export async function startBalancer(options: BalancerOptions): Promise<Balancer> {
  const { api, answerTimeoutMs = ANSWER_TIMEOUT_MS, onProblem = warn } = options
  await api.request({ method: 'GET', path: `${listPathOf('services')}?limit=1` })
  const stopping = new AbortController()
  const following = { signal: stopping.signal, onProblem }
  const services = createStore(api, { path: listPathOf('services'), read: parseService }, following)
  const pods = createStore(api, { path: listPathOf('pods'), read: parsePod }, following)
  /** By service and address. */
  const listening = new Map<string, Listening>()
  /** Their Services are gone; requests under way are not. */
  const closing = new Set<ServiceListener>()
  const queue = createKeyQueue({
    work: listen,
    onFailure: (key, cause) => onProblem(new Error(`service ${key} is not served yet; trying on`, { cause })),
    signal: stopping.signal,
  })

  /** Opens and closes listeners until they are those of the Service as it is now. */
  async function listen(key: string): Promise<undefined> {
    const service = services.get(key)
    const wanted = new Map(
      (service === undefined ? [] : listensOn(service)).map((one) => [`${key} ${one.host}:${one.port.port}`, one]),
    )
    for (const [id, { service: name, listener }] of listening) {
      if (name !== key || wanted.has(id)) continue
      listening.delete(id)
      closing.add(listener)
      void listener.close().then(() => closing.delete(listener))
    }
    for (const [id, { host, port }] of wanted) {
      const known = listening.get(id)
      const listen = (port.appProtocol ?? 'http') === 'http' ? listenForService : listenForConnections
      const listener = known?.listener ?? (await listen({ name: key, host, port: port.port, answerTimeoutMs }))
      listening.set(id, { service: key, port, listener })
    }
    if (service !== undefined) setPods(service)
  }

  function setPods(service: Service): void {
    const key = keyOf(service)
    for (const { service: name, port, listener } of listening.values()) {
      if (name === key) listener.setPods(readyPodsOf(service, port, pods.all()))
    }
  }

  function setPodsNear({ metadata }: Pod): void {
    for (const service of services.all()) if (service.metadata.namespace === metadata.namespace) setPods(service)
  }

  services.onChange((now, before) => {
    const either = now ?? before
    if (either !== undefined) queue.add(keyOf(either))
  })
  // At once and not by the queue: a pod that ends must not get another request.
  pods.onChange((now, before) => {
    const either = now ?? before
    if (either !== undefined) setPodsNear(either)
  })
  await Promise.all([services.synced, pods.synced])

  return {
    counts() {
      const all: Record<string, ServiceCounts> = {}
      for (const { service, listener } of listening.values()) all[service] = add(all[service], listener.counts())
      return all
    },
    async stop() {
      stopping.abort()
      await Promise.all([services.ended, pods.ended, queue.idle()])
      const listeners = [...[...listening.values()].map(({ listener }) => listener), ...closing]
      await Promise.all(listeners.map((listener) => listener.destroy()))
    },
  }
}

function add(a: ServiceCounts | undefined, b: ServiceCounts): ServiceCounts {
  if (a === undefined) return b
  return { requests: a.requests + b.requests, failed: a.failed + b.failed, noPod: a.noPod + b.noPod }
}

function warn(problem: Error): void {
  console.warn(`balancer: ${problem.message}${problem.cause instanceof Error ? `: ${problem.cause.message}` : ''}`)
}
