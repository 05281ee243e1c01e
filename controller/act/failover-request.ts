// Asks a FailoverGroup for a switch: one annotation, which its own loop reads, judges and answers.
import type { KubeClient } from '../kube/client.ts'
import { projectFailoverGroup } from '../kube/failover-group.ts'
import { viewOfGroup } from '../kube/failover-view.ts'
import { findObject, mergePatch } from '../kube/objects.ts'
import { FAILOVER_GROUPS, type NamespacedName } from '../kube/resource-type.ts'
import type { SwitchRequest } from '../model/failover.ts'
import type { FreshGroup } from '../model/failover-view.ts'
import { ANNOTATIONS } from '../model/names.ts'

/** With a resourceVersion only while the group is as it was read. Throws KubeError; 409 when it is not. */
export async function requestSwitch(
  client: KubeClient,
  where: NamespacedName,
  request: SwitchRequest,
  resourceVersion?: string,
): Promise<void> {
  await annotateGroup(client, where, { [ANNOTATIONS.failoverRequest]: JSON.stringify(request) }, resourceVersion)
}

/** Null removes an annotation. Throws as `requestSwitch`. */
export async function annotateGroup(
  client: KubeClient,
  { namespace, name }: NamespacedName,
  annotations: Readonly<Record<string, string | null>>,
  resourceVersion?: string,
): Promise<void> {
  await mergePatch(client, FAILOVER_GROUPS, { namespace, name }, { metadata: { annotations } }, { resourceVersion })
}

/** Read from the API server, never from a cache; undefined when there is none. Throws KubeError. */
export async function readGroupNow(client: KubeClient, where: NamespacedName): Promise<FreshGroup | undefined> {
  const raw = await findObject(client, FAILOVER_GROUPS, where)
  if (raw === undefined) return undefined
  const group = projectFailoverGroup(raw)
  return { view: viewOfGroup(group), resourceVersion: group.resourceVersion }
}

/** Whether a request of this id is there, or was answered. Throws KubeError. */
export async function isAskedFor(client: KubeClient, where: NamespacedName, id: string): Promise<boolean> {
  const raw = await findObject(client, FAILOVER_GROUPS, where)
  if (raw === undefined) return false
  const { request, status } = projectFailoverGroup(raw)
  return [request?.id, status.request?.id, status.switch?.request].includes(id)
}
