// Takes pods out of load balancing, gives them back, and deletes those that do not recover: each only while it is the pod that was read.
import type { KubeClient } from '../kube/client.ts'
import { isObject, listAt, textAt } from '../kube/json.ts'
import { deleteObject, listObjects } from '../kube/objects.ts'
import { markPod, unmarkPod } from '../kube/pods.ts'
import { PODS } from '../kube/resource-type.ts'
import { projectPod, versionOf } from '../kube/resources.ts'
import { readScale } from '../kube/scale.ts'
import type { Command, FreshPod, PodRef, TargetRef } from '../model/command.ts'
import { SERVING_MARK } from '../model/names.ts'

/** Makes the step for one pod. Throws KubeError; 409 when it changed since it was read. */
export async function isolatePod(
  client: KubeClient,
  { step, namespace }: Extract<Command, { kind: 'isolate' }>,
  { name, uid, resourceVersion, mark, label }: PodRef,
  guard: string,
): Promise<void> {
  const pod = { namespace, name, uid }
  if (step === 'out') await markPod(client, pod, { guard, resourceVersion, mark, label })
  else if (step === 'back') await unmarkPod(client, pod, guard)
  else await deleteObject(client, PODS, { namespace, name }, { resourceVersion, uid })
}

/** The pods of a workload, from the API server and never from a cache. Throws KubeError. */
export async function readPods(client: KubeClient, target: TargetRef): Promise<readonly FreshPod[]> {
  const { selector } = await readScale(client, target)
  const raws = await listObjects(client, PODS, { namespace: target.namespace, labelSelector: selector })
  const isSelectedByMark = selector.includes(SERVING_MARK)
  return raws.map((raw) => ({
    pod: projectPod(raw),
    resourceVersion: versionOf(raw),
    hasController: listAt(raw, 'metadata', 'ownerReferences').some((one) => isObject(one) && one.controller === true),
    isSelectedByMark,
  }))
}

/** Whether an API object of a pod carries the mark of this Guard. */
export function isMarkedBy(raw: unknown, guard: string): boolean {
  const { isolated, isolatedBy } = projectPod(raw)
  return isolated === true && isolatedBy === guard
}

/** Whether it is on its way out, or another one. */
export function isGone(raw: unknown, uid: string | undefined): boolean {
  const isOther = uid !== undefined && textAt(raw, 'metadata', 'uid') !== uid
  return raw === undefined || isOther || textAt(raw, 'metadata', 'deletionTimestamp') !== undefined
}
