// The pods of a Guard's target, and those behind a Service, found anew only when something they rest on has changed.
import type { Service } from '../model/service.ts'
import type { Pod, Workload } from '../model/workload.ts'
import { discoverServiceTargets, type ServiceEndpoint } from '../observe/scrape/service-targets.ts'
import { type Discovery, discoverTargets, type Endpoint } from '../observe/scrape/targets.ts'

interface Watched {
  onChange(handler: (key: string) => void): () => void
}
export interface PodSource extends Watched {
  byNamespace(namespace: string): readonly Pod[]
}
export interface ServiceSource extends Watched {
  get(key: string): Service | undefined
}

interface Found {
  readonly discovery: Discovery
  readonly changed: boolean
}

export interface TargetFinder {
  find(key: string, workload: Workload, endpoint: Endpoint): Found
  /** `endpoint` is known by its identity: it is found anew for each plan. */
  findBehind(namespace: string, endpoint: ServiceEndpoint): Found
  forget(key: string): void
}

export function createTargetFinder(pods: PodSource, services: ServiceSource): TargetFinder {
  const changesOfPods = countChanges(pods)
  const changesOfServices = countChanges(services)
  const found = new Map<string, { version: string; endpoint: Endpoint; discovery: Discovery }>()
  const behind = new WeakMap<ServiceEndpoint, { version: string; discovery: Discovery }>()
  return {
    find(key, workload, endpoint) {
      const version = `${workload.uid} ${workload.resourceVersion} ${changesOfPods.get(workload.namespace) ?? 0}`
      const before = found.get(key)
      if (before?.version === version && before.endpoint === endpoint)
        return { discovery: before.discovery, changed: false }
      const discovery = discoverTargets(workload, pods.byNamespace(workload.namespace), endpoint)
      found.set(key, { version, endpoint, discovery })
      return { discovery, changed: true }
    },
    findBehind(namespace, endpoint) {
      const version = `${changesOfPods.get(namespace) ?? 0} ${changesOfServices.get(namespace) ?? 0}`
      const before = behind.get(endpoint)
      if (before?.version === version) return { discovery: before.discovery, changed: false }
      const service = services.get(`${namespace}/${endpoint.service}`)
      const discovery = discoverServiceTargets(namespace, service, pods.byNamespace(namespace), endpoint)
      behind.set(endpoint, { version, discovery })
      return { discovery, changed: true }
    },
    forget: (key) => found.delete(key),
  }
}

/** How many changes each namespace has had. */
function countChanges(source: Watched): ReadonlyMap<string, number> {
  const changes = new Map<string, number>()
  source.onChange((key) => {
    const namespace = key.slice(0, key.indexOf('/'))
    changes.set(namespace, (changes.get(namespace) ?? 0) + 1)
  })
  return changes
}
