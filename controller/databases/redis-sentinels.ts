// What the Sentinels of a group say: whom they take for the primary, and whom they would choose after it.
import type { GroupTarget, MemberPod } from '../model/failover.ts'
import { type RedisAddress, type RedisAsk, type RedisClients, RedisFault, type RedisReply } from './redis.ts'
import { redisAt } from './redis-members.ts'
import { readPairs } from './redis-state.ts'

export interface SentinelView {
  readonly pod: string
  readonly address: RedisAddress
  readonly primary: { readonly host: string; readonly port: number }
  readonly isFailingOver: boolean
  /** How many Sentinels there are, itself among them. */
  readonly sentinels: number
}

export interface SentinelsSeen {
  /** Those that answer, in the order of their pods' names. */
  readonly views: readonly SentinelView[]
  /** Whom the majority of all of them names. */
  readonly primary: { readonly host: string; readonly port: number } | undefined
  /** The member that is there. */
  readonly member: string | undefined
  /** Why they can't be relied on now. */
  readonly fault: string | undefined
}

/** A replica as a Sentinel knows it. */
interface KnownReplica {
  readonly member: string
  readonly isUsable: boolean
  readonly flags: string
  readonly priority: number
  readonly position: number
  readonly runId: string
}

/** Never throws for what a Sentinel does. */
export async function askSentinels(clients: RedisClients, target: GroupTarget, ask: RedisAsk): Promise<SentinelsSeen> {
  const { master = '', service = '' } = target.spec.method.sentinel ?? {}
  const pods = (target.manager ?? []).filter(({ terminating, ip }) => !terminating && ip !== undefined)
  const none = { views: [], primary: undefined, member: undefined }
  if (pods.length === 0) return { ...none, fault: `no pod is behind the Service ${service} of the Sentinels` }
  const asked = await Promise.all(pods.map((pod) => viewOf(clients, target, pod, master, ask)))
  const views = asked.filter((one) => typeof one !== 'string')
  const faults = asked.filter((one) => typeof one === 'string')
  const all = Math.max(pods.length, ...views.map(({ sentinels }) => sentinels))
  const needed = Math.floor(all / 2) + 1
  if (views.length < needed)
    return {
      ...none,
      views,
      fault: `${views.length} of ${all} Sentinels answer, and ${needed} are needed: ${faults.join('; ')}`,
    }
  const primary = views.map((view) => view.primary).find((one) => votesFor(views, one) >= needed)
  if (primary === undefined) return { ...none, views, fault: 'the Sentinels do not agree on the primary' }
  const member = redisAt(target, primary)
  const fault =
    member === undefined
      ? `the Sentinels' primary ${primary.host}:${primary.port} is no member of the group`
      : undefined
  return { views, primary, member, fault }
}

/** Replicas in the order in which this Sentinel would choose them; as it knows them, which is seconds old. Throws RedisFault. */
export async function askChoice(
  clients: RedisClients,
  target: GroupTarget,
  { address }: SentinelView,
  ask: RedisAsk,
): Promise<readonly KnownReplica[]> {
  const { master = '' } = target.spec.method.sentinel ?? {}
  const reply = await clients.ask(address, ['SENTINEL', 'REPLICAS', master], ask)
  const replicas = typeof reply === 'object' && reply !== null ? reply.flatMap((one) => replicaOf(target, one)) : []
  return replicas.sort(
    (a, b) =>
      Number(b.isUsable) - Number(a.isUsable) ||
      a.priority - b.priority ||
      b.position - a.position ||
      (a.runId < b.runId ? -1 : 1),
  )
}

function replicaOf(target: GroupTarget, reply: RedisReply): KnownReplica[] {
  const fields = readPairs(reply)
  const member = redisAt(target, { host: fields.ip ?? '', port: Number(fields.port) })
  if (member === undefined) return []
  const flags = fields.flags ?? ''
  const priority = Number(fields['slave-priority'] ?? 0)
  const isUsable = priority > 0 && !/s_down|o_down|disconnected/.test(flags)
  return [
    {
      member,
      isUsable,
      flags,
      priority,
      position: Number(fields['slave-repl-offset'] ?? 0),
      runId: fields.runid ?? '',
    },
  ]
}

/** Why not, when it does not answer as it should. */
async function viewOf(
  clients: RedisClients,
  target: GroupTarget,
  pod: MemberPod,
  master: string,
  ask: RedisAsk,
): Promise<SentinelView | string> {
  const port = target.spec.method.sentinel?.sentinelPort ?? 26_379
  // Most have no password of their own, and take being given one for a fault.
  const open: RedisAddress = { host: pod.ip ?? '', port, credentials: undefined }
  const command = ['SENTINEL', 'MASTER', master]
  try {
    const view = (address: RedisAddress) =>
      clients.ask(address, command, ask).then((reply) => readView(pod.name, address, readPairs(reply)))
    return await view(open).catch((cause: unknown) => {
      const wantsPassword = cause instanceof RedisFault && cause.message.includes('NOAUTH')
      if (wantsPassword && target.credentials !== undefined) return view({ ...open, credentials: target.credentials })
      if (cause instanceof RedisFault && cause.kind === 'broken') return view(open)
      throw cause
    })
  } catch (cause) {
    if (!(cause instanceof RedisFault)) throw cause
    return `${pod.name}: ${cause.message}`
  }
}

function readView(pod: string, address: RedisAddress, fields: Readonly<Record<string, string>>): SentinelView {
  return {
    pod,
    address,
    primary: { host: fields.ip ?? '', port: Number(fields.port) },
    isFailingOver: (fields.flags ?? '').includes('failover_in_progress'),
    sentinels: Number(fields['num-other-sentinels'] ?? 0) + 1,
  }
}

function votesFor(views: readonly SentinelView[], { host, port }: SentinelView['primary']): number {
  return views.filter(({ primary }) => primary.host === host && primary.port === port).length
}
