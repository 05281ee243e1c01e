// A small world for the scenarios: a control plane, a node whose pods are processes, Evenkeel's CRDs and RBAC, and the checkout service.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { KubeClient } from '../../../controller/kube/client.ts'
import { isObject, type JsonObject, listAt, textAt } from '../../../controller/kube/json.ts'
import { createObject, getObject, listObjects, mergePatch } from '../../../controller/kube/objects.ts'
import { DEPLOYMENTS, EVENTS, GUARDS, INCIDENTS, PODS, STATEFUL_SETS } from '../../../controller/kube/resource-type.ts'
import { projectPod } from '../../../controller/kube/resources.ts'
import { readScale } from '../../../controller/kube/scale.ts'
import type { Pod, WorkloadKind } from '../../../controller/model/workload.ts'
import { type Kubelet, startKubelet } from '../../../sandbox/kubelet/kubelet.ts'
import { inTurn, type Load, startLoad } from '../../../sandbox/load/open-loop.ts'
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts'
import { connectAs, install, type Named, until } from './product.ts'

export const NAMESPACE = 'shop'
const HTTP_PORT = 8080

export interface World {
  readonly cluster: ControlPlane
  readonly admin: KubeClient
  readonly kubelet: Kubelet
  /** Creates the checkout service under a name, as a Deployment or StatefulSet, and waits until its pods are ready. */
  deploy(name: string, replicas: number, kind?: WorkloadKind): Promise<void>
  guard(name: string, spec: object): Promise<Named>
  /** spec.replicas, read fresh. */
  replicasOf(name: string, kind?: WorkloadKind): Promise<number>
  podsOf(name: string): Promise<readonly Pod[]>
  /** Load on the ready pods of a Deployment, as a Service would spread it. */
  load(name: string, rps: number): Promise<WorldLoad>
  incidents(guard: string): Promise<readonly JsonObject[]>
  events(guard: string): Promise<readonly JsonObject[]>
  /** Makes the pod misbehave: see examples/checkout/faults.ts. */
  fault(pod: Pod, fault: object): Promise<void>
  stop(): Promise<void>
}

export interface WorldLoad extends Load {
  rps: number
}

export async function startWorld(): Promise<World> {
  const cluster = await startControlPlane()
  const admin = await connectAs(cluster.kubeconfig)
  await install(admin, ['evenkeel', 'evenkeel-2'], [NAMESPACE])
  const kubelet = await startKubelet({ cluster: cluster.kubeconfig, nodeName: 'node-1', onProblem: () => {} })
  const stoppers: (() => Promise<unknown>)[] = []

  const podsOf = async (name: string) => {
    const all = await listObjects(admin, PODS, { namespace: NAMESPACE, labelSelector: `app=${name}` })
    return all.map(projectPod).filter((pod) => !pod.terminating)
  }
  return {
    cluster,
    admin,
    kubelet,
    async deploy(name, replicas, kind = 'Deployment') {
      await createObject(admin, kind === 'Deployment' ? DEPLOYMENTS : STATEFUL_SETS, checkout(name, replicas, kind))
      await until(`${replicas} pods of ${name} are ready`, async () => {
        const ready = (await podsOf(name)).filter((pod) => pod.ready)
        return ready.length === replicas
      })
    },
    async guard(name, spec) {
      await createObject(admin, GUARDS, { metadata: { namespace: NAMESPACE, name }, spec: { ...spec } })
      return { namespace: NAMESPACE, name }
    },
    async replicasOf(name, kind = 'Deployment') {
      return (await readScale(admin, { kind, namespace: NAMESPACE, name })).replicas
    },
    podsOf,
    async load(name, rps) {
      let urls: string[] = []
      const refresh = async () => {
        const ready = (await podsOf(name)).filter((pod) => pod.ready)
        urls = ready.map((pod) => `http://${pod.podIP}:${HTTP_PORT}/`)
      }
      await refresh()
      const timer = setInterval(() => void refresh().catch(() => {}), 250)
      const state = { rps }
      const load = startLoad({ next: inTurn(() => urls), rps: () => state.rps })
      const stop = async () => {
        clearInterval(timer)
        return load.stop()
      }
      stoppers.push(stop)
      return Object.assign(state, { counts: load.counts, stop })
    },
    incidents: async (guard) =>
      (await listObjects(admin, INCIDENTS, { namespace: NAMESPACE }))
        .filter(isObject)
        .filter((one) => textAt(one, 'spec', 'guard') === guard),
    events: async (guard) =>
      (await listObjects(admin, EVENTS, { namespace: NAMESPACE }))
        .filter(isObject)
        .filter(
          (event) => textAt(event, 'regarding', 'kind') === 'Guard' && textAt(event, 'regarding', 'name') === guard,
        ),
    async fault(pod, fault) {
      const response = await fetch(`http://${pod.podIP}:${HTTP_PORT}/fault`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fault),
      })
      if (!response.ok) throw new Error(`POST /fault: ${response.status} ${await response.text()}`)
    },
    async stop() {
      for (const stop of stoppers) await stop()
      await kubelet.stop()
      await admin.close()
      await cluster.stop()
    },
  }
}

/** The example's own manifest, under another name, with its faults switched on. */
export function checkout(name: string, replicas: number, kind: WorkloadKind): JsonObject {
  const manifest: unknown = parse(
    readFileSync(new URL('../../../examples/checkout/deployment.yaml', import.meta.url), 'utf8'),
  )
  const [container] = listAt(manifest, 'spec', 'template', 'spec', 'containers')
  if (!isObject(container)) throw new Error('the example has no container')
  const env = [...listAt(container, 'env'), { name: 'FAULTS', value: 'on' }]
  return {
    metadata: { namespace: NAMESPACE, name, labels: { app: name } },
    spec: {
      replicas,
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { terminationGracePeriodSeconds: 5, containers: [{ ...container, env }] },
      },
    },
  }
}

/** A Guard for tests: quick holds and releases, 40 requests per second and replica. */
export function quickGuard(
  name: string,
  changes: { mode?: string; scale?: object; limits?: object; budget?: object; signals?: object } = {},
): object {
  return {
    mode: changes.mode ?? 'Enforce',
    target: { kind: 'Deployment', name },
    ...(changes.signals === undefined ? {} : { signals: changes.signals }),
    limits: { window: '4s', hold: '2s', release: { below: '80%', for: '6s' }, latency: '3s', ...changes.limits },
    remedies: [
      { scale: { min: 2, max: 8, perReplica: { rps: 40 }, effectWithin: '10s', cooldown: '3s', ...changes.scale } },
    ],
    ...(changes.budget === undefined ? {} : { budget: changes.budget }),
  }
}

/** Changes fields of a Guard's spec. */
export async function patchGuard(world: World, guard: Named, spec: JsonObject): Promise<void> {
  await mergePatch(world.admin, GUARDS, guard, { spec })
}

export async function deploymentOf(world: World, name: string): Promise<JsonObject> {
  return getObject(world.admin, DEPLOYMENTS, { namespace: NAMESPACE, name })
}
