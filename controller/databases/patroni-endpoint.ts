// Where the Patroni of a member is asked: its one pod, at the group's port.
import type { GroupTarget } from '../model/failover.ts'
import type { NoAnswer, PatroniEndpoint } from './patroni.ts'

/** Why not, when the member has no pod that could be asked, or more than one. */
export function endpointOf({ spec, pods }: GroupTarget, member: string): PatroniEndpoint | NoAnswer {
  const { patroni } = spec.method
  const own = pods[member] ?? []
  // One that is replaced lingers beside the new one.
  const lasting = own.filter(({ terminating }) => !terminating)
  const [pod, other] = lasting.length > 0 ? lasting : own
  if (patroni === undefined) return { kind: 'unknown', why: 'the method of the group is not patroni' }
  if (pod === undefined) return { kind: 'gone', why: 'it has no pod' }
  if (other !== undefined) return { kind: 'unknown', why: `it has ${own.length} pods: ${pod.name}, ${other.name}…` }
  if (pod.ip === undefined) return { kind: 'gone', why: `its pod ${pod.name} has no address yet` }
  return { member, scheme: patroni.scheme, host: pod.ip, port: patroni.port }
}
