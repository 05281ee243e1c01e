// A group as metrics and alerts have it: what is written of it, what was last seen, and what else there is to say.
import { unacknowledgedEpoch } from '../../decide/failover/block.ts'
import { lagLimitOf } from '../../decide/failover/lag.ts'
import type { StoredFailoverGroup } from '../../kube/failover-group.ts'
import type { FailoverGroupView } from '../../record/failover-metrics.ts'
import type { GroupSession } from './session.ts'

export function viewOf({ known, spec, members }: GroupSession): FailoverGroupView {
  const lagLimit = lagLimitOf(spec)
  return { ...writtenOf(known), members, lagLimit, isRefused: known.statusFault !== undefined }
}

/** Of a group whose spec can't be used: nobody looks at its members. */
export function viewOfRefused(known: StoredFailoverGroup): FailoverGroupView {
  return { ...writtenOf(known), members: [], lagLimit: undefined, isRefused: true }
}

function writtenOf({ namespace, name, status, acknowledgedEpoch }: StoredFailoverGroup) {
  return { namespace, name, status, isUnacknowledged: unacknowledgedEpoch({ status, acknowledgedEpoch }) !== undefined }
}
