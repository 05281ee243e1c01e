// The sandbox's shop on the real control plane: its manifests, pods as processes, Services on loopback, load, and faults.
import { randomBytes } from 'node:crypto'
import type { KubeClient } from '../../../controller/kube/client.ts'
import { createObject, listObjects } from '../../../controller/kube/objects.ts'
import {
  DEPLOYMENTS,
  FAILOVER_GROUPS,
  FEATURES,
  GUARDS,
  PODS,
  SERVICES,
  STATEFUL_SETS,
} from '../../../controller/kube/resource-type.ts'
import { projectPod } from '../../../controller/kube/resources.ts'
import type { Pod } from '../../../controller/model/workload.ts'
import { createFaults, type Faults } from '../../../sandbox/faults/faults.ts'
import { findPlace } from '../../../sandbox/free-addresses.ts'
import { connectApi } from '../../../sandbox/kube/api.ts'
import { startKubelet } from '../../../sandbox/kubelet/kubelet.ts'
import { type LoadHandle, startLoadGenerator } from '../../../sandbox/load/load.ts'
import { createTemporaryFolder } from '../../../sandbox/processes/temporary-folder.ts'
import { type ShopObject, type ShopPorts, shopManifests } from '../../../sandbox/shop/manifests.ts'
import { startBalancer } from '../../../sandbox/workloads/services/balancer.ts'
import { startCluster } from './cluster.ts'
import { type Controller, connectAs, install, startController, until } from './product.ts'

export const NAMESPACE = 'shop'
/** The last number of the gateway's address, as its manifest has it. */
const GATEWAY_OCTET = 10
const TYPES = {
  Deployment: DEPLOYMENTS,
  StatefulSet: STATEFUL_SETS,
  Service: SERVICES,
  Feature: FEATURES,
  Guard: GUARDS,
  FailoverGroup: FAILOVER_GROUPS,
} as const

export interface Shop {
  readonly admin: KubeClient
  readonly controller: Controller
  readonly gatewayUrl: string
  readonly ports: ShopPorts
  readonly load: LoadHandle
  readonly faults: Faults
  readyPods(app: string): Promise<readonly Pod[]>
  stop(): Promise<void>
}

/** Every Guard observes. `change` may alter each object before it is created. Resolves when customers are served. */
export async function startShop(change: (object: ShopObject) => ShopObject): Promise<Shop> {
  /** What was begun, newest last; ended in reverse. */
  const begun: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const end of begun.splice(0).reverse()) await end()
  }
  try {
    const place = await findPlace(GATEWAY_OCTET)
    // The balancer does their work, and the API server takes no loopback address as an endpoint.
    const withoutControllers = ['endpoint', 'endpointslice', 'endpointslicemirroring']
    const cluster = await startCluster({ serviceRange: `${place.servicePrefix}.0/24`, withoutControllers })
    begun.push(() => cluster.stop())
    const admin = await connectAs(cluster.kubeconfig)
    begun.push(() => admin.close())
    await install(admin, ['evenkeel'], [NAMESPACE])
    const controller = await startController(cluster.kubeconfigFor('evenkeel'))
    begun.push(() => controller.kill())
    const kubelet = await startKubelet({ cluster: cluster.endpoint, nodeName: 'node-1', onProblem: () => {} })
    begun.push(() => kubelet.stop())
    const api = connectApi(cluster.endpoint)
    begun.push(() => api.close())
    const balancer = await startBalancer({ api })
    begun.push(() => balancer.stop())

    const readyPods = async (app: string) => {
      const labelSelector = `app.kubernetes.io/name=${app}`
      const all = await listObjects(admin, PODS, { namespace: NAMESPACE, labelSelector })
      return all.map(projectPod).filter(({ ready, terminating }) => ready && !terminating)
    }
    const compileCache = createTemporaryFolder('evenkeel-compiled-')
    begun.push(() => compileCache.remove())
    const faultToken = randomBytes(16).toString('base64url')
    const objects = shopManifests({
      ...place,
      namespace: NAMESPACE,
      guardMode: 'Observe',
      flags: `127.0.0.1:${controller.flags.flagdPort}`,
      faultToken,
      compileCache: compileCache.path,
    }).map(change)
    for (const object of objects) await createObject(admin, TYPES[object.kind], object)
    for (const { kind, metadata, spec } of objects)
      if (kind === 'Deployment')
        await until(
          `all pods of ${metadata.name} are ready`,
          async () => (await readyPods(metadata.name)).length === spec.replicas,
        )

    const gatewayUrl = `http://${place.servicePrefix}.${GATEWAY_OCTET}:${place.ports.http}`
    await until('the gateway serves', async () => (await fetch(`${gatewayUrl}/catalogue`)).ok)
    const load = await startLoadGenerator({ gatewayUrl })
    begun.push(() => load.stop())
    const podsOf = async (app: string) =>
      (await readyPods(app)).flatMap(({ name, uid, podIP }) => (podIP === undefined ? [] : [{ name, uid, ip: podIP }]))
    // This shop has no Redis.
    const redis = { activeRedis: () => undefined, processOf: () => undefined }
    const faults = createFaults({ podsOf, ...redis, ports: place.ports, load, token: faultToken })
    begun.push(() => faults.close())
    return { admin, controller, gatewayUrl, ports: place.ports, load, faults, readyPods, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
