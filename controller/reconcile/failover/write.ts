// Writes a group's status: only what differs, and only on the version that is known. Who is slower reads again and begins anew.
import { patchStatus } from '../../kube/apply.ts'
import type { KubeClient } from '../../kube/client.ts'
import { projectFailoverGroup, type StoredFailoverGroup } from '../../kube/failover-group.ts'
import { isConflict, isNotFound } from '../../kube/kube-errors.ts'
import { mergePatchOf } from '../../kube/merge-patch.ts'
import { findObject } from '../../kube/objects.ts'
import { FAILOVER_GROUPS } from '../../kube/resource-type.ts'
import type { Clock } from '../../model/clock.ts'
import type { FailoverGroupStatus } from '../../model/failover-group-status.ts'
import type { GroupSession } from './session.ts'

export interface GroupWriterDeps {
  readonly client: KubeClient
  readonly clock: Clock
  readonly groups: { get(key: string): StoredFailoverGroup | undefined }
  readonly isLeading: () => boolean
}

/** Somebody else has written meanwhile: what was decided rested on something that is not so any more. */
export class Outdated extends Error {}

/** Returns the status before, or undefined when nothing differed. Throws KubeError, and Outdated. */
export async function writeGroup(
  { client, clock }: GroupWriterDeps,
  session: GroupSession,
  next: FailoverGroupStatus,
): Promise<FailoverGroupStatus | undefined> {
  const { namespace, name, resourceVersion, status: before } = session.known
  const patch = mergePatchOf(before, next)
  if (patch === undefined) return undefined
  // Until the answer is here nobody knows whether it was carried out.
  session.mustRead = true
  try {
    const answer = await patchStatus(client, FAILOVER_GROUPS, { namespace, name }, patch, { resourceVersion })
    session.known = projectFailoverGroup(answer)
    session.mustRead = false
    session.writtenAt = clock.now()
    return before
  } catch (error) {
    if (isConflict(error) || isNotFound(error)) throw new Outdated()
    throw error
  }
}

/** Takes what the watch knows when that is newer, and reads when nobody knows. False when the group is gone. Throws KubeError. */
export async function catchUp({ client, groups }: GroupWriterDeps, session: GroupSession): Promise<boolean> {
  const watched = groups.get(session.key)
  const known = session.known.resourceVersion
  if (watched !== undefined && isNewer(watched.resourceVersion, known) === true) session.known = watched
  const isUnclear = watched !== undefined && isNewer(watched.resourceVersion, known) === undefined
  if (!session.mustRead && !isUnclear) return true
  const raw = await findObject(client, FAILOVER_GROUPS, session.known)
  if (raw === undefined) return false
  session.known = projectFailoverGroup(raw)
  session.mustRead = false
  return true
}

/** Whether a hand may do something now: we lead, and nobody is known to have written since. */
export function mayWrite({ groups, isLeading }: GroupWriterDeps, session: GroupSession): boolean {
  const watched = groups.get(session.key)
  if (!isLeading() || session.mustRead || watched === undefined || watched.statusFault !== undefined) return false
  return isNewer(watched.resourceVersion, session.known.resourceVersion) !== true
}

/** Versions of one kind grow. Undefined when they are not the numbers that every API server uses. */
function isNewer(version: string, than: string): boolean | undefined {
  if (version === than) return false
  return /^\d+$/.test(version) && /^\d+$/.test(than) ? BigInt(version) > BigInt(than) : undefined
}
