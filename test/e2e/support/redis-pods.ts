// A group of Redis as the pods of a StatefulSet on the real control plane, each behind a network that can be cut.
import { connect as open, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createRedisClients, type RedisReply } from '../../../controller/databases/redis.ts'
import type { KubeClient } from '../../../controller/kube/client.ts'
import { projectFailoverGroup } from '../../../controller/kube/failover-group.ts'
import { textsAt } from '../../../controller/kube/json.ts'
import { createObject, getObject, listObjects, mergePatch } from '../../../controller/kube/objects.ts'
import { FAILOVER_GROUPS, PODS, SERVICES, STATEFUL_SETS } from '../../../controller/kube/resource-type.ts'
import { projectPod } from '../../../controller/kube/resources.ts'
import type { FailoverGroupStatus } from '../../../controller/model/failover-group-status.ts'
import { ANNOTATIONS } from '../../../controller/model/names.ts'
import type { Kubelet } from '../../../sandbox/kubelet/kubelet.ts'
import { until } from './product.ts'

const PORT = 6379
const PROXY = fileURLToPath(new URL('../../components/support/tcp-proxy.ts', import.meta.url))

/** As the guide recommends it: whoever starts follows nobody until it is told whom. */
const SETTINGS = [
  '--replicaof 127.0.0.1 1',
  '--min-replicas-to-write 1',
  '--min-replicas-max-lag 1',
  '--repl-ping-replica-period 1',
  '--repl-diskless-sync-delay 0',
  "--save ''",
  '--protected-mode no',
].join(' ')

/** Where Redis itself listens, behind the network of its pod. */
const INSIDE = `127.6.\${POD_IP#127.1.}`

export interface RedisPods {
  readonly members: readonly string[]
  /** Where they are reached from outside; of those that have pods. */
  hosts(): readonly string[]
  host(member: string): string
  /** Where it is reached on its own side of the network. */
  inside(member: string): string
  ask(member: string, ...command: string[]): Promise<RedisReply>
  status(): Promise<FailoverGroupStatus>
  condition(type: string): Promise<{ status: string; reason: string; message: string } | undefined>
  routed(): Promise<string | undefined>
  patch(spec: object): Promise<void>
  acknowledge(): Promise<void>
  /** No switch is under way, the Service follows, and another could follow now. */
  isReady(): Promise<boolean>
  /** The active member, with its process. */
  active(): Promise<ActiveRedis>
  /** Members that would take a write now, asked on their own side. */
  writable(): Promise<readonly string[]>
  close(): void
}

export interface ActiveRedis {
  readonly name: string
  readonly inside: string
  signal(name: NodeJS.Signals): void
  /** Until the function that it returns is called. */
  cut(): Promise<() => void>
}

