// The sandbox's composition root: an API, a kubelet, the workloads' controllers, a shop under load, faults, and Evenkeel itself.
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { request } from 'undici'
import { parseAllDocuments } from 'yaml'
import { startApi } from './api/server.ts'
import { type ControllerProcess, startController } from './controller-process.ts'
import { SandboxError } from './errors.ts'
import { createFaults, type Faults } from './faults/faults.ts'
import { findProgram } from './find-program.ts'
import { findPlace } from './free-addresses.ts'
import { type Api, connectApi } from './kube/api.ts'
import { parseKubeconfig } from './kube/kubeconfig.ts'
import { startKubelet } from './kubelet/kubelet.ts'
import { type LoadHandle, startLoadGenerator } from './load/load.ts'
import { PACKAGE_ROOT } from './package-root.ts'
import { type ShopObject, shopManifests } from './shop/manifests.ts'
import { serveControl } from './state/control.ts'
import type { Endpoints, StateFolder } from './state/state-folder.ts'
import type { Collector } from './view/collect.ts'
import type { ViewState } from './view/model.ts'
import { type ShopWatch, watchShop } from './watch-shop.ts'
import { startBalancer } from './workloads/services/balancer.ts'
import { startWorkloads } from './workloads/workloads.ts'

const NAMESPACE = 'shop'
const NODE = 'sandbox'
/** The last number of the gateway's address, as its manifest has it. */
const GATEWAY_OCTET = 10
const READY_WITHIN_MS = 45_000
const POLL_MS = 100
const MEASURE_MS = 1_000
const MEASURE_TIMEOUT_MS = 800

export interface SandboxOptions {
  readonly state: StateFolder
  readonly withController: boolean
  /** False: the Guards may scale, and switch no feature off. */
  readonly withShedding: boolean
  /** Told of the shop's objects and the controller's metrics. */
  readonly collector: Collector
  /** Told in a sentence what went wrong and was survived. */
  readonly onTrouble: (what: string) => void
  readonly signal: AbortSignal
}

export interface Sandbox {
  readonly endpoints: Endpoints
  readonly shop: ShopWatch
  readonly faults: Faults
  readonly load: LoadHandle
  /** From the start of this process to the first tick of the controller; undefined before, and without one. */
  firstTickMs(): number | undefined
  view(): Pick<ViewState, 'controller' | 'load'>
  stop(): Promise<void>
}

