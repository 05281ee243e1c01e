// Turns raw objects of the API into the rows, the incident and the log of the view. Relisting changes nothing: only changes are news.
import { failoverNews } from './collect/failover-news.ts'
import { guardNews, serviceOf } from './collect/guard-news.ts'
import { incidentNews, incidentView, mostPressing } from './collect/incidents.ts'
import { createLogBook } from './collect/log-book.ts'
import * as objects from './collect/objects.ts'
import { type Reading, readExposition, withReading } from './collect/readings.ts'
import { serviceView, tierOf } from './collect/services.ts'
import { deploymentNews, isReady, isTerminating, podNews, type Rollout } from './collect/workload-news.ts'
import type { ViewState } from './model.ts'

const INCIDENTS = 50
/** How long a change of replicas may wait for the act that explains it: they come by different watches. */
const EXPLAINED_WITHIN_MS = 3_000
/** An act explains a change that is seen this long after it, at most. */
const ACT_EXPLAINS_MS = 60_000
const TIERS = ['core', undefined, 'non-core'] as const

export type ObjectType = 'guards' | 'incidents' | 'features' | 'failovergroups' | 'deployments' | 'pods'

export interface Collector {
  /** An object as the API has it now: from a list or a watch, new, changed or as it was. */
  see(type: ObjectType, raw: unknown): void
  /** The object is gone; its last known form, or at least its metadata. */
  gone(type: ObjectType, raw: unknown): void
  /**
   * The controller's own `/metrics`. Optional: a Guard's status has its readings only every ten seconds while nothing
   * else changes, and these make them live.
   */
  measure(exposition: string): void
  /** What the sandbox itself has to say. */
  tell(kind: 'note' | 'trouble', text: string): void
  snapshot(now: number): Pick<ViewState, 'services' | 'shed' | 'incident' | 'log'>
}

export interface CollectorOptions {
  /** Epoch ms. */
  readonly now?: () => number
  /** Names of the workloads in the order of the manifests; others follow in the order they were seen. */
  readonly order?: readonly string[]
}

interface Change {
  readonly at: number
  readonly name: string
  readonly from: number
  readonly to: number
}

