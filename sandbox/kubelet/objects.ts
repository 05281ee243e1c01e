// The parts of Kubernetes objects that a process kubelet reads; the rest is dropped when they are parsed.
import { z } from 'zod'

const PORT = z.union([z.number(), z.string()])

const PROBE = z.object({
  httpGet: z
    .object({
      path: z.string().default('/'),
      port: PORT,
      httpHeaders: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
    })
    .optional(),
  tcpSocket: z.object({ port: PORT }).optional(),
  initialDelaySeconds: z.number().default(0),
  periodSeconds: z.number().default(10),
  timeoutSeconds: z.number().default(1),
  failureThreshold: z.number().default(3),
  successThreshold: z.number().default(1),
})

const ENV = z.object({
  name: z.string(),
  value: z.string().default(''),
  valueFrom: z.object({ fieldRef: z.object({ fieldPath: z.string() }).optional() }).optional(),
})

const CONTAINER = z.object({
  name: z.string(),
  image: z.string().default(''),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z.array(ENV).default([]),
  envFrom: z.array(z.unknown()).default([]),
  workingDir: z.string().optional(),
  ports: z.array(z.object({ name: z.string().optional(), containerPort: z.number() })).default([]),
  readinessProbe: PROBE.optional(),
  livenessProbe: PROBE.optional(),
})

const CONDITION = z.object({
  type: z.string(),
  status: z.string(),
  lastTransitionTime: z.string().nullish(),
})

const POD = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.string().nullish(),
    deletionGracePeriodSeconds: z.number().nullish(),
  }),
  spec: z.object({
    nodeName: z.string().default(''),
    nodeSelector: z.record(z.string(), z.string()).default({}),
    schedulerName: z.string().default('default-scheduler'),
    restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).default('Always'),
    terminationGracePeriodSeconds: z.number().default(30),
    readinessGates: z.array(z.object({ conditionType: z.string() })).default([]),
    initContainers: z.array(z.unknown()).default([]),
    containers: z.array(CONTAINER),
  }),
  status: z
    .object({
      phase: z.string().default('Pending'),
      conditions: z.array(CONDITION).default([]),
      containerStatuses: z
        .array(
          z.object({ name: z.string(), restartCount: z.number(), state: z.record(z.string(), z.unknown()).optional() }),
        )
        .default([]),
    })
    .default({ phase: 'Pending', conditions: [], containerStatuses: [] }),
})

export type Pod = z.infer<typeof POD>
export type Container = z.infer<typeof CONTAINER>
export type Probe = z.infer<typeof PROBE>
export type Condition = z.infer<typeof CONDITION>

export const parsePod = (value: unknown): Pod => POD.parse(value)

/** `namespace/name`. */
export const keyOf = (pod: Pod): string => `${pod.metadata.namespace}/${pod.metadata.name}`
/** Path of the pod in the API. */
export const pathOf = (pod: Pod): string => `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`
export const isTerminating = (pod: Pod): boolean => typeof pod.metadata.deletionTimestamp === 'string'
export const isFinished = (pod: Pod): boolean => pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed'
