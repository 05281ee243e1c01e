// What Evenkeel keeps of Kubernetes objects: the few fields it uses, projected when they arrive.
import type { Ratio } from './units.ts'

export interface ObjectRef {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** The fields of a Pod that discovery and diagnosis use. */
export interface Pod extends ObjectRef {
  readonly labels: Readonly<Record<string, string>>
  readonly phase: string
  readonly podIP: string | undefined
  /** The node it runs on, once it is placed. */
  readonly nodeName?: string | undefined
  /** The pod's Ready condition is True. */
  readonly ready: boolean
  /** Nobody knows whether it is ready: its Ready condition is Unknown, as when its node is silent. */
  readonly readyUnknown?: true
  /** It is not ready, but has been: it fails rather than starts. */
  readonly hasBeenReady?: true
  /** Its mark `evenkeel.dev/serving` is false: it shall get no requests, whatever else is said of it. */
  readonly isolated?: true
  /** The Guard that has marked it so, when one has. */
  readonly isolatedBy?: string
  /** Its condition `evenkeel.dev/serving`, when it names that as a readiness gate, and what its mark asks for. */
  readonly gate?: { readonly is: 'True' | 'False' | 'Unset'; readonly shouldBe: 'True' | 'False' }
  /** It has a deletionTimestamp. */
  readonly terminating: boolean
  readonly containers: readonly Container[]
}

export interface Container {
  readonly name: string
  readonly ports: readonly { readonly name: string | undefined; readonly port: number }[]
  /** CPU limit, else CPU request, in cores; undefined when the container declares neither. */
  readonly cpuCores: number | undefined
}

/** A label selector as Kubernetes writes it: all of it must hold. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined
  readonly matchExpressions?: readonly LabelRequirement[] | undefined
}

export interface LabelRequirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[] | undefined
}

export const WORKLOAD_KINDS = ['Deployment', 'StatefulSet'] as const
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number]

/** The fields of a Deployment or StatefulSet that the loop uses. */
export interface Workload extends ObjectRef {
  readonly kind: WorkloadKind
  readonly resourceVersion: string
  readonly selector: LabelSelector
  /** spec.replicas */
  readonly replicas: number
  /** status.readyReplicas */
  readonly readyReplicas: number
  /** Pods that a rollout may add beside the wanted ones; absent when it adds none. */
  readonly surge?: Surge
}

/** A number of pods, or a share of the wanted ones, rounded up. */
export type Surge =
  | { readonly pods: number; readonly ratio?: undefined }
  | { readonly ratio: Ratio; readonly pods?: undefined }

/** Another object that owns this one, such as the KEDA ScaledObject behind an autoscaler. */
export interface OwnerRef {
  readonly kind: string
  readonly name: string
}

/** What an autoscaler scales. */
export interface ScaleTargetRef {
  readonly kind: string
  readonly name: string
}

/** The fields of a HorizontalPodAutoscaler (autoscaling/v1) that the loop uses. */
export interface HorizontalPodAutoscaler extends ObjectRef {
  readonly labels: Readonly<Record<string, string>>
  readonly owners: readonly OwnerRef[]
  readonly resourceVersion: string
  readonly scaleTargetRef: ScaleTargetRef
  /** spec.minReplicas; 1 when it is not set. */
  readonly minReplicas: number
  readonly maxReplicas: number
}

/** The fields of a KEDA ScaledObject (keda.sh/v1alpha1) that the loop uses. */
export interface ScaledObject extends ObjectRef {
  readonly resourceVersion: string
  readonly scaleTargetRef: ScaleTargetRef
  /** spec.minReplicaCount; 0 when it is not set. */
  readonly minReplicas: number
  /** spec.maxReplicaCount; 100 when it is not set. */
  readonly maxReplicas: number
}
