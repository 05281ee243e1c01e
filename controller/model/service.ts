// What Evenkeel keeps of a Kubernetes Service: enough to find the pods behind it.
import type { ObjectRef } from './workload.ts'

/** The fields of a Service by which its pods are found. */
export interface Service extends ObjectRef {
  /** ClusterIP, NodePort, LoadBalancer or ExternalName. */
  readonly type: string
  /** Labels of its pods; empty when somebody else keeps its endpoints. */
  readonly selector: Readonly<Record<string, string>>
  /** Those for TCP. */
  readonly ports: readonly ServicePort[]
  /** Its address within the cluster, when it has one. */
  readonly clusterIP?: string
  /** The host name that an ExternalName stands for. */
  readonly externalName: string | undefined
}

export interface ServicePort {
  readonly name: string | undefined
  readonly port: number
  /** The pods' port: its number, or the name that it has in each of them. */
  readonly targetPort: number | string
}
