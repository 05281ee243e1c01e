// What the sandbox knows of its shop: the objects of the namespace as the API has them, handed to the view as they change.
import type { Api } from './kube/api.ts'
import { follow } from './kube/follow.ts'
import type { IncidentTimes } from './scenario/verdict.ts'
import { switchesOf } from './view/collect/failover-news.ts'
import { changeOf } from './view/collect/guard-news.ts'
import * as objects from './view/collect/objects.ts'
import { isReady, isTerminating } from './view/collect/workload-news.ts'

export const WATCHED = {
  guards: 'apis/evenkeel.dev/v1alpha1',
  incidents: 'apis/evenkeel.dev/v1alpha1',
  features: 'apis/evenkeel.dev/v1alpha1',
  failovergroups: 'apis/evenkeel.dev/v1alpha1',
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
  /** Features that Guards have switched off. */
  shed(): readonly string[]
  /** The pod that is the primary of this FailoverGroup: the one that the group says, or the only one there is to begin with. */
  activeOf(group: string): { readonly name: string; readonly uid: string } | undefined
  readyPods(app: string): readonly { readonly name: string; readonly uid: string; readonly ip: string }[]
}

interface Act {
  readonly at: number
  readonly service: string
  readonly what: string
}

const APP_LABEL = 'app.kubernetes.io/name'

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
    features: new Map(),
    failovergroups: new Map(),
    deployments: new Map(),
    pods: new Map(),
  }
  await Promise.all((Object.keys(WATCHED) as WatchedType[]).map(followOne))

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

  const all = <T>(type: WatchedType, read: (raw: unknown) => T | undefined): readonly T[] =>
    [...known[type].values()].flatMap((raw) => read(raw) ?? [])
  const deployments = () => all('deployments', objects.readDeployment)
  const guards = () => all('guards', objects.readGuard)
  const conditionsOf = ({ status }: objects.Guard, type: string) =>
    (status?.conditions ?? []).filter((condition) => condition.type === type)

  return {
    areDeploymentsReady() {
      const there = deployments()
      return there.length > 0 && there.every(({ spec, status }) => status.readyReplicas === spec.replicas)
    },
    areGuardsWatching() {
      const there = guards()
      return there.length > 0 && there.every((guard) => conditionsOf(guard, 'Observed').some(isTrue))
    },
    hasTicked: () => guards().some((guard) => conditionsOf(guard, 'Observed').length > 0),
    replicas: () => new Map(deployments().map(({ metadata, spec }) => [metadata.name, spec.replicas])),
    incidents: () =>
      all('incidents', objects.readIncident).flatMap(({ spec, status }) =>
        status === undefined
          ? []
          : [
              {
                guard: spec.guard,
                phase: status.phase,
                onset: status.onset,
                detected: status.detectedAt,
                firstAct: status.firstActionAt,
                mitigated: status.mitigatedAt,
              },
            ],
      ),
    exhausted: () => guards().flatMap((guard) => conditionsOf(guard, 'Exhausted').filter(isTrue))[0]?.message,
    acts: () =>
      guards()
        .flatMap(({ metadata, status }) =>
          (status?.recentActions ?? [])
            .filter(({ outcome }) => outcome === 'Done')
            .map(({ at, field, from, to }) => ({ at, service: metadata.name, what: changeOf({ field, from, to }) })),
        )
        .concat(all('failovergroups', objects.readFailoverGroup).flatMap(switchesOf))
        .sort((a, b) => a.at - b.at),
    shed: () =>
      all('features', objects.readFeature)
        .filter(objects.isShed)
        .map(({ metadata }) => metadata.name),
    activeOf(group) {
      const found = all('failovergroups', objects.readFailoverGroup).find(({ metadata }) => metadata.name === group)
      const pods = all('pods', objects.readPod).map(({ metadata }) => metadata)
      // Without a controller nobody says who it is, and nobody has switched either.
      return found && pods.find(({ name }) => name === (found.status?.active ?? `${group}-0`))
    },
    readyPods: (app) =>
      all('pods', objects.readPod)
        .filter((pod) => pod.metadata.labels[APP_LABEL] === app && isReady(pod) && !isTerminating(pod))
        .flatMap(({ metadata: { name, uid }, status: { podIP } }) =>
          podIP === undefined ? [] : [{ name, uid, ip: podIP }],
        ),
  }
}

const isTrue = ({ status }: { readonly status: string }) => status === 'True'
const nameOf = (raw: unknown) => objects.readMetadata(raw)?.metadata.name ?? ''
