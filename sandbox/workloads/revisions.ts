// Which ReplicaSet is a Deployment's current one, in which order the others came, and which may be forgotten: pure.
import { isDeepStrictEqual } from 'node:util'
import { type Deployment, isTerminating, type ReplicaSet, type Template } from './objects.ts'

export const TEMPLATE_HASH = 'pod-template-hash'
export const REVISION = 'deployment.kubernetes.io/revision'

export interface Revisions {
  readonly current: ReplicaSet | undefined
  /** Oldest first. */
  readonly old: readonly ReplicaSet[]
  /** That the current one must carry: higher than that of any other. */
  readonly revision: number
}

/** `owned` are the ReplicaSets of the Deployment. */
export function revisionsOf(deployment: Deployment, owned: readonly ReplicaSet[]): Revisions {
  const sorted = [...owned].sort(
    (a, b) =>
      revisionOf(a) - revisionOf(b) ||
      Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp),
  )
  const current = sorted.find(({ spec }) => isSameTemplate(spec.template, deployment.spec.template))
  const old = sorted.filter((one) => one !== current)
  const highestOld = Math.max(0, ...old.map(revisionOf))
  const mine = current === undefined ? 0 : revisionOf(current)
  return { current, old, revision: mine > highestOld ? mine : highestOld + 1 }
}

/** Old ones without pods, beyond the limit, oldest first. */
export function forgettable({ spec }: Deployment, old: readonly ReplicaSet[]): readonly ReplicaSet[] {
  const empty = old.filter((one) => one.spec.replicas === 0 && one.status.replicas === 0 && !isTerminating(one))
  return empty.slice(0, Math.max(0, empty.length - spec.revisionHistoryLimit))
}

export function revisionOf({ metadata }: ReplicaSet): number {
  return Number(metadata.annotations[REVISION] ?? 0) || 0
}

/** The hash label is the only difference that there may be. */
function isSameTemplate(ofReplicaSet: Template, wanted: Template): boolean {
  return isDeepStrictEqual(withoutHash(ofReplicaSet), withoutHash(wanted))
}

function withoutHash(template: Template): Template {
  const { [TEMPLATE_HASH]: _, ...labels } = template.metadata.labels
  return { ...template, metadata: { ...template.metadata, labels } }
}
