// Groups that are not run: a spec that can't be used, or a pause. Their status says so in one clear sentence.
import { patchStatus } from '../../kube/apply.ts'
import type { StoredFailoverGroup } from '../../kube/failover-group.ts'
import { isConflict, isNotFound } from '../../kube/kube-errors.ts'
import { mergePatchOf } from '../../kube/merge-patch.ts'
import { FAILOVER_GROUPS } from '../../kube/resource-type.ts'
import type { FailoverGroupStatus } from '../../model/failover-group-status.ts'
import { groupRejected, groupSubject } from '../../record/failover-events.ts'
import { unrunStatus } from '../../record/failover-status.ts'
import type { TellDeps } from './tell.ts'
import type { GroupWriterDeps } from './write.ts'

/** False when it is to be tried again with what the watch knows by then. Throws KubeError. */
export async function writeUnrun(
  deps: GroupWriterDeps & TellDeps,
  group: StoredFailoverGroup,
  fault: string | undefined,
): Promise<boolean> {
  if (!deps.isLeading() || group.statusFault !== undefined) return true
  const { namespace, name, generation, resourceVersion } = group
  const next = answered(unrunStatus(group.status, fault, { generation, now: deps.clock.now() }), group, fault)
  const patch = mergePatchOf(group.status, next)
  if (patch === undefined) return true
  try {
    await patchStatus(deps.client, FAILOVER_GROUPS, { namespace, name }, patch, { resourceVersion })
  } catch (error) {
    if (isConflict(error) || isNotFound(error)) return false
    throw error
  }
  const key = `${namespace}/${name}`
  const text = fault === undefined ? `${key} is paused` : `${key} is refused: ${fault}`
  deps.log[fault === undefined ? 'info' : 'warn']({ failoverGroup: key }, text)
  if (fault !== undefined) deps.events.record(groupRejected(groupSubject(group), fault))
  return true
}

/** Who asks for a switch of such a group is told at once. */
function answered(
  status: FailoverGroupStatus,
  { request }: StoredFailoverGroup,
  fault: string | undefined,
): FailoverGroupStatus {
  if (request === undefined || request.id === status.request?.id) return status
  const message = fault === undefined ? 'The group is paused.' : `The spec is refused: ${fault}`
  return { ...status, request: { id: request.id, outcome: 'Refused', message } }
}
