// Where the members of a group of Redis are, and which of them an address means.
import type { GroupTarget, MemberPod } from '../model/failover.ts'
import type { Milliseconds } from '../model/units.ts'
import type { RedisAddress } from './redis.ts'

/** Nobody listens there. A replica of it keeps its data and its place, refuses writes, and feeds nobody. */
export const NOWHERE = { host: '127.0.0.1', port: 1 } as const

const LEAST_MS = 500
const MOST_MS = 1_000

/** For how long a member is waited for in one look. */
export function patienceMs({ spec }: Pick<GroupTarget, 'spec'>): Milliseconds {
  return Math.min(MOST_MS, Math.max(LEAST_MS, spec.interval))
}

export type Located =
  | { readonly kind: 'address'; readonly address: RedisAddress; readonly podName: string }
  | { readonly kind: 'gone' | 'unknown'; readonly why: string }

/** The one pod of a member, and its port. */
export function locate(target: GroupTarget, member: string): Located {
  const all = target.pods[member] ?? []
  // While it is being replaced, the old pod is terminating beside the new one.
  const standing = all.filter(({ terminating }) => !terminating)
  const pods = standing.length > 0 ? standing : all
  const [pod] = pods
  if (pod === undefined) return { kind: 'gone', why: `${member} has no pod` }
  if (pods.length > 1) return { kind: 'unknown', why: `${member} has ${pods.length} pods, where one is wanted` }
  if (pod.ip === undefined) return { kind: 'gone', why: `pod ${pod.name} has no address yet` }
  return {
    kind: 'address',
    address: { host: pod.ip, port: portOf(target), credentials: target.credentials },
    podName: pod.name,
  }
}

/**
 * The member that listens there, by its address or by a DNS name that begins with its pod's; at the address or name of the
 * group's Service, the one that it leads to.
 */
export function memberAt(
  target: GroupTarget,
  at: { readonly host: string; readonly port: number },
): string | undefined {
  const { route } = target
  if (route !== undefined && [route.service, route.clusterIP].includes(at.host)) return route.to
  if (route !== undefined && at.host.startsWith(`${route.service}.`)) return route.to
  if (at.port !== portOf(target)) return undefined
  const isMeant = ({ ip, name }: MemberPod) => at.host === ip || at.host === name || at.host.startsWith(`${name}.`)
  return target.spec.members.find(({ name }) => target.pods[name]?.some(isMeant))?.name
}

function portOf({ spec }: GroupTarget): number {
  return spec.method.redis?.port ?? spec.method.sentinel?.port ?? 6379
}
