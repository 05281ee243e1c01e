// Points the group's Service at a member: its selector becomes the member's labels, on the version that was read, and is read back.
import type { KubeClient } from '../../kube/client.ts'
import { textAt, textsAt } from '../../kube/json.ts'
import { isConflict, isNotFound } from '../../kube/kube-errors.ts'
import { findObject, mergePatch } from '../../kube/objects.ts'
import { SERVICES } from '../../kube/resource-type.ts'
import { messageOf } from '../../model/errors.ts'
import type { GroupTarget, StepOutcome } from '../../model/failover.ts'
import { selectorOf } from '../../model/failover-group.ts'
import { memberNamedBy } from '../../model/failover-route.ts'

export interface RouteDeps {
  readonly client: KubeClient
  /** Asked immediately before the write. */
  readonly mayWrite: () => boolean
  readonly signal?: AbortSignal
}

/** Done when the API server itself says that the Service selects this member. A group without a Service needs none. Never throws. */
export async function routeTo(deps: RouteDeps, group: GroupTarget, to: string): Promise<StepOutcome> {
  const { client, mayWrite, signal } = deps
  const { service: name, members } = group.spec
  const member = members.find((one) => one.name === to)
  if (name === undefined) return { kind: 'done' }
  if (member === undefined) return failed(`${to} is no member of this group any more`)
  const where = { namespace: group.namespace, name }
  const what = `Service ${group.namespace}/${name}`
  try {
    const service = await findObject(client, SERVICES, where, { signal })
    if (service === undefined) return failed(`${what} does not exist: create it, or correct spec.service`)
    const before = textsAt(service, 'spec', 'selector')
    if (memberNamedBy(group.spec, before) === to) return { kind: 'done' }
    if (!mayWrite()) return { kind: 'waiting', why: 'this replica does not lead any more' }
    const dropped = Object.fromEntries(Object.keys(before).map((key) => [key, null]))
    const selector = { ...dropped, ...selectorOf(member) }
    const resourceVersion = textAt(service, 'metadata', 'resourceVersion')
    const answer = await mergePatch(client, SERVICES, where, { spec: { selector } }, { resourceVersion, signal })
    return memberNamedBy(group.spec, textsAt(answer, 'spec', 'selector')) === to
      ? { kind: 'done' }
      : failed(`${what} was patched, but its selector does not name ${to}: see who else changes it`)
  } catch (error) {
    if (isConflict(error)) return { kind: 'waiting', why: `${what} changed in between` }
    return failed(isNotFound(error) ? `${what} is gone` : messageOf(error))
  }
}

function failed(why: string): StepOutcome {
  return { kind: 'failed', why }
}
