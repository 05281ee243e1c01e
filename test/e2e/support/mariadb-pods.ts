// A StatefulSet of real MariaDB servers behind a Service on the real control plane, with the group that switches them.
import { chmodSync } from 'node:fs'
import { createConnection } from 'mysql2/promise'
import type { KubeClient } from '../../../controller/kube/client.ts'
import { projectFailoverGroup } from '../../../controller/kube/failover-group.ts'
import { textAt, textsAt } from '../../../controller/kube/json.ts'
import { createObject, findObject, getObject } from '../../../controller/kube/objects.ts'
import { FAILOVER_GROUPS, PODS, type ResourceType, SECRETS, SERVICES } from '../../../controller/kube/resource-type.ts'
import { projectPod } from '../../../controller/kube/resources.ts'
import type { FailoverGroupStatus } from '../../../controller/model/failover-group-status.ts'
import { ANNOTATIONS } from '../../../controller/model/names.ts'
import { type Kubelet, startKubelet } from '../../../sandbox/kubelet/kubelet.ts'
import { freePort } from '../../../sandbox/ports.ts'
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts'
import { AS_IN_THE_GUIDE, EVENKEEL, makeSeed, REPLICATION, SMALL } from '../../components/support/mariadb.ts'
import { program } from '../../components/support/programs.ts'
import type { Room } from '../../components/support/room.ts'
import { connectAs, install, until } from './product.ts'

const NAMESPACE = 'shop'
const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' }
const ROLES: ResourceType = { ...RBAC, plural: 'roles', kind: 'Role' }
const ROLE_BINDINGS: ResourceType = { ...RBAC, plural: 'rolebindings', kind: 'RoleBinding' }
const STATEFUL_SETS: ResourceType = { group: 'apps', version: 'v1', plural: 'statefulsets', kind: 'StatefulSet' }

export const MEMBERS = ['db-0', 'db-1', 'db-2'] as const
export type Member = (typeof MEMBERS)[number]

export interface MariadbPods {
  readonly cluster: ControlPlane
  readonly port: number
  status(): Promise<FailoverGroupStatus>
  /** The address of the pod that the Service selects; undefined while it has none. */
  routed(): Promise<string | undefined>
  /** The process id of the member; undefined while none runs. */
  processId(member: Member): number | undefined
  /** As the administrator. */
  query(member: Member, sql: string): Promise<readonly Record<string, unknown>[]>
  /** As an application, whom read_only binds. */
  asApp(member: Member, sql: string): Promise<readonly Record<string, unknown>[]>
}

/** Ready with db-0 as the primary and the others behind it; ends with the room. */
export async function startMariadbPods(room: Room): Promise<MariadbPods> {
  const cluster = await startControlPlane()
  room.defer(() => cluster.stop())
  const admin = await connectAs(cluster.kubeconfig)
  room.defer(() => admin.close())
  await install(admin, ['evenkeel'], [NAMESPACE])
  const kubelet = await startKubelet({ cluster: cluster.kubeconfig, nodeName: 'node-1', onProblem: () => {} })
  room.defer(() => kubelet.stop())
  const port = await freePort()
  await createObject(admin, STATEFUL_SETS, await statefulSet(room, port))
  await createObject(admin, SERVICES, {
    metadata: { namespace: NAMESPACE, name: 'db' },
    spec: { selector: { 'statefulset.kubernetes.io/pod-name': 'db-0' }, ports: [{ port: 3306, targetPort: port }] },
  })
  await grantSecret(admin)
  const pods = podsOf(admin, kubelet, cluster, port)
  await until('they let somebody in', async () => {
    for (const member of MEMBERS) await pods.query(member, 'SELECT 1')
    return true
  })
  const primary = await addressOf(admin, 'db-0')
  await pods.query('db-0', 'SET GLOBAL read_only = 0')
  for (const member of ['db-1', 'db-2'] as const) {
    const { username, password } = REPLICATION
    await pods.query(
      member,
      `CHANGE MASTER TO MASTER_HOST = '${primary}', MASTER_PORT = ${port}, MASTER_USER = '${username}',
       MASTER_PASSWORD = '${password.replaceAll("'", "''")}', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 1`,
    )
    await pods.query(member, 'START SLAVE')
  }
  await createObject(admin, FAILOVER_GROUPS, {
    metadata: { namespace: NAMESPACE, name: 'db' },
    spec: {
      mode: 'Enforce',
      method: { mysql: { port, auth: { secret: 'db' } } },
      service: 'db',
      members: MEMBERS.map((name) => ({ name })),
      interval: '500ms',
      downAfter: '2s',
      recoveryBlock: '1s',
    },
  })
  return pods
}