export function createCollector({ now = Date.now, order = [] }: CollectorOptions = {}): Collector {
  const guards = new Map<string, objects.Guard>()
  const incidents = new Map<string, objects.Incident>()
  const features = new Map<string, objects.Feature>()
  const failovergroups = new Map<string, objects.FailoverGroup>()
  const deployments = new Map<string, objects.Deployment>()
  const pods = new Map<string, objects.Pod>()
  const readings = new Map<string, Map<string, readonly Reading[]>>()
  const rollouts = new Map<string, Rollout>()
  const beenReady = new Set<string>()
  const seenOrder = new Set<string>(order)
  let unexplained: readonly Change[] = []
  const log = createLogBook(now())

  function seeGuard(guard: objects.Guard): void {
    const key = objects.keyOf(guard)
    log.add(guardNews(guards.get(key), guard, now()))
    guards.set(key, guard)
    seenOrder.add(serviceOf(guard))
    const at = guard.status?.signalsAt
    if (at === undefined) return
    for (const [signal, { value }] of Object.entries(guard.status?.signals ?? {})) read(key, signal, { at, value })
  }

  function read(guardKey: string, signal: string, reading: Reading): void {
    const own = readings.get(guardKey) ?? new Map<string, readonly Reading[]>()
    readings.set(guardKey, own.set(signal, withReading(own.get(signal) ?? [], reading)))
  }

  function seeIncident(incident: objects.Incident): void {
    const key = objects.keyOf(incident)
    log.add(incidentNews(incidents.get(key), incident))
    incidents.set(key, incident)
    for (const oldest of incidents.keys()) {
      if (incidents.size <= INCIDENTS) break
      incidents.delete(oldest)
    }
  }

  function seeFailoverGroup(group: objects.FailoverGroup): void {
    const key = objects.keyOf(group)
    log.add(failoverNews(failovergroups.get(key), group, now()))
    failovergroups.set(key, group)
  }

  function seeDeployment(deployment: objects.Deployment): void {
    const key = objects.keyOf(deployment)
    const before = deployments.get(key)
    const { rollout, news } = deploymentNews(before, deployment, rollouts.get(key), now())
    if (rollout === undefined) rollouts.delete(key)
    else rollouts.set(key, rollout)
    log.add(news)
    deployments.set(key, deployment)
    seenOrder.add(deployment.metadata.name)
    const [from, to] = [before?.spec.replicas, deployment.spec.replicas]
    if (from !== undefined && from !== to)
      unexplained = [...unexplained, { at: now(), name: deployment.metadata.name, from, to }].slice(-50)
  }

  function seePod(pod: objects.Pod): void {
    const key = objects.keyOf(pod)
    log.add(podNews(pods.get(key), pod, ownerOf(pod)?.metadata.name, beenReady.has(key), now()))
    pods.set(key, pod)
    if (isReady(pod)) beenReady.add(key)
  }

  function ownerOf(pod: objects.Pod): objects.Deployment | undefined {
    return [...deployments.values()].find((deployment) => owns(deployment, pod))
  }

  const podsOf = (deployment: objects.Deployment) => [...pods.values()].filter((pod) => owns(deployment, pod))

  /** Changes of replicas that no act accounts for were made by somebody else. */
  function tellUnexplained(at: number): void {
    const isExplained = ({ name, to, at: seen }: Change) =>
      [...guards.values()].some(
        (guard) =>
          serviceOf(guard) === name &&
          guard.status?.recentActions.some(
            (act) => act.to === to && act.at <= seen + EXPLAINED_WITHIN_MS && seen - act.at < ACT_EXPLAINS_MS,
          ),
      )
    const open = unexplained.filter((change) => !isExplained(change))
    unexplained = open.filter((change) => at - change.at < EXPLAINED_WITHIN_MS)
    const told = open.filter((change) => !unexplained.includes(change))
    log.add(
      told.map((change) => ({
        at: change.at,
        kind: 'note',
        service: change.name,
        text: `replicas ${change.from} → ${change.to}, changed by somebody else`,
      })),
    )
  }

  return {
    see(type, raw) {
      if (type === 'guards') withRead(objects.readGuard(raw), seeGuard)
      else if (type === 'incidents') withRead(objects.readIncident(raw), seeIncident)
      else if (type === 'features') withRead(objects.readFeature(raw), (one) => features.set(objects.keyOf(one), one))
      else if (type === 'failovergroups') withRead(objects.readFailoverGroup(raw), seeFailoverGroup)
      else if (type === 'deployments') withRead(objects.readDeployment(raw), seeDeployment)
      else withRead(objects.readPod(raw), seePod)
    },
    gone(type, raw) {
      withRead(objects.readMetadata(raw), (named) => {
        const key = objects.keyOf(named)
        const pod = type === 'pods' ? pods.get(key) : undefined
        ;({ guards, incidents, features, failovergroups, deployments, pods })[type].delete(key)
        if (type === 'guards') readings.delete(key)
        if (type === 'deployments') rollouts.delete(key)
        if (pod === undefined) return
        beenReady.delete(key)
        const owner = ownerOf(pod)
        const left = owner === undefined ? 0 : podsOf(owner).filter((one) => !isTerminating(one)).length
        // Fewer than wanted: it was not taken away by a scale-in.
        if (owner !== undefined && !isTerminating(pod) && left < owner.spec.replicas)
          log.add([{ at: now(), kind: 'saw', service: owner.metadata.name, text: `pod ${pod.metadata.name} is gone` }])
      })
    },
    measure(exposition) {
      const at = now()
      for (const { namespace, guard, signal, value } of readExposition(exposition)) {
        const key = `${namespace}/${guard}`
        if (guards.has(key)) read(key, signal, { at, value })
      }
    },
    tell: (kind, text) => log.add([{ at: now(), kind, service: undefined, text }]),
    snapshot(at) {
      tellUnexplained(at)
      const guardOf = (name: string) => [...guards.values()].find((guard) => serviceOf(guard) === name)
      const deploymentOf = (name: string) => [...deployments.values()].find(({ metadata }) => metadata.name === name)
      const services = [...seenOrder].flatMap((name) => {
        const [guard, deployment] = [guardOf(name), deploymentOf(name)]
        if (guard === undefined && deployment === undefined) return []
        const own = deployment === undefined ? [] : podsOf(deployment)
        const read = (guard && readings.get(objects.keyOf(guard))) ?? new Map()
        return [serviceView({ name, guard, deployment, pods: own, readings: read, now: at })]
      })
      /** Core services before others, and what the loop may heal before what it only observes. */
      const rankOf = (guardName: string) => {
        const guard = [...guards.values()].find(({ metadata }) => metadata.name === guardName)
        if (guard === undefined) return TIERS.length * 2
        const tier = TIERS.indexOf(tierOf(guard, deploymentOf(serviceOf(guard))))
        return tier * 2 + (guard.spec?.mode === 'Enforce' ? 0 : 1)
      }
      return {
        services: TIERS.flatMap((tier) => services.filter((service) => service.tier === tier)),
        shed: [...features.values()]
          .filter(objects.isShed)
          .map(({ metadata }) => metadata.name)
          .sort(),
        incident: mostPressing(
          [...incidents.values()].flatMap((one) => incidentView(one) ?? []),
          rankOf,
        ),
        log: log.lines(),
      }
    },
  }
}

function withRead<T>(object: T | undefined, use: (object: T) => void): void {
  if (object !== undefined) use(object)
}

function owns({ metadata, spec }: objects.Deployment, pod: objects.Pod): boolean {
  const wanted = Object.entries(spec.selector.matchLabels)
  return (
    wanted.length > 0 &&
    metadata.namespace === pod.metadata.namespace &&
    wanted.every(([key, value]) => pod.metadata.labels[key] === value)
  )
}
