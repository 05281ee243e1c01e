// What Guards see of the FailoverGroups of their namespace: the same objects while nothing that matters to them has changed.
import type { StoredFailoverGroup } from '../kube/failover-group.ts'
import { viewOfGroup } from '../kube/failover-view.ts'
import type { FailoverView } from '../model/failover-view.ts'

export interface GroupSource {
  byNamespace(namespace: string): readonly StoredFailoverGroup[]
  onChange(handler: (key: string) => void): () => void
}

export interface GroupViews {
  of(namespace: string): readonly FailoverView[]
}

export const NO_GROUPS: readonly FailoverView[] = []

/** A group's status is written every few seconds with numbers that no Guard looks at. */
export function createGroupViews(groups: GroupSource): GroupViews {
  const known = new Map<string, { readonly views: readonly FailoverView[]; readonly gist: string }>()
  const stale = new Set<string>()
  groups.onChange((key) => stale.add(key.slice(0, key.indexOf('/'))))
  return {
    of(namespace) {
      const before = known.get(namespace)
      if (before !== undefined && !stale.has(namespace)) return before.views
      stale.delete(namespace)
      const views = groups.byNamespace(namespace).map(viewOfGroup)
      const gist = JSON.stringify(views)
      if (before?.gist === gist) return before.views
      known.set(namespace, { views, gist })
      return views
    },
  }
}