function podsOf(admin: KubeClient, kubelet: Kubelet, cluster: ControlPlane, port: number): MariadbPods {
  const where = { namespace: NAMESPACE, name: 'db' }
  const ask = async (user: string, member: Member, sql: string) => {
    const host = await addressOf(admin, member)
    const connection = await createConnection({ host, port, user, password: user, connectTimeout: 2_000 })
    try {
      const [rows] = await connection.query(sql)
      return Array.isArray(rows) ? rows.map((row) => ({ ...row })) : []
    } finally {
      connection.destroy()
    }
  }
  return {
    cluster,
    port,
    status: async () => projectFailoverGroup(await getObject(admin, FAILOVER_GROUPS, where)).status,
    async routed() {
      const selector = textsAt(await getObject(admin, SERVICES, where), 'spec', 'selector')
      const name = selector['statefulset.kubernetes.io/pod-name']
      const pod = name && (await findObject(admin, PODS, { namespace: NAMESPACE, name }))
      return pod ? projectPod(pod).podIP : undefined
    },
    processId: (member) => kubelet.podProcess(NAMESPACE, member)?.pid,
    query: (member, sql) => ask('admin', member, sql),
    asApp: (member, sql) => ask('app', member, sql),
  }
}

async function addressOf(admin: KubeClient, name: string): Promise<string> {
  const address = textAt(await getObject(admin, PODS, { namespace: NAMESPACE, name }), 'status', 'podIP')
  if (address === undefined) throw new Error(`${name} has no address yet`)
  return address
}

/** The data of a pod outlives it, as on a volume of its own. */
async function statefulSet(room: Room, port: number) {
  const seed = await makeSeed(room)
  const volumes = room.folder('volumes')
  chmodSync(room.folder('seed'), 0o755)
  const as = process.getuid?.() === 0 ? 'setpriv --reuid=mysql --regid=mysql --clear-groups -- ' : ''
  const own = `--datadir=$data --bind-address=$POD_IP --port=${port} --server-id=$((\${POD_NAME##*-} + 1))`
  const files = '--socket=$data/socket --pid-file=$data/pid'
  const script = `data=${volumes}/$POD_NAME; [ -d $data ] || cp -rp ${seed} $data
    exec ${as}${program('mariadbd')} --no-defaults ${own} ${files} ${[...SMALL, ...AS_IN_THE_GUIDE].join(' ')}`
  const labels = { app: 'db' }
  return {
    metadata: { namespace: NAMESPACE, name: 'db' },
    spec: {
      serviceName: 'db',
      replicas: MEMBERS.length,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 3,
          containers: [
            {
              name: 'mariadb',
              image: 'none',
              // As Kubernetes writes a dollar that is the shell's own.
              command: ['/bin/sh', '-c', script.replaceAll('$(', '$$(')],
              ports: [{ containerPort: port }],
            },
          ],
        },
      },
    },
  }
}

async function grantSecret(admin: KubeClient): Promise<void> {
  const metadata = { namespace: NAMESPACE, name: 'db' }
  const replication = { replicationUsername: REPLICATION.username, replicationPassword: REPLICATION.password }
  await createObject(admin, SECRETS, {
    metadata: { ...metadata, annotations: { [ANNOTATIONS.failoverGroup]: 'db' } },
    stringData: { ...EVENKEEL, ...replication },
  })
  await createObject(admin, ROLES, {
    metadata,
    rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['db'], verbs: ['get'] }],
  })
  await createObject(admin, ROLE_BINDINGS, {
    metadata,
    roleRef: { apiGroup: RBAC.group, kind: 'Role', name: 'db' },
    subjects: [{ apiGroup: RBAC.group, kind: 'User', name: 'evenkeel' }],
  })
}
