// Where the Patroni of a member is asked: its one pod, at the group's port.
import type { GroupTarget } from '../model/failover.ts'
import { placeOf } from './members.ts'
import type { NoAnswer, PatroniEndpoint } from './patroni.ts'

/** Why not, when the member has no pod that could be asked, or more than one. */
export function endpointOf(target: GroupTarget, member: string): PatroniEndpoint | NoAnswer {
  const { patroni } = target.spec.method
  if (patroni === undefined) return { kind: 'unknown', why: 'the method of the group is not patroni' }
  const place = placeOf(target, member)
  return place.kind === 'at' ? { member, scheme: patroni.scheme, host: place.host, port: patroni.port } : place
}