export async function startRedisPods(
  admin: KubeClient,
  kubelet: Kubelet,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  spec: object,
): Promise<RedisPods> {
  const where = { namespace, name }
  const clients = createRedisClients()
  const addresses = new Map<string, string>()
  const members = [0, 1, 2].map((index) => `${name}-${index}`)
  await createObject(admin, STATEFUL_SETS, statefulSet(namespace, name))
  await createObject(admin, SERVICES, {
    metadata: where,
    spec: { selector: selectorOf(members[0] ?? ''), ports: [{ port: PORT }] },
  })

  async function findPods(): Promise<boolean> {
    const pods = (await listObjects(admin, PODS, { namespace, labelSelector: `app=${name}` })).map(projectPod)
    for (const pod of pods) if (pod.podIP !== undefined && !pod.terminating) addresses.set(pod.name, pod.podIP)
    return pods.filter(({ ready }) => ready).length === members.length
  }
  // A member that was replaced is somewhere else.
  const finding = setInterval(() => void findPods().catch(() => {}), 100)

  const insideOf = (member: string) => (addresses.get(member) ?? '127.6.0.0').replace(/^127\.1\./, '127.6.')
  const askAt = (host: string, command: readonly string[], withinMs = 1_000) =>
    clients.ask({ host, port: PORT, credentials: undefined }, command, {
      withinMs,
      signal: new AbortController().signal,
    })
  const status = async () => projectFailoverGroup(await getObject(admin, FAILOVER_GROUPS, where)).status

  const pods: RedisPods = {
    members,
    hosts: () => [...addresses.values()],
    host: (member) => addresses.get(member) ?? '',
    inside: insideOf,
    ask: (member, ...command) => askAt(insideOf(member), command),
    status,
    condition: async (type) => (await status()).conditions?.find((one) => one.type === type),
    routed: async () =>
      textsAt(await getObject(admin, SERVICES, where), 'spec', 'selector')['statefulset.kubernetes.io/pod-name'],
    async patch(change) {
      await mergePatch(admin, FAILOVER_GROUPS, where, { spec: change })
    },
    async acknowledge() {
      const epoch = `${(await status()).epoch}`
      await mergePatch(admin, FAILOVER_GROUPS, where, {
        metadata: { annotations: { [ANNOTATIONS.failoverAcknowledged]: epoch } },
      })
    },
    async isReady() {
      const { active, switch: under, members: seen = [], conditions = [] } = await status()
      const isTrue = (type: string) => conditions.some((one) => one.type === type && one.status === 'True')
      const linked = seen.filter(({ follows, link }) => follows === active && link === 'Up').length
      return under === undefined && isTrue('FailoverReady') && linked === 2 && (await pods.routed()) === active
    },
    async active() {
      const { active = '' } = await status()
      const pid = Number(/process_id:(\d+)/.exec(String(await pods.ask(active, 'INFO', 'server')))?.[1])
      const proxy = kubelet.podProcess(namespace, active)
      if (!(pid > 1) || proxy === undefined) throw new Error(`the processes of ${active} are not known`)
      return {
        name: active,
        inside: insideOf(active),
        signal: (signal) => void process.kill(pid, signal),
        cut: () => cut(proxy.pid, proxy.address),
      }
    },
    async writable() {
      const all = await Promise.all(
        members.map(async (member) => {
          const info = String(await askAt(insideOf(member), ['INFO', 'replication'], 300).catch(() => ''))
          const good = Number(/min_slaves_good_slaves:(\d+)/.exec(info)?.[1] ?? Number.NaN)
          // Without that line it asks for no replicas.
          return info.includes('role:master') && !(good < 1) ? [member] : []
        }),
      )
      return all.flat()
    },
    close() {
      clearInterval(finding)
      clients.close()
    },
  }
  await until('the pods are ready', findPods)
  await until(
    'Redis answers',
    async () => (await Promise.all(members.map((one) => pods.ask(one, 'PING')))).length === 3,
  )
  // Once, by a person: who begins.
  await pods.ask(members[0] ?? '', 'REPLICAOF', 'NO', 'ONE')
  await createObject(admin, FAILOVER_GROUPS, {
    metadata: where,
    spec: {
      mode: 'Enforce',
      method: { redis: {} },
      service: name,
      members: members.map((member) => ({ name: member })),
      interval: '200ms',
      downAfter: '1s',
      ...spec,
    },
  })
  return pods
}

function selectorOf(member: string): Record<string, string> {
  return { 'statefulset.kubernetes.io/pod-name': member }
}

function statefulSet(namespace: string, name: string) {
  const sh = (command: string) => ['/bin/sh', '-c', command]
  return {
    metadata: { namespace, name },
    spec: {
      replicas: 3,
      serviceName: name,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            { name: 'network', image: 'none', command: sh(`exec node ${PROXY} $POD_IP ${PORT} ${INSIDE} ${PORT}`) },
            {
              name: 'redis',
              image: 'none',
              command: sh(`exec redis-server --bind ${INSIDE} --port ${PORT} --dir "$(mktemp -d)" ${SETTINGS}`),
              ports: [{ containerPort: PORT }],
            },
          ],
        },
      },
    },
  }
}

/** Nothing comes through, and no connection is taken: what the kernel takes for a process that is stopped, until its queue is full. */
async function cut(pid: number, host: string): Promise<() => void> {
  process.kill(pid, 'SIGSTOP')
  const fillers: Socket[] = []
  for (;;) {
    const filler = open({ host, port: PORT })
    fillers.push(filler)
    filler.on('error', () => {})
    const isTaken = await Promise.race([
      new Promise((resolve) => filler.once('connect', () => resolve(true))),
      sleep(100, false),
    ])
    if (!isTaken) break
  }
  return () => {
    for (const filler of fillers) filler.destroy()
    process.kill(pid, 'SIGCONT')
  }
}
