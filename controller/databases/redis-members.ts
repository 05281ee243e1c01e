// Where the members of a group of Redis are, and which of them an address means.
import type { GroupTarget } from '../model/failover.ts'
import type { Milliseconds } from '../model/units.ts'
import { memberAt, type Place, placeOf } from './members.ts'
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
  | Exclude<Place, { readonly kind: 'at' }>

/** The one pod of a member, and its port. */
export function locate(target: GroupTarget, member: string): Located {
  const place = placeOf(target, member)
  if (place.kind !== 'at') return place
  const address = { host: place.host, port: portOf(target), credentials: target.credentials }
  return { kind: 'address', address, podName: place.pod.name }
}

/** The member that listens there. The port of the Service may be another than that of the pods. */
export function redisAt(
  target: GroupTarget,
  { host, port }: { readonly host: string; readonly port: number },
): string | undefined {
  const { route } = target
  const isService = route !== undefined && (host === route.clusterIP || host.split('.')[0] === route.service)
  return isService || port === portOf(target) ? memberAt(target, host) : undefined
}

function portOf({ spec }: GroupTarget): number {
  return spec.method.redis?.port ?? spec.method.sentinel?.port ?? 6379
}
