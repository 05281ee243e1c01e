// The verdicts of all services, from the watches: made when somebody asks, kept until something has changed, true while the API server is away.
import type { Reflector } from '../controller/kube/reflector.ts'
import type { RawObject } from '../controller/kube/resources.ts'
import type { Clock } from '../controller/model/clock.ts'
import { selects } from '../controller/model/label-selector.ts'
import type { Service } from '../controller/model/service.ts'
import type { Milliseconds, Ratio } from '../controller/model/units.ts'
import type { Pod, Workload, WorkloadKind } from '../controller/model/workload.ts'
import { type Group, groupsOf, sightingOf } from './groups.ts'
import { createLoads, type Load } from './loads.ts'
import { type Judgement, judge, NOBODY, type Standing, type VerdictRules, weightOf } from './verdict.ts'

type Watch<T> = Pick<Reflector<T>, 'synced' | 'get' | 'byNamespace' | 'onChange'>

export interface VerdictsOptions {
  readonly pods: Watch<Pod>
  readonly services: Watch<Service>
  readonly guards: Watch<RawObject>
  readonly workloads: Readonly<Record<WorkloadKind, Watch<Workload>>>
  readonly clock: Clock
  readonly rules: VerdictRules
  /** The one namespace that is watched; undefined for all. */
  readonly namespace: string | undefined
}

/** One pod, as whoever balances load should treat it. */
export interface PodVerdict extends Standing {
  readonly kind: 'known'
  /** Whole percent: 1 to 100, and 0 while it is out. */
  readonly weight: number
  /** Undefined once the pod is gone. */
  readonly object: Pod | undefined
}

/** A service as a whole: out only when it has no pod at all. */
export interface ServiceVerdict {
  readonly kind: 'known'
  readonly service: Service
  readonly place: 'in' | 'out'
  /** The weight of its pods that are well, on average over those that serve; 1 at least while it is in. */
  readonly weight: number
  /** Too few pods are well: all are used. */
  readonly isPanic: boolean
  readonly pods: readonly PodVerdict[]
  readonly loads: readonly Load[]
}

/** Nothing can be said: who asks keeps what it was told last, and uses what it was told nothing of. */
export interface NotKnown {
  readonly kind: 'unknown'
  readonly why: string
}

export interface Verdicts {
  /** A pod behind one Service; without one, it is in when any Service that selects it has it in. */
  pod(namespace: string, name: string, service?: string): PodVerdict | NotKnown
  service(namespace: string, name: string): ServiceVerdict | NotKnown
  /** The services of the namespaces that somebody has asked of. */
  asked(): Iterable<ServiceVerdict>
}

interface Judged {
  readonly group: Group
  readonly judgement: Judgement
}

interface Space {
  isStale: boolean
  judged: ReadonlyMap<string, Judged>
  /** The share that the Guards leave each pod. */
  shares: ReadonlyMap<string, Ratio>
}

