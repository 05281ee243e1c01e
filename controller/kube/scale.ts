// Replicas, through the /scale subresource and through the minimum of an autoscaler: always with the version that was read.
import type { WorkloadKind } from '../model/workload.ts'
import type { KubeClient } from './client.ts'
import { numberAt, textAt } from './json.ts'
import { missingField } from './kube-errors.ts'
import { type CallOptions, getObject, mergePatch } from './objects.ts'
import {
  AUTOSCALERS,
  DEPLOYMENTS,
  describeObject,
  type NamespacedName,
  type ResourceType,
  SCALED_OBJECTS,
  STATEFUL_SETS,
} from './resource-type.ts'

export interface ScaleRef extends NamespacedName {
  readonly kind: WorkloadKind
}

/** What /scale says. */
export interface Scale {
  readonly uid: string
  readonly resourceVersion: string
  /** spec.replicas: how many are wanted. */
  readonly replicas: number
  /** status.replicas: how many exist, ready or not. */
  readonly currentReplicas: number
  /** The pods' label selector, in the API's query syntax. */
  readonly selector: string
}

const WORKLOAD_TYPES: Readonly<Record<WorkloadKind, ResourceType>> = {
  Deployment: DEPLOYMENTS,
  StatefulSet: STATEFUL_SETS,
}

/** Reads /scale fresh from the API server, never from a cache. Throws KubeError. */
export async function readScale(client: KubeClient, ref: ScaleRef, options: CallOptions = {}): Promise<Scale> {
  const type = WORKLOAD_TYPES[ref.kind]
  return parseScale(client, 'GET', ref, await getObject(client, type, addressOf(ref), options))
}

/**
 * Sets spec.replicas. `resourceVersion` is that of the read on which the decision stands: when the workload has changed
 * since, in any field, the API server answers 409 and nothing is written. Throws KubeError.
 */
export async function patchScale(
  client: KubeClient,
  ref: ScaleRef,
  replicas: number,
  resourceVersion: string,
  options: CallOptions = {},
): Promise<Scale> {
  const type = WORKLOAD_TYPES[ref.kind]
  const patch = { spec: { replicas } }
  const answer = await mergePatch(client, type, addressOf(ref), patch, { ...options, resourceVersion })
  return parseScale(client, 'PATCH', ref, answer)
}

/** An autoscaler as it was read: where its minimum is and the version that was seen. */
export interface AutoscalerRef extends NamespacedName {
  readonly kind: 'HorizontalPodAutoscaler' | 'ScaledObject'
  readonly resourceVersion: string
}

/** Sets the minimum of a HorizontalPodAutoscaler or of a KEDA ScaledObject. Throws KubeError; 409 when it changed since. */
export async function writeMinimum(
  client: KubeClient,
  ref: AutoscalerRef,
  minReplicas: number,
  options: CallOptions = {},
): Promise<{ readonly resourceVersion: string }> {
  const [type, spec] =
    ref.kind === 'HorizontalPodAutoscaler'
      ? [AUTOSCALERS, { minReplicas }]
      : [SCALED_OBJECTS, { minReplicaCount: minReplicas }]
  const { resourceVersion, namespace, name } = ref
  const answer = await mergePatch(client, type, { namespace, name }, { spec }, { ...options, resourceVersion })
  const written = textAt(answer, 'metadata', 'resourceVersion')
  if (written === undefined) {
    const asked = { verb: 'PATCH', object: describeObject(type, { namespace, name }), server: client.server }
    throw missingField(asked, 'metadata.resourceVersion')
  }
  return { resourceVersion: written }
}

function addressOf(ref: ScaleRef): NamespacedName & { readonly subresource: string } {
  return { namespace: ref.namespace, name: ref.name, subresource: 'scale' }
}

function parseScale(client: KubeClient, verb: string, ref: ScaleRef, raw: unknown): Scale {
  const asked = { verb, object: describeObject(WORKLOAD_TYPES[ref.kind], addressOf(ref)), server: client.server }
  const resourceVersion = textAt(raw, 'metadata', 'resourceVersion')
  if (resourceVersion === undefined) throw missingField(asked, 'metadata.resourceVersion')
  return {
    uid: textAt(raw, 'metadata', 'uid') ?? '',
    resourceVersion,
    // Go leaves a zero out.
    replicas: numberAt(raw, 'spec', 'replicas') ?? 0,
    currentReplicas: numberAt(raw, 'status', 'replicas') ?? 0,
    selector: textAt(raw, 'status', 'selector') ?? '',
  }
}
