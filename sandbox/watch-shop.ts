// What the sandbox knows of its shop: the objects of the namespace as the API has them, handed to the view as they change.
import { z } from 'zod'
import type { Api } from './kube/api.ts'
import { follow } from './kube/follow.ts'
import type { IncidentTimes } from './scenario/verdict.ts'

export const WATCHED = {
  guards: 'apis/evenkeel.dev/v1alpha1',
  incidents: 'apis/evenkeel.dev/v1alpha1',
  deployments: 'apis/apps/v1',
  pods: 'api/v1',
} as const
export type WatchedType = keyof typeof WATCHED

/** Told of each object as it comes, changes and goes. */
export interface Observer {
  see(type: WatchedType, raw: unknown): void
  gone(type: WatchedType, raw: unknown): void
}

export interface ShopWatch {
  /** Every Deployment has the pods it asks for, all ready. */
  areDeploymentsReady(): boolean
  /** Every Guard sees all of its service. */
  areGuardsWatching(): boolean
  /** Any Guard has a status: the controller has ticked. */
  hasTicked(): boolean
  /** Replicas asked for, by Deployment. */
  replicas(): ReadonlyMap<string, number>
  incidents(): readonly IncidentTimes[]
  /** What the Guard that has no remedy left says of it. */
  exhausted(): string | undefined
  acts(): readonly Act[]
  readyPods(app: string): readonly { readonly name: string; readonly uid: string; readonly ip: string }[]
}

interface Act {
  readonly at: number
  readonly service: string
  readonly what: string
}

const APP_LABEL = 'app.kubernetes.io/name'

const METADATA = z.object({
  name: z.string(),
  uid: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  deletionTimestamp: z.string().nullish(),
})
const MOMENT = z.string().transform((text) => Date.parse(text))
const CONDITION = z.object({ type: z.string(), status: z.string(), message: z.string().default('') })

const DEPLOYMENT = z.object({
  metadata: METADATA,
  spec: z.object({ replicas: z.number().default(1) }),
  status: z.object({ readyReplicas: z.number().default(0) }).default({ readyReplicas: 0 }),
})
const ACTION = z.object({
  id: z.string(),
  at: MOMENT,
  field: z.string(),
  from: z.number(),
  to: z.number(),
  outcome: z.string(),
})
const GUARD = z.object({
  metadata: METADATA,
  status: z
    .looseObject({ conditions: z.array(CONDITION).default([]), recentActions: z.array(ACTION).default([]) })
    .optional(),
})
const INCIDENT = z.object({
  spec: z.object({ guard: z.string() }),
  status: z.object({
    phase: z.enum(['Open', 'Mitigated', 'Resolved']),
    onset: MOMENT,
    detectedAt: MOMENT,
    firstActionAt: MOMENT.optional(),
    mitigatedAt: MOMENT.optional(),
  }),
})
const POD = z.object({
  metadata: METADATA,
  status: z
    .object({ podIP: z.string().optional(), conditions: z.array(CONDITION).default([]) })
    .default({ conditions: [] }),
})

/** Watches until the signal aborts. Resolves when everything was listed once. */
export async function watchShop(
  api: Api,
  namespace: string,
  observer: Observer,
  onProblem: (problem: Error) => void,
  signal: AbortSignal,
): Promise<ShopWatch> {
  const known: Record<WatchedType, Map<string, unknown>> = {
    guards: new Map(),
    incidents: new Map(),
    deployments: new Map(),
    pods: new Map(),
  }
  await Promise.all((['guards', 'incidents', 'deployments', 'pods'] as const).map(followOne))

  function followOne(type: WatchedType): Promise<void> {
    const objects = known[type]
    const listed = Promise.withResolvers<void>()
    const set = (raw: unknown) => {
      objects.set(nameOf(raw), raw)
      observer.see(type, raw)
    }
    const drop = (raw: unknown) => {
      if (objects.delete(nameOf(raw))) observer.gone(type, raw)
    }
    const handler = {
      onList(all: readonly unknown[]) {
        const there = new Set(all.map(nameOf))
        for (const [name, raw] of [...objects]) if (!there.has(name)) drop(raw)
        all.forEach(set)
        listed.resolve()
      },
      onChange: set,
      onGone: drop,
      onProblem,
    }
    const source = { path: `/${WATCHED[type]}/namespaces/${namespace}/${type}`, read: (raw: unknown) => raw }
    void follow(api, source, handler, signal)
    return listed.promise
  }

  const parsed = <T>(type: WatchedType, schema: z.ZodType<T>): readonly T[] =>
    [...known[type].values()].flatMap((raw) => {
      const { data } = schema.safeParse(raw)
      return data === undefined ? [] : [data]
    })

  return {
    areDeploymentsReady: () => {
      const all = parsed('deployments', DEPLOYMENT)
      return all.length > 0 && all.every(({ spec, status }) => status.readyReplicas === spec.replicas)
    },
    areGuardsWatching: () => {
      const all = parsed('guards', GUARD)
      return all.length > 0 && all.every(({ status }) => status !== undefined && isTrue(status.conditions, 'Observed'))
    },
    hasTicked: () =>
      parsed('guards', GUARD).some(({ status }) => status?.conditions.some(({ type }) => type === 'Observed')),
    replicas: () =>
      new Map(parsed('deployments', DEPLOYMENT).map(({ metadata, spec }) => [metadata.name, spec.replicas])),
    incidents: () =>
      parsed('incidents', INCIDENT).map(({ spec, status }) => ({
        guard: spec.guard,
        phase: status.phase,
        onset: status.onset,
        detected: status.detectedAt,
        firstAct: status.firstActionAt,
        mitigated: status.mitigatedAt,
      })),
    exhausted: () =>
      parsed('guards', GUARD)
        .flatMap(
          ({ status }) =>
            status?.conditions.filter(({ type, status: is }) => type === 'Exhausted' && is === 'True') ?? [],
        )
        .map(({ message }) => message)[0],
    acts: () =>
      parsed('guards', GUARD)
        .flatMap(({ metadata, status }) =>
          (status?.recentActions ?? [])
            .filter(({ outcome }) => outcome === 'Done')
            .map(({ at, field, from, to }) => ({ at, service: metadata.name, what: `${field} ${from} → ${to}` })),
        )
        .sort((a, b) => a.at - b.at),
    readyPods: (app) =>
      parsed('pods', POD).flatMap(({ metadata, status: { podIP, conditions } }) =>
        metadata.labels[APP_LABEL] === app &&
        podIP !== undefined &&
        metadata.deletionTimestamp == null &&
        isTrue(conditions, 'Ready')
          ? [{ name: metadata.name, uid: metadata.uid, ip: podIP }]
          : [],
      ),
  }
}

function nameOf(raw: unknown): string {
  return z.object({ metadata: z.object({ name: z.string() }) }).safeParse(raw).data?.metadata.name ?? ''
}

function isTrue(conditions: readonly z.output<typeof CONDITION>[], type: string): boolean {
  return conditions.some((one) => one.type === type && one.status === 'True')
}