/** Starts everything and resolves when customers are served. Throws SandboxError, or the signal's reason; nothing is left then. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { state, withController, withShedding, collector, onTrouble } = options
  const stopping = new AbortController()
  const signal = AbortSignal.any([options.signal, stopping.signal])
  const onProblem = (problem: Error) => {
    if (!signal.aborted) onTrouble(sentenceOf(problem))
  }
  /** What was begun, newest last; ended in reverse. */
  const begun: (() => Promise<unknown>)[] = []
  const stop = async () => {
    stopping.abort()
    for (const end of begun.splice(0).reverse()) await end().catch((error: unknown) => onTrouble(sentenceOf(error)))
  }

  try {
    const kubernetes = await startApi({ crds: readCrds() })
    begun.push(() => kubernetes.close())
    const kubeconfig = state.writeKubeconfig(kubernetes.kubeconfig)
    const endpoint = parseKubeconfig(kubernetes.kubeconfig)
    const api = connectApi(endpoint)
    begun.push(() => api.close())

    const controller = withController
      ? await startController({ kubeconfig, logFile: join(state.path, 'controller.log'), onEnd: onTrouble })
      : undefined
    if (controller !== undefined) begun.push(() => controller.stop())

    const kubelet = await startKubelet({ cluster: endpoint, nodeName: NODE, rootFolder: PACKAGE_ROOT, onProblem })
    begun.push(() => kubelet.stop())
    const workloads = await startWorkloads({ api, onProblem })
    begun.push(() => workloads.stop())
    const balancer = await startBalancer({ api, onProblem })
    begun.push(() => balancer.stop())

    const shop = await watchShop(api, NAMESPACE, collector, onProblem, signal)
    const place = await findPlace(GATEWAY_OCTET)
    const faultToken = randomBytes(16).toString('base64url')
    const guardMode = 'Enforce'
    for (const object of shopManifests({
      ...place,
      namespace: NAMESPACE,
      guardMode,
      flags: controller?.flags.flagd,
      shedding: withShedding,
      faultToken,
      redisServer: findProgram('redis-server'),
      compileCache: join(state.path, 'compile-cache'),
    }))
      await create(api, object, signal)
    let firstTickMs: number | undefined
    const measuring = setInterval(() => {
      if (firstTickMs === undefined && shop.hasTicked()) firstTickMs = performance.now()
    }, POLL_MS)
    begun.push(async () => clearInterval(measuring))

    await until(() => shop.areDeploymentsReady(), 'the pods of the shop did not get ready', signal)
    const gatewayUrl = `http://${place.servicePrefix}.${GATEWAY_OCTET}:${place.ports.http}`
    const load = await startLoadGenerator({ gatewayUrl, onProblem })
    begun.push(() => load.stop())
    const faults = createFaults({
      podsOf: async (app) => shop.readyPods(app),
      activeRedis: () => shop.activeOf('redis'),
      processOf: (pod) => kubelet.podProcess(NAMESPACE, pod),
      ports: place.ports,
      load,
      token: faultToken,
      onProblem,
    })
    begun.push(() => faults.close())
    const control = await serveControl(faults)
    begun.push(() => control.close())
    if (controller !== undefined) begun.push(measureLive(controller, collector))

    const endpoints: Endpoints = {
      pid: process.pid,
      kubernetes: kubernetes.url,
      kubeconfig,
      gateway: gatewayUrl,
      metrics: urlOf(controller, 'metrics'),
      readyz: urlOf(controller, 'readyz'),
      livez: urlOf(controller, 'livez'),
      probes: controller?.probes ?? null,
      control: control.url,
      token: control.token,
    }
    state.writeEndpoints(endpoints)
    return {
      endpoints,
      shop,
      faults,
      load,
      firstTickMs: () => firstTickMs,
      view: () => ({
        controller: controllerView(controller),
        load: load.stats().slice(-300),
      }),
      stop,
    }
  } catch (error) {
    await stop()
    options.signal.throwIfAborted()
    throw error
  }
}

function readCrds(): readonly unknown[] {
  const folder = join(PACKAGE_ROOT, 'deploy', 'crds')
  return readdirSync(folder).flatMap((name) =>
    parseAllDocuments(readFileSync(join(folder, name), 'utf8')).map((document): unknown => document.toJS()),
  )
}

async function create(api: Api, object: ShopObject, signal: AbortSignal): Promise<void> {
  const { apiVersion, kind } = object
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  const path = `${base}/namespaces/${NAMESPACE}/${kind.toLowerCase()}s`
  await api.request({ method: 'POST', path, body: object }, signal)
}

/** Hands the controller's metrics to the view each second. Returns what ends it. */
function measureLive(
  { url }: ControllerProcess,
  { measure }: { measure(exposition: string): void },
): () => Promise<void> {
  const timer = setInterval(async () => {
    try {
      const { statusCode, body } = await request(`${url}/metrics`, { signal: AbortSignal.timeout(MEASURE_TIMEOUT_MS) })
      const text = await body.text()
      if (statusCode === 200) measure(text)
    } catch {
      // It is being started again, which the view says; until then the Guards' status tells what was last known.
    }
  }, MEASURE_MS)
  return async () => clearInterval(timer)
}

function controllerView(controller: ControllerProcess | undefined): ViewState['controller'] {
  if (controller === undefined) return { kind: 'off', restarts: 0 }
  return { kind: controller.pid === undefined ? 'restarting' : 'running', restarts: controller.restarts }
}

function urlOf(controller: ControllerProcess | undefined, path: string): string | null {
  return controller === undefined ? null : `${controller.url}/${path}`
}

async function until(condition: () => boolean, otherwise: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS
  while (!condition()) {
    signal.throwIfAborted()
    if (performance.now() > deadline)
      throw new SandboxError(`${otherwise} within ${READY_WITHIN_MS / 1000} s: is this machine very busy?`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
