// Watches in memory and the servers that answer from them, for tests of what load balancers are told.
import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'
import {
  projectPod,
  projectRaw,
  projectService,
  projectWorkload,
  type RawObject,
} from '../../controller/kube/resources.ts'
import { keyOf } from '../../controller/kube/store.ts'
import type { Service } from '../../controller/model/service.ts'
import type { Pod, Workload } from '../../controller/model/workload.ts'
import { startProbeServers } from '../../probes/start.ts'
import { manualClock } from '../runtime/manual-clock.ts'

/** A watch whose objects a test puts in and takes out. */
function watchOf<T extends { readonly namespace: string; readonly name: string }>() {
  const objects = new Map<string, T>()
  const handlers = new Set<(key: string, change: 'updated' | 'deleted') => void>()
  return {
    synced: true,
    get: (key: string) => objects.get(key),
    byNamespace: (namespace: string) => [...objects.values()].filter((one) => one.namespace === namespace),
    onChange(handler: (key: string, change: 'updated' | 'deleted') => void) {
      handlers.add(handler)
      return () => handlers.delete(handler)
    },
    put(object: T) {
      const key = keyOf(object.namespace, object.name)
      objects.set(key, object)
      for (const handler of handlers) handler(key, 'updated')
    },
    remove(key: string) {
      objects.delete(key)
      for (const handler of handlers) handler(key, 'deleted')
    },
  }
}

type PodState = 'ready' | 'unready' | 'isolated' | 'unknown' | 'starting' | 'ending'

const STARTED = '2026-01-01T00:00:00Z'
const LATER = '2026-01-01T00:01:00Z'
const READY: Readonly<Record<PodState, object>> = {
  ready: { type: 'Ready', status: 'True', lastTransitionTime: LATER },
  unready: { type: 'Ready', status: 'False', lastTransitionTime: LATER },
  isolated: { type: 'Ready', status: 'True', lastTransitionTime: LATER },
  unknown: { type: 'Ready', status: 'Unknown', lastTransitionTime: LATER },
  starting: { type: 'Ready', status: 'False', lastTransitionTime: STARTED },
  ending: { type: 'Ready', status: 'True', lastTransitionTime: LATER },
}

/** A pod of the Deployment web as the API has it; its address ends with the number in its name. */
export function podIn(state: PodState, name: string, labels: Readonly<Record<string, string>> = { app: 'web' }): Pod {
  return projectPod({
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid of ${name}`,
      labels: { ...labels, ...(state === 'isolated' ? { 'evenkeel.dev/serving': 'false' } : {}) },
      ...(state === 'ending' ? { deletionTimestamp: LATER } : {}),
    },
    spec: { containers: [{ name: 'web', ports: [{ name: 'http', containerPort: 8080 }] }] },
    status: {
      phase: 'Running',
      podIP: `10.0.0.${name.split('-').at(-1)}`,
      startTime: STARTED,
      conditions: [READY[state]],
    },
  })
}

/** A Guard of the Deployment web, as it writes its status. Its limits are the defaults. */
export function guardOf(now: number, cpu: number | undefined, mode = 'Enforce'): RawObject {
  return projectRaw({
    metadata: { name: 'web', namespace: 'shop', uid: 'g', generation: mode === 'Enforce' ? 1 : 2 },
    spec: { mode, target: { name: 'web' } },
    status: {
      signalsAt: new Date(now).toISOString(),
      signals: { cpu: cpu === undefined ? { text: 'unknown' } : { value: cpu } },
    },
  })
}

/** Servers over a Service and a Deployment web without pods. */
export async function startRig(options: { readonly namespace?: string } = {}) {
  const clock = manualClock()
  const pods = watchOf<Pod>()
  const services = watchOf<Service>()
  const guards = watchOf<RawObject>()
  const deployments = watchOf<Workload>()
  const servers = await startProbeServers({
    pods,
    services,
    guards,
    workloads: { Deployment: deployments, StatefulSet: watchOf<Workload>() },
    clock,
    rules: { maxEjected: 0.3, panicBelow: 0.5 },
    namespace: options.namespace,
    http: { host: '127.0.0.1', port: 0 },
    agent: { host: '127.0.0.1', port: 0 },
  })
  onTestFinished(() => servers.close())
  const selector = { app: 'web' }
  const ports = [{ name: 'web', port: 80, targetPort: 'http' }]
  services.put(projectService({ metadata: { name: 'web', namespace: 'shop' }, spec: { selector, ports } }))
  deployments.put(
    projectWorkload('Deployment')({
      metadata: { name: 'web', namespace: 'shop' },
      spec: { selector: { matchLabels: selector } },
    }),
  )
  const base = `http://127.0.0.1:${servers.ports.http}`
  return {
    clock,
    pods,
    services,
    guards,
    servers,
    async http(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') {
      const response = await fetch(`${base}${path}`, { headers, method })
      return { status: response.status, body: await response.text(), headers: response.headers }
    },
    /** What HAProxy reads until the connection is closed. */
    async agent(question: string) {
      const socket = connect(servers.ports.agent ?? 0, '127.0.0.1').setEncoding('utf8')
      let text = ''
      socket.on('data', (chunk: string) => {
        text += chunk
      })
      socket.write(question)
      await once(socket, 'close')
      return text
    },
  }
}
