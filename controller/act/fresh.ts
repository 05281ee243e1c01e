// Fresh reads before an act: the target's /scale, and the autoscalers that own it.

import type { KubeClient } from '../kube/client.ts'
import { findObject, listObjects } from '../kube/objects.ts'
import { AUTOSCALERS, SCALED_OBJECTS } from '../kube/resource-type.ts'
import { projectAutoscaler, projectScaledObject } from '../kube/resources.ts'
import { readScale } from '../kube/scale.ts'
import type { Clock } from '../model/clock.ts'
import type { Autoscaler, Fresh, FreshPod, TargetRef } from '../model/command.ts'
import { messageOf } from '../model/errors.ts'
import type { FreshGroup } from '../model/failover-view.ts'
import type { StoredFeature } from '../model/feature.ts'
import type { HorizontalPodAutoscaler } from '../model/workload.ts'
import { readGroupNow } from './failover-request.ts'
import { readFeature } from './feature.ts'
import { readPods } from './isolate.ts'

export interface FreshReads {
  readonly scale: Fresh<{ readonly replicas: number; readonly resourceVersion: string }>
  readonly autoscalers: Fresh<readonly Autoscaler[]>
}

/** Reads from the API server, never from a cache. What can't be read says why; nothing is thrown. */
export async function readFresh(client: KubeClient, clock: Clock, target: TargetRef): Promise<FreshReads> {
  const [scale, autoscalers] = await Promise.all([
    attempt(clock, () => readScale(client, target)),
    attempt(clock, () => readAutoscalers(client, target)),
  ])
  return { scale, autoscalers }
}

/** The Features of these names, as they are now; those that are gone are left out. Nothing is thrown. */
export function readFeatures(
  client: KubeClient,
  clock: Clock,
  namespace: string,
  names: readonly string[],
): Promise<Fresh<readonly StoredFeature[]>> {
  return attempt(clock, async () => {
    const read = await Promise.all(names.map((name) => readFeature(client, { namespace, name })))
    return read.filter((feature) => feature !== undefined)
  })
}

/** The pods of a workload as they are now. Nothing is thrown. */
export function readFreshPods(
  client: KubeClient,
  clock: Clock,
  target: TargetRef,
): Promise<Fresh<readonly FreshPod[]>> {
  return attempt(clock, () => readPods(client, target))
}

/** A FailoverGroup as it is now. Nothing is thrown. */
export function readFreshGroup(
  client: KubeClient,
  clock: Clock,
  where: { readonly namespace: string; readonly name: string },
): Promise<Fresh<FreshGroup | undefined>> {
  return attempt(clock, () => readGroupNow(client, where))
}

async function attempt<T>(clock: Clock, read: () => Promise<T>): Promise<Fresh<T>> {
  try {
    const value = await read()
    return { kind: 'read', value, at: clock.now() }
  } catch (error) {
    return { kind: 'unread', why: messageOf(error) }
  }
}

async function readAutoscalers(client: KubeClient, target: TargetRef): Promise<Autoscaler[]> {
  const all = (await listObjects(client, AUTOSCALERS, { namespace: target.namespace })).map(projectAutoscaler)
  const onTarget = all.filter(
    ({ scaleTargetRef }) => scaleTargetRef.kind === target.kind && scaleTargetRef.name === target.name,
  )
  return Promise.all(onTarget.map((autoscaler) => ownerOf(client, autoscaler)))
}

/** KEDA keeps the HPA it made as its ScaledObject says: the minimum must be raised there. */
async function ownerOf(client: KubeClient, autoscaler: HorizontalPodAutoscaler): Promise<Autoscaler> {
  const { namespace } = autoscaler
  const scaledObject = autoscaler.owners.find((owner) => owner.kind === 'ScaledObject')
  const raw = scaledObject && (await findObject(client, SCALED_OBJECTS, { namespace, name: scaledObject.name }))
  const kind = raw === undefined ? 'HorizontalPodAutoscaler' : 'ScaledObject'
  const owner = raw === undefined ? autoscaler : projectScaledObject(raw)
  const { name, minReplicas, maxReplicas, resourceVersion } = owner
  return { kind, namespace, name, minimum: minReplicas, maximum: maxReplicas, resourceVersion }
}
