// The parts of Kubernetes objects that the workload controllers read; what they pass on unread is kept whole.
import { z } from 'zod'

const LABELS = z
  .record(z.string(), z.string())
  .nullish()
  .transform((labels) => labels ?? {})

const OWNER = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().optional(),
  blockOwnerDeletion: z.boolean().optional(),
})

const METADATA = z.object({
  name: z.string(),
  namespace: z.string().default(''),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.number().default(0),
  creationTimestamp: z.string().default(''),
  deletionTimestamp: z.string().nullish(),
  labels: LABELS,
  annotations: LABELS,
  ownerReferences: z.array(OWNER).default([]),
  finalizers: z.array(z.string()).default([]),
})

const SELECTOR = z.object({
  matchLabels: LABELS,
  matchExpressions: z
    .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) }))
    .default([]),
})

/** As it was written: it becomes the pods of a ReplicaSet, whatever its spec holds. */
const TEMPLATE = z.looseObject({
  metadata: z.looseObject({ labels: LABELS, annotations: LABELS }),
  spec: z.looseObject({}),
})

const CONDITION = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
  lastUpdateTime: z.string().default(''),
  lastTransitionTime: z.string().default(''),
})

const COUNT = z.number().default(0)
const AMOUNT = z.union([z.number(), z.string()])

const DEPLOYMENT = z.object({
  metadata: METADATA,
  spec: z.object({
    replicas: z.number().default(1),
    selector: SELECTOR,
    template: TEMPLATE,
    strategy: z
      .object({
        type: z.string().default('RollingUpdate'),
        rollingUpdate: z.object({ maxSurge: AMOUNT.default('25%'), maxUnavailable: AMOUNT.default('25%') }).nullish(),
      })
      .default({ type: 'RollingUpdate' }),
    minReadySeconds: COUNT,
    revisionHistoryLimit: z.number().default(10),
    progressDeadlineSeconds: z.number().default(600),
    paused: z.boolean().default(false),
  }),
  status: z
    .object({
      observedGeneration: COUNT,
      replicas: COUNT,
      updatedReplicas: COUNT,
      readyReplicas: COUNT,
      availableReplicas: COUNT,
      unavailableReplicas: COUNT,
      conditions: z.array(CONDITION).default([]),
    })
    .prefault({}),
})

const REPLICA_SET = z.object({
  metadata: METADATA,
  spec: z.object({
    replicas: z.number().default(1),
    selector: SELECTOR,
    template: TEMPLATE,
    minReadySeconds: COUNT,
  }),
  status: z
    .object({
      observedGeneration: COUNT,
      replicas: COUNT,
      fullyLabeledReplicas: COUNT,
      readyReplicas: COUNT,
      availableReplicas: COUNT,
    })
    .prefault({}),
})

const STATEFUL_SET = z.object({
  metadata: METADATA,
  spec: z.object({
    replicas: z.number().default(1),
    selector: SELECTOR,
    template: TEMPLATE,
    serviceName: z.string().default(''),
    podManagementPolicy: z.string().default('OrderedReady'),
    updateStrategy: z
      .object({
        type: z.string().default('RollingUpdate'),
        rollingUpdate: z.object({ partition: COUNT }).nullish(),
      })
      .prefault({}),
  }),
  status: z
    .object({
      observedGeneration: COUNT,
      replicas: COUNT,
      readyReplicas: COUNT,
      currentReplicas: COUNT,
      updatedReplicas: COUNT,
      currentRevision: z.string().default(''),
      updateRevision: z.string().default(''),
    })
    .prefault({}),
})

const POD = z.object({
  metadata: METADATA,
  spec: z.object({
    nodeName: z.string().default(''),
    containers: z
      .array(
        z.object({
          ports: z.array(z.object({ name: z.string().optional(), containerPort: z.number() })).default([]),
        }),
      )
      .default([]),
  }),
  status: z
    .object({
      phase: z.string().default('Pending'),
      podIP: z.string().default(''),
      conditions: z.array(CONDITION).default([]),
      containerStatuses: z.array(z.object({ restartCount: COUNT })).default([]),
    })
    .prefault({}),
})

const SERVICE = z.object({
  metadata: METADATA,
  spec: z.object({
    clusterIP: z.string().default(''),
    selector: LABELS,
    ports: z
      .array(
        z.object({
          name: z.string().optional(),
          port: z.number(),
          targetPort: AMOUNT.optional(),
          /** What is spoken there; HTTP unless it says otherwise. */
          appProtocol: z.string().optional(),
        }),
      )
      .default([]),
  }),
})

const ANY = z.object({ metadata: METADATA })

export type Owner = z.infer<typeof OWNER>
export type Metadata = z.infer<typeof METADATA>
export type Selector = z.infer<typeof SELECTOR>
export type Template = z.infer<typeof TEMPLATE>
export type Condition = z.infer<typeof CONDITION>
export type Deployment = z.infer<typeof DEPLOYMENT>
export type ReplicaSet = z.infer<typeof REPLICA_SET>
export type StatefulSet = z.infer<typeof STATEFUL_SET>
export type Pod = z.infer<typeof POD>
export type Service = z.infer<typeof SERVICE>
export type AnyObject = z.infer<typeof ANY>

export const parseDeployment = (value: unknown): Deployment => DEPLOYMENT.parse(value)
export const parseReplicaSet = (value: unknown): ReplicaSet => REPLICA_SET.parse(value)
export const parseStatefulSet = (value: unknown): StatefulSet => STATEFUL_SET.parse(value)
export const parsePod = (value: unknown): Pod => POD.parse(value)
export const parseService = (value: unknown): Service => SERVICE.parse(value)
export const parseAny = (value: unknown): AnyObject => ANY.parse(value)

export const isTerminating = ({ metadata }: AnyObject): boolean => typeof metadata.deletionTimestamp === 'string'
/** Neither finished nor about to end: it counts as a replica. */
export const isActive = (pod: Pod): boolean =>
  !isTerminating(pod) && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed'
export const isReady = (pod: Pod): boolean => readyCondition(pod)?.status === 'True'

/** Since when the pod is ready, in ms since the epoch; undefined when it isn't. */
export function readySince(pod: Pod): number | undefined {
  const ready = readyCondition(pod)
  if (ready?.status !== 'True') return undefined
  const since = Date.parse(ready.lastTransitionTime)
  return Number.isNaN(since) ? 0 : since
}

function readyCondition({ status }: Pod): Condition | undefined {
  return status.conditions.find(({ type }) => type === 'Ready')
}

/** Path of a namespaced object in the API. */
export function pathOf(resource: Resource, { namespace, name }: Pick<Metadata, 'namespace' | 'name'>): string {
  return `${RESOURCES[resource].replace('*', `namespaces/${namespace}/`)}/${name}`
}

/** Path of all objects of a resource. */
export const listPathOf = (resource: Resource): string => RESOURCES[resource].replace('*', '')
/** Where objects of a namespace are created. */
export const createPathOf = (resource: Resource, namespace: string): string =>
  RESOURCES[resource].replace('*', `namespaces/${namespace}/`)

const RESOURCES = {
  deployments: '/apis/apps/v1/*deployments',
  replicasets: '/apis/apps/v1/*replicasets',
  statefulsets: '/apis/apps/v1/*statefulsets',
  pods: '/api/v1/*pods',
  services: '/api/v1/*services',
} as const

export type Resource = keyof typeof RESOURCES
