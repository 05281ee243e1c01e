// What Evenkeel keeps of Kubernetes objects: the few fields it uses, projected when they arrive.

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
  /** The pod's Ready condition is True. */
  readonly ready: boolean
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
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly LabelRequirement[]
}

export interface LabelRequirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
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
}
