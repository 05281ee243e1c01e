// The pods of a Guard's target, found anew only when a pod of its namespace or the target changed.
import type { Pod, Workload } from '../model/workload.ts'
import { type Discovery, discoverTargets, type Endpoint } from '../observe/scrape/targets.ts'

export interface PodSource {
  byNamespace(namespace: string): readonly Pod[]
  onChange(handler: (key: string) => void): () => void
}

export interface TargetFinder {
  find(
    key: string,
    workload: Workload,
    endpoint: Endpoint,
  ): { readonly discovery: Discovery; readonly changed: boolean }
  forget(key: string): void
}

export function createTargetFinder(pods: PodSource): TargetFinder {
  const changes = new Map<string, number>()
  const found = new Map<string, { version: string; endpoint: Endpoint; discovery: Discovery }>()
  pods.onChange((key) => {
    const namespace = key.slice(0, key.indexOf('/'))
    changes.set(namespace, (changes.get(namespace) ?? 0) + 1)
  })
  return {
    find(key, workload, endpoint) {
      const version = `${workload.uid} ${workload.resourceVersion} ${changes.get(workload.namespace) ?? 0}`
      const before = found.get(key)
      if (before?.version === version && before.endpoint === endpoint)
        return { discovery: before.discovery, changed: false }
      const discovery = discoverTargets(workload, pods.byNamespace(workload.namespace), endpoint)
      found.set(key, { version, endpoint, discovery })
      return { discovery, changed: true }
    },
    forget: (key) => found.delete(key),
  }
}
