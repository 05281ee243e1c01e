// The pod that is a member of a database group, and the server in it.
import type { GroupTarget, MemberPod } from '../model/failover.ts'
import type { MysqlServer } from './mysql.ts'

/** A member with data is one pod; while it is being replaced, the one that stays counts. */
export function podOf({ pods }: GroupTarget, member: string): MemberPod | undefined {
  const all = pods[member] ?? []
  return all.find(({ terminating }) => !terminating) ?? all[0]
}

/** Where to ask the member; undefined when there is no pod, or it has no address yet. */
export function mysqlServerOf(target: GroupTarget, member: string): MysqlServer | undefined {
  const ip = podOf(target, member)?.ip
  const port = target.spec.method.mysql?.port
  if (ip === undefined || port === undefined) return undefined
  return { name: member, host: ip, port, credentials: target.credentials }
}

/** The member at this address: a pod's own, or its name in DNS, short or long. */
export function memberAt(target: GroupTarget, host: string): string | undefined {
  return target.spec.members.find(({ name }) => {
    const pod = podOf(target, name)
    return pod !== undefined && (pod.ip === host || host === pod.name || host.startsWith(`${pod.name}.`))
  })?.name
}
