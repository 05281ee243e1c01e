// What a Guard's decisions rest on beside its readings: the Features and FailoverGroups of its namespace, and the pods that hold connections.
import type { ConnectionUse } from '../model/command.ts'
import type { FailoverView } from '../model/failover-view.ts'
import type { StoredFeature } from '../model/feature.ts'
import { selects } from '../model/label-selector.ts'
import { isAskingGroups, isolateOf, scaleOf } from '../model/remedies.ts'
import type { Pod, Workload } from '../model/workload.ts'
import type { Discovery } from '../observe/scrape/targets.ts'
import { createGroupViews, type GroupSource, NO_GROUPS } from './group-views.ts'
import type { GuardPlan } from './guard-plan.ts'
import type { PodSource } from './targets.ts'

export interface FeatureSource {
  byNamespace(namespace: string): readonly StoredFeature[]
  onChange(handler: (key: string) => void): () => void
}

export interface Surroundings {
  readonly features: readonly StoredFeature[]
  readonly connections: ConnectionUse | undefined
  /** The pods of the target; none unless the Guard isolates pods. */
  readonly pods: readonly Pod[]
  /** The FailoverGroups of the namespace; none unless the Guard may ask one to switch. */
  readonly groups: readonly FailoverView[]
}

export const NO_SURROUNDINGS: Surroundings = { features: [], connections: undefined, pods: [], groups: NO_GROUPS }

export interface SurroundingsFinder {
  /** The same object while nothing of it changed; another `discovery` means that pods or the workload did. */
  find(key: string, workload: Workload, plan: GuardPlan, discovery: Discovery): Surroundings
  forget(key: string): void
}

export function createSurroundingsFinder(
  pods: Pick<PodSource, 'byNamespace'>,
  features: FeatureSource,
  failoverGroups: GroupSource,
): SurroundingsFinder {
  const changes = new Map<string, number>()
  const found = new Map<string, Found>()
  const views = createGroupViews(failoverGroups)
  features.onChange((key) => {
    const namespace = key.slice(0, key.indexOf('/'))
    changes.set(namespace, (changes.get(namespace) ?? 0) + 1)
  })
  return {
    find(key, workload, plan, discovery) {
      const { namespace } = workload
      const version = changes.get(namespace) ?? 0
      const groups = isAskingGroups(plan.spec.remedies) ? views.of(namespace) : NO_GROUPS
      const before = found.get(key)
      if (before?.version === version && before.plan === plan && before.discovery === discovery) {
        if (before.surroundings.groups === groups) return before.surroundings
        const surroundings = { ...before.surroundings, groups }
        found.set(key, { version, plan, discovery, surroundings })
        return surroundings
      }
      const surroundings = {
        features: before?.version === version ? before.surroundings.features : features.byNamespace(namespace),
        connections: connectionUse(workload, plan, pods),
        pods: podsToCompare(workload, plan, pods),
        groups,
      }
      found.set(key, { version, plan, discovery, surroundings })
      return surroundings
    },
    forget: (key) => found.delete(key),
  }
}

interface Found {
  readonly version: number
  readonly plan: GuardPlan
  readonly discovery: Discovery
  readonly surroundings: Surroundings
}

function podsToCompare(
  { namespace, selector }: Workload,
  { spec }: GuardPlan,
  pods: Pick<PodSource, 'byNamespace'>,
): readonly Pod[] {
  if (isolateOf(spec.remedies) === undefined) return NO_SURROUNDINGS.pods
  return pods.byNamespace(namespace).filter(({ labels }) => selects(selector, labels))
}

function connectionUse(
  { namespace, selector, surge }: Workload,
  { spec }: GuardPlan,
  pods: Pick<PodSource, 'byNamespace'>,
): ConnectionUse | undefined {
  const budget = scaleOf(spec.remedies)?.connections
  if (budget === undefined) return undefined
  const ending = pods.byNamespace(namespace).filter((pod) => pod.terminating && selects(selector, pod.labels))
  return { budget, surge, terminating: ending.length }
}
