// Projections: the few fields that are kept of each kind of object, read defensively from raw JSON.

import type { Service, ServicePort } from '../model/service.ts'
import { parsePercent } from '../model/units.ts'
import {
  type Container,
  type HorizontalPodAutoscaler,
  type LabelRequirement,
  type LabelSelector,
  type ObjectRef,
  type Pod,
  type ScaledObject,
  type ScaleTargetRef,
  type Surge,
  WORKLOAD_KINDS,
  type Workload,
  type WorkloadKind,
} from '../model/workload.ts'
import { at, isObject, type JsonObject, listAt, numberAt, textAt, textsAt } from './json.ts'
import { projectServing } from './pod-serving.ts'
import { parseQuantity } from './quantity.ts'

/** A custom resource as it is, for whoever has its schema. */
export interface RawObject extends ObjectRef {
  readonly resourceVersion: string
  readonly generation: number
  readonly raw: JsonObject
}

/** A Pod's fields. Throws TypeError when it has no name. */
export function projectPod(raw: unknown): Pod {
  return {
    ...projectRef(raw),
    labels: textsAt(raw, 'metadata', 'labels'),
    phase: textAt(raw, 'status', 'phase') ?? 'Unknown',
    podIP: textAt(raw, 'status', 'podIP'),
    nodeName: textAt(raw, 'spec', 'nodeName'),
    ready: listAt(raw, 'status', 'conditions').some(
      (condition) => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
    ),
    ...projectServing(raw),
    terminating: textAt(raw, 'metadata', 'deletionTimestamp') !== undefined,
    containers: listAt(raw, 'spec', 'containers').map(projectContainer),
  }
}

/** A Service's fields. Throws TypeError as projectPod. */
export function projectService(raw: unknown): Service {
  const clusterIP = textAt(raw, 'spec', 'clusterIP')
  return {
    ...projectRef(raw),
    type: textAt(raw, 'spec', 'type') ?? 'ClusterIP',
    selector: textsAt(raw, 'spec', 'selector'),
    ports: listAt(raw, 'spec', 'ports').flatMap(projectServicePort),
    ...(clusterIP === undefined || clusterIP === 'None' || clusterIP === '' ? {} : { clusterIP }),
    externalName: textAt(raw, 'spec', 'externalName'),
  }
}

/** A projection for Deployments or StatefulSets: listed objects don't say their kind. Throws TypeError as projectPod. */
export function projectWorkload(kind: WorkloadKind): (raw: unknown) => Workload {
  return (raw) => {
    const surge = kind === 'Deployment' ? projectSurge(raw) : undefined
    return {
      ...projectRef(raw),
      kind,
      resourceVersion: versionOf(raw),
      selector: projectSelector(at(raw, 'spec', 'selector')),
      replicas: numberAt(raw, 'spec', 'replicas') ?? 1,
      readyReplicas: numberAt(raw, 'status', 'readyReplicas') ?? 0,
      ...(surge === undefined ? {} : { surge }),
    }
  }
}

/** spec.strategy.rollingUpdate.maxSurge; a quarter when it is not set, as the API server's default. */
function projectSurge(raw: unknown): Surge | undefined {
  if (textAt(raw, 'spec', 'strategy', 'type') === 'Recreate') return undefined
  const surge = at(raw, 'spec', 'strategy', 'rollingUpdate', 'maxSurge')
  if (typeof surge === 'number') return surge === 0 ? undefined : { pods: surge }
  const ratio = typeof surge === 'string' ? parsePercent(surge) : undefined
  return ratio === 0 ? undefined : { ratio: ratio ?? 0.25 }
}

/** A HorizontalPodAutoscaler's fields (autoscaling/v1). Throws TypeError without a name or a target. */
export function projectAutoscaler(raw: unknown): HorizontalPodAutoscaler {
  const minReplicas = numberAt(raw, 'spec', 'minReplicas') ?? 1
  return {
    ...projectRef(raw),
    labels: textsAt(raw, 'metadata', 'labels'),
    owners: listAt(raw, 'metadata', 'ownerReferences').map((owner) => ({
      kind: textAt(owner, 'kind') ?? '',
      name: textAt(owner, 'name') ?? '',
    })),
    resourceVersion: versionOf(raw),
    scaleTargetRef: projectTarget(raw, undefined),
    minReplicas,
    maxReplicas: numberAt(raw, 'spec', 'maxReplicas') ?? minReplicas,
  }
}

