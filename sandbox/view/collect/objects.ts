// The parts of Guards, Incidents, FailoverGroups, Deployments and Pods that the view reads. Tolerant: what is missing or odd is left out, not refused.
import { z } from 'zod'

/** A list of which the items that can't be read are dropped. */
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((all) => all.flatMap((one) => (item.safeParse(one).success ? [item.parse(one)] : [])))

const METADATA = z.object({
  name: z.string(),
  namespace: z.string().catch(''),
  uid: z.string().catch(''),
  labels: z.record(z.string(), z.string()).catch({}),
  annotations: z.record(z.string(), z.string()).catch({}),
  deletionTimestamp: z.string().optional().catch(undefined),
})

const CONDITION = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().catch(''),
  message: z.string().catch(''),
})

const TEXT = z.string().optional().catch(undefined)
const NUMBER = z.number().optional().catch(undefined)
/** Epoch ms. */
const MOMENT = z
  .string()
  .transform((text) => Date.parse(text))
  .refine(Number.isFinite)
const MAYBE_MOMENT = MOMENT.optional().catch(undefined)

const ACTION = z.object({
  id: z.string(),
  at: MOMENT,
  field: z.string().catch(''),
  from: z.number(),
  to: z.number(),
  why: z.string().catch(''),
  outcome: z.string(),
  detail: TEXT,
  verdict: TEXT,
})

const DECISION = z.object({
  at: MOMENT,
  verdict: z.string(),
  summary: z.string(),
  reasons: z.array(z.string()).catch([]),
  interlocks: listOf(z.object({ interlock: z.string(), verdict: z.string(), why: z.string() })),
})

const LIMITS = z
  .object({ errors: TEXT, latency: TEXT, cpu: TEXT, pool: TEXT, queue: NUMBER })
  .catch({ errors: undefined, latency: undefined, cpu: undefined, pool: undefined, queue: undefined })

const SCALE = z.object({ max: NUMBER, perReplica: z.object({ rps: z.number() }).optional().catch(undefined) })

const GUARD = z.object({
  metadata: METADATA,
  spec: z
    .object({
      mode: z.enum(['Observe', 'Enforce', 'Paused']).catch('Observe'),
      target: z.object({ kind: z.string().catch('Deployment'), name: z.string() }),
      limits: LIMITS,
      remedies: listOf(z.object({ scale: SCALE.optional().catch(undefined) })),
    })
    .optional()
    .catch(undefined),
  status: z
    .object({
      conditions: listOf(CONDITION),
      signals: z
        .record(z.string(), z.object({ value: NUMBER, text: z.string().catch('unknown'), why: TEXT }))
        .catch({}),
      signalsAt: MAYBE_MOMENT,
      replicas: z.object({ wanted: z.number(), ready: z.number() }).optional().catch(undefined),
      breaches: listOf(z.object({ limit: z.string(), threshold: NUMBER })),
      lastDecision: DECISION.optional().catch(undefined),
      recentActions: listOf(ACTION),
    })
    .optional()
    .catch(undefined),
})

const INCIDENT = z.object({
  metadata: METADATA,
  spec: z.object({ guard: z.string(), target: z.object({ name: z.string() }).optional().catch(undefined) }),
  status: z
    .object({
      phase: z.enum(['Open', 'Mitigated', 'Resolved']).catch('Open'),
      summary: z.string().catch(''),
      onset: MOMENT,
      detectedAt: MAYBE_MOMENT,
      firstActionAt: MAYBE_MOMENT,
      mitigatedAt: MAYBE_MOMENT,
      resolvedAt: MAYBE_MOMENT,
      findings: listOf(
        z.object({ limit: z.string(), peak: z.number(), threshold: z.number(), text: z.string().catch('') }),
      ),
      timeline: listOf(z.object({ at: MOMENT, what: z.string() })),
    })
    .optional()
    .catch(undefined),
})

const FEATURE = z.object({
  metadata: METADATA,
  status: z.object({ state: TEXT }).optional().catch(undefined),
})

const FAILOVER_GROUP = z.object({
  metadata: METADATA,
  status: z
    .object({
      active: TEXT,
      conditions: listOf(CONDITION),
      switch: z
        .object({
          epoch: z.number(),
          kind: z.string(),
          from: z.string(),
          to: z.string(),
          startedAt: MOMENT,
          reason: z.string().catch(''),
        })
        .optional()
        .catch(undefined),
      history: listOf(
        z.object({
          epoch: z.number(),
          kind: z.string(),
          from: TEXT,
          to: TEXT,
          endedAt: MOMENT,
          outcome: z.string(),
          reason: z.string().catch(''),
        }),
      ),
    })
    .optional()
    .catch(undefined),
})

const DEPLOYMENT = z.object({
  metadata: METADATA,
  spec: z.object({
    replicas: z.number().catch(1),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()).catch({}) }).catch({ matchLabels: {} }),
  }),
  status: z.object({ readyReplicas: z.number().catch(0) }).catch({ readyReplicas: 0 }),
})

const STATE = z.record(
  z.string(),
  z
    .object({ reason: TEXT, exitCode: NUMBER, message: TEXT })
    .catch({ reason: undefined, exitCode: undefined, message: undefined }),
)

const POD = z.object({
  metadata: METADATA,
  status: z
    .object({
      phase: z.string().catch('Pending'),
      podIP: TEXT,
      conditions: listOf(CONDITION),
      containerStatuses: listOf(
        z.object({ restartCount: z.number().catch(0), state: STATE.catch({}), lastState: STATE.catch({}) }),
      ),
    })
    .catch({ phase: 'Pending', podIP: undefined, conditions: [], containerStatuses: [] }),
})

export type Guard = z.output<typeof GUARD>
export type Incident = z.output<typeof INCIDENT>
export type Feature = z.infer<typeof FEATURE>
export type FailoverGroup = z.output<typeof FAILOVER_GROUP>
export type Deployment = z.output<typeof DEPLOYMENT>
export type Pod = z.output<typeof POD>
export type GuardAction = z.output<typeof ACTION>

/** Undefined when it is no such object at all. */
const reader =
  <T extends z.ZodType>(schema: T) =>
  (raw: unknown): z.output<T> | undefined =>
    schema.safeParse(raw).data

export const readGuard = reader(GUARD)
export const readIncident = reader(INCIDENT)
export const readFeature = reader(FEATURE)
/** Switched off by Guards, and not by a person. */
export const isShed = ({ status }: Feature): boolean => status?.state === 'Degraded'
export const readFailoverGroup = reader(FAILOVER_GROUP)
export const readDeployment = reader(DEPLOYMENT)
export const readPod = reader(POD)
export const readMetadata = reader(z.object({ metadata: METADATA }))

/** `namespace/name`. */
export const keyOf = ({
  metadata,
}: {
  readonly metadata: { readonly namespace: string; readonly name: string }
}): string => `${metadata.namespace}/${metadata.name}`
