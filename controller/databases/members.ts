// Which pod a member of a group is, and which member an address means.
import type { GroupTarget, MemberPod } from '../model/failover.ts'

/** `gone`: there is nobody that could be asked; `unknown`: it can't be told whom to ask. */
export type Place =
  | { readonly kind: 'at'; readonly host: string; readonly pod: MemberPod }
  | { readonly kind: 'gone' | 'unknown'; readonly why: string }

/** A member with data is one pod; while it is being replaced, the old one is terminating beside the new one, which counts. */
export function placeOf({ pods }: GroupTarget, member: string): Place {
  const all = pods[member] ?? []
  const standing = all.filter(({ terminating }) => !terminating)
  const [pod, other] = standing.length > 0 ? standing : all
  if (pod === undefined) return { kind: 'gone', why: `${member} has no pod` }
  if (other !== undefined)
    return { kind: 'unknown', why: `${member} has more than one pod: ${pod.name} and ${other.name}` }
  if (pod.ip === undefined) return { kind: 'gone', why: `pod ${pod.name} has no address yet` }
  return { kind: 'at', host: pod.ip, pod }
}

/**
 * The member at this host: by its address, or by a DNS name that begins with its pod's; at the address or name of the group's
 * Service, the one that it leads to.
 */
export function memberAt({ route, spec, pods }: GroupTarget, host: string): string | undefined {
  const isCalled = (name: string) => host === name || host.startsWith(`${name}.`)
  if (route !== undefined && (isCalled(route.service) || host === route.clusterIP)) return route.to
  return spec.members.find(({ name }) => pods[name]?.some((pod) => pod.ip === host || isCalled(pod.name)))?.name
}