export function createVerdicts(options: VerdictsOptions): Verdicts {
  const { pods, services, guards, workloads, clock, rules } = options
  const spaces = new Map<string, Space>()
  const touch = (namespace: string) => {
    const space = spaces.get(namespace)
    if (space !== undefined) space.isStale = true
  }
  const loads = createLoads(guards, clock, touch)
  for (const watch of [pods, services, ...Object.values(workloads)])
    watch.onChange((key) => touch(key.slice(0, key.indexOf('/'))))

  function refresh(namespace: string): Space {
    const known = spaces.get(namespace)
    if (known?.isStale === false) return known
    const now = clock.monotonic()
    const here = pods.byNamespace(namespace)
    const targets = Object.values(workloads).flatMap((watch) => watch.byNamespace(namespace))
    const judged = new Map<string, Judged>()
    for (const group of groupsOf(services.byNamespace(namespace), targets, here)) {
      const before = known?.judged.get(group.id)?.judgement ?? NOBODY
      judged.set(group.id, { group, judgement: judge(group.pods.map(sightingOf), before, rules, now) })
    }
    const space: Space = { isStale: false, judged, shares: sharesOf(loads.of(namespace), targets, here) }
    // Names that hold nothing are not remembered: anyone may ask for any.
    if (judged.size > 0) spaces.set(namespace, space)
    else spaces.delete(namespace)
    return space
  }

  function unknown(namespace: string): NotKnown | undefined {
    if (options.namespace !== undefined && options.namespace !== namespace)
      return { kind: 'unknown', why: `the namespace ${namespace} is not watched` }
    const isListed = pods.synced && services.synced
    return isListed ? undefined : { kind: 'unknown', why: 'pods and Services have not been listed yet' }
  }

  function verdictOf(standing: Standing, { shares }: Space, now: Milliseconds): PodVerdict {
    const weight = weightOf(standing, shares.get(standing.pod) ?? 1, now)
    return { ...standing, kind: 'known', weight, object: pods.get(standing.pod) }
  }

  function serviceVerdict({ judgement, group }: Judged, service: Service, space: Space): ServiceVerdict {
    const now = clock.monotonic()
    const all = Array.from(judgement.standings.values(), (one) => verdictOf(one, space, now))
    const serving = all.filter(({ stage }) => stage === 'serving')
    const useful = serving.filter(({ health }) => health === 'well' || health === 'unknown')
    const sum = useful.reduce((total, { weight }) => total + weight, 0)
    const place = all.length > 0 ? 'in' : 'out'
    const weight = place === 'out' ? 0 : Math.max(1, Math.round(sum / Math.max(1, serving.length)))
    return {
      kind: 'known',
      service,
      place,
      weight,
      isPanic: judgement.isPanic,
      pods: all,
      loads: loads.of(service.namespace).filter((load) => {
        const selector = workloads[load.kind].get(`${service.namespace}/${load.workload}`)?.selector
        return selector !== undefined && group.pods.some(({ labels }) => selects(selector, labels))
      }),
    }
  }

  return {
    pod(namespace, name, service) {
      const not = unknown(namespace)
      if (not !== undefined) return not
      const space = refresh(namespace)
      const key = `${namespace}/${name}`
      const judged =
        service === undefined
          ? [...space.judged.values()]
          : [space.judged.get(`Service/${service}`)].filter((one) => one !== undefined)
      if (service !== undefined && judged.length === 0) return noSuchService(namespace, service)
      const standings = judged.flatMap(({ judgement }) => judgement.standings.get(key) ?? [])
      const standing = standings.find(({ place }) => place === 'in') ?? standings[0]
      return standing === undefined ? gone(key, service) : verdictOf(standing, space, clock.monotonic())
    },
    service(namespace, name) {
      const not = unknown(namespace)
      if (not !== undefined) return not
      const service = services.get(`${namespace}/${name}`)
      const space = refresh(namespace)
      const judged = space.judged.get(`Service/${name}`)
      return service === undefined || judged === undefined
        ? noSuchService(namespace, name)
        : serviceVerdict(judged, service, space)
    },
    *asked() {
      for (const namespace of [...spaces.keys()]) {
        const space = refresh(namespace)
        for (const judged of space.judged.values())
          if (judged.group.service !== undefined) yield serviceVerdict(judged, judged.group.service, space)
      }
    },
  }
}

/** A name that is not there says nothing of a service that is: it may be misspelt. */
function noSuchService(namespace: string, name: string): NotKnown {
  return { kind: 'unknown', why: `there is no Service ${namespace}/${name} that selects pods` }
}

function gone(pod: string, service: string | undefined): PodVerdict {
  const why = service === undefined ? 'there is no such pod' : `Service ${service} selects no such pod`
  return {
    kind: 'known',
    pod,
    uid: '',
    stage: 'ending',
    health: 'unready',
    place: 'out',
    since: undefined,
    why,
    weight: 0,
    object: undefined,
  }
}

/** The least share that any Guard leaves each pod of its target. */
function sharesOf(
  loads: readonly Load[],
  targets: readonly Workload[],
  pods: readonly Pod[],
): ReadonlyMap<string, Ratio> {
  const shares = new Map<string, Ratio>()
  for (const { kind, workload, share } of loads) {
    if (share === 1) continue
    const target = targets.find((one) => one.kind === kind && one.name === workload)
    if (target === undefined) continue
    for (const { namespace, name, labels } of pods) {
      const key = `${namespace}/${name}`
      if (selects(target.selector, labels)) shares.set(key, Math.min(share, shares.get(key) ?? 1))
    }
  }
  return shares
}