/** A KEDA ScaledObject's fields; its target is a Deployment unless it says otherwise. Throws as projectAutoscaler. */
export function projectScaledObject(raw: unknown): ScaledObject {
  return {
    ...projectRef(raw),
    resourceVersion: versionOf(raw),
    scaleTargetRef: projectTarget(raw, 'Deployment'),
    minReplicas: numberAt(raw, 'spec', 'minReplicaCount') ?? 0,
    maxReplicas: numberAt(raw, 'spec', 'maxReplicaCount') ?? 100,
  }
}

/** Keeps the whole object, without the bookkeeping of its field managers. Throws TypeError without a name. */
export function projectRaw(raw: unknown): RawObject {
  const ref = projectRef(raw)
  const { metadata, ...rest } = isObject(raw) ? raw : {}
  const { managedFields: _, ...kept } = isObject(metadata) ? metadata : {}
  return {
    ...ref,
    resourceVersion: versionOf(raw),
    generation: numberAt(raw, 'metadata', 'generation') ?? 0,
    raw: { ...rest, metadata: kept },
  }
}

export function isWorkloadKind(kind: string): kind is WorkloadKind {
  return WORKLOAD_KINDS.some((known) => known === kind)
}

export function projectRef(raw: unknown): ObjectRef {
  const name = textAt(raw, 'metadata', 'name')
  if (name === undefined || name === '') throw new TypeError('the object has no metadata.name')
  return {
    namespace: textAt(raw, 'metadata', 'namespace') ?? '',
    name,
    uid: textAt(raw, 'metadata', 'uid') ?? '',
  }
}

export function versionOf(raw: unknown): string {
  return textAt(raw, 'metadata', 'resourceVersion') ?? ''
}

function projectTarget(raw: unknown, defaultKind: string | undefined): ScaleTargetRef {
  const kind = textAt(raw, 'spec', 'scaleTargetRef', 'kind') ?? defaultKind
  const name = textAt(raw, 'spec', 'scaleTargetRef', 'name')
  if (kind === undefined || name === undefined) throw new TypeError('spec.scaleTargetRef names no target')
  return { kind, name }
}

function projectContainer(raw: unknown): Container {
  return {
    name: textAt(raw, 'name') ?? '',
    ports: listAt(raw, 'ports').flatMap((entry) => {
      const port = numberAt(entry, 'containerPort')
      return port === undefined ? [] : [{ name: textAt(entry, 'name'), port }]
    }),
    cpuCores:
      parseQuantity(at(raw, 'resources', 'limits', 'cpu')) ?? parseQuantity(at(raw, 'resources', 'requests', 'cpu')),
  }
}

function projectServicePort(raw: unknown): ServicePort[] {
  const port = numberAt(raw, 'port')
  if (port === undefined || (textAt(raw, 'protocol') ?? 'TCP') !== 'TCP') return []
  const targetPort = numberAt(raw, 'targetPort') ?? textAt(raw, 'targetPort') ?? port
  return [{ name: textAt(raw, 'name'), port, targetPort }]
}

function projectSelector(raw: unknown): LabelSelector {
  return {
    matchLabels: textsAt(raw, 'matchLabels'),
    matchExpressions: listAt(raw, 'matchExpressions').map(projectRequirement),
  }
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const

/** Throws TypeError for an operator that is not known: guessing would select the wrong pods. */
function projectRequirement(raw: unknown): LabelRequirement {
  const key = textAt(raw, 'key')
  const said = textAt(raw, 'operator')
  const operator = OPERATORS.find((known) => known === said)
  if (key === undefined || operator === undefined) {
    throw new TypeError(`spec.selector has a requirement that can't be read (operator "${said ?? ''}")`)
  }
  return { key, operator, values: listAt(raw, 'values').filter((value) => typeof value === 'string') }
}
