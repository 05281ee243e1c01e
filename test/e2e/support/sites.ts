// Two sites behind one Service, active and standby: real HTTP pods on the real control plane, and the group that switches them.
import type { KubeClient } from '../../../controller/kube/client.ts'
import { projectFailoverGroup } from '../../../controller/kube/failover-group.ts'
import { isObject, type JsonObject, textAt, textsAt } from '../../../controller/kube/json.ts'
import { createObject, getObject, listObjects, mergePatch } from '../../../controller/kube/objects.ts'
import { DEPLOYMENTS, EVENTS, FAILOVER_GROUPS, PODS, SERVICES } from '../../../controller/kube/resource-type.ts'
import { projectPod } from '../../../controller/kube/resources.ts'
import type { FailoverGroupStatus } from '../../../controller/model/failover-group-status.ts'
import { ANNOTATIONS } from '../../../controller/model/names.ts'
import { startKubelet } from '../../../sandbox/kubelet/kubelet.ts'
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts'
import { HTTP_PORT, httpContainer } from '../../cluster/http-pod.ts'
import { connectAs, install, until } from './product.ts'

export const NAMESPACE = 'shop'

export interface Sites {
  readonly cluster: ControlPlane
  readonly admin: KubeClient
  /** Makes a group of these members behind a Service, both of one name, and a Deployment of one pod for each. */
  group(name: string, members: readonly string[], spec?: object): Promise<Group>
  stop(): Promise<void>
}

export interface Group {
  readonly name: string
  status(): Promise<FailoverGroupStatus>
  condition(type: string): Promise<{ status: string; reason: string; message: string } | undefined>
  /** The member that the Service selects. */
  routed(): Promise<string | undefined>
  /** Whether the member's pod says that it is well. */
  health(member: string, isWell: boolean): Promise<void>
  /** Asks as the command line does; the id. */
  ask(request: { readonly kind: 'Switchover' | 'Failback'; readonly to?: string }): Promise<string>
  patch(spec: object): Promise<void>
  /** Its Events, as "Reason: note". */
  events(): Promise<readonly string[]>
}

export async function startSites(): Promise<Sites> {
  const cluster = await startControlPlane()
  const admin = await connectAs(cluster.kubeconfig)
  await install(admin, ['evenkeel', 'evenkeel-2'], [NAMESPACE])
  const kubelet = await startKubelet({ cluster: cluster.kubeconfig, nodeName: 'node-1', onProblem: () => {} })
  return {
    cluster,
    admin,
    async group(name, members, spec = {}) {
      const labels = (member: string) => ({ app: name, site: member })
      for (const member of members)
        await createObject(admin, DEPLOYMENTS, deployment(`${name}-${member}`, labels(member)))
      await createObject(admin, SERVICES, {
        metadata: { namespace: NAMESPACE, name },
        spec: { selector: labels(members[0] ?? ''), ports: [{ port: 80, targetPort: HTTP_PORT }] },
      })
      await until('its pods are ready', async () => {
        const pods = await podsOf(admin, `app=${name}`)
        return pods.filter((pod) => pod.ready).length === members.length
      })
      await createObject(admin, FAILOVER_GROUPS, {
        metadata: { namespace: NAMESPACE, name },
        spec: {
          mode: 'Enforce',
          method: { service: { check: { port: HTTP_PORT, path: '/ready' } } },
          service: name,
          members: members.map((member) => ({ name: member, selector: labels(member) })),
          interval: '200ms',
          downAfter: '1s',
          ...spec,
        },
      })
      return groupOf(admin, name)
    },
    async stop() {
      await kubelet.stop()
      await admin.close()
      await cluster.stop()
    },
  }
}

export function groupOf(admin: KubeClient, name: string): Group {
  const where = { namespace: NAMESPACE, name }
  const status = async () => projectFailoverGroup(await getObject(admin, FAILOVER_GROUPS, where)).status
  return {
    name,
    status,
    condition: async (type) => (await status()).conditions?.find((one) => one.type === type),
    routed: async () => textsAt(await getObject(admin, SERVICES, where), 'spec', 'selector').site,
    async health(member, isWell) {
      for (const pod of await podsOf(admin, `app=${name},site=${member}`))
        await fetch(`http://${pod.podIP}:${HTTP_PORT}/${isWell ? 'readied' : 'unready'}`)
    },
    async ask(request) {
      const id = crypto.randomUUID()
      const text = JSON.stringify({ id, by: 'a test', ...request })
      await mergePatch(admin, FAILOVER_GROUPS, where, {
        metadata: { annotations: { [ANNOTATIONS.failoverRequest]: text } },
      })
      return id
    },
    async patch(spec) {
      await mergePatch(admin, FAILOVER_GROUPS, where, { spec })
    },
    events: async () =>
      (await listObjects(admin, EVENTS, { namespace: NAMESPACE }))
        .filter(isObject)
        .filter((event) => textAt(event, 'regarding', 'kind') === 'FailoverGroup')
        .filter((event) => textAt(event, 'regarding', 'name') === name)
        .map((event) => `${textAt(event, 'reason')}: ${textAt(event, 'note')}`),
  }
}

async function podsOf(admin: KubeClient, labelSelector: string) {
  const all = await listObjects(admin, PODS, { namespace: NAMESPACE, labelSelector })
  return all.map(projectPod).filter((pod) => !pod.terminating)
}

function deployment(name: string, labels: Readonly<Record<string, string>>): JsonObject {
  return {
    metadata: { namespace: NAMESPACE, name },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [httpContainer()] } },
    },
  }
}

/** Of the switches that were made, in order. */
export function epochsOf({ history = [] }: FailoverGroupStatus): readonly number[] {
  return history.filter(({ outcome }) => outcome === 'Done').map(({ epoch }) => epoch)
}
