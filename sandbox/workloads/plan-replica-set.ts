// What a ReplicaSet should do about its pods, and what it should say of them: pure.
import { isActive, isReady, type Pod, type ReplicaSet, readySince } from './objects.ts'
import { hasLabels } from './selector.ts'

export interface ReplicaSetPlan {
  /** How many pods to create. */
  readonly create: number
  readonly remove: readonly Pod[]
}

/** `pods` are those that it owns; finished and terminating ones count for nothing. */
export function planReplicaSet(wanted: number, pods: readonly Pod[]): ReplicaSetPlan {
  const active = pods.filter(isActive)
  if (active.length <= wanted) return { create: wanted - active.length, remove: [] }
  return { create: 0, remove: active.sort(dispensableFirst).slice(0, active.length - wanted) }
}

/**
 * The order in which pods are given up, as Kubernetes has it: not bound to a node, not running, not ready, ready for the
 * shortest time, restarted most often, youngest.
 */
function dispensableFirst(a: Pod, b: Pod): number {
  return (
    Number(a.spec.nodeName !== '') - Number(b.spec.nodeName !== '') ||
    phaseRank(a) - phaseRank(b) ||
    Number(isReady(a)) - Number(isReady(b)) ||
    (readySince(b) ?? 0) - (readySince(a) ?? 0) ||
    restarts(b) - restarts(a) ||
    Date.parse(b.metadata.creationTimestamp) - Date.parse(a.metadata.creationTimestamp) ||
    0
  )
}

function phaseRank({ status }: Pod): number {
  return status.phase === 'Pending' ? 0 : status.phase === 'Running' ? 2 : 1
}

function restarts({ status }: Pod): number {
  return Math.max(0, ...status.containerStatuses.map(({ restartCount }) => restartCount))
}

export interface ReplicaSetReport {
  readonly status: ReplicaSet['status']
  /** When the next pod turns available because it has been ready long enough; undefined: none is waiting for that. */
  readonly againInMs: number | undefined
}

/** `now` in ms since the epoch. */
export function reportReplicaSet(replicaSet: ReplicaSet, pods: readonly Pod[], now: number): ReplicaSetReport {
  const { spec, metadata } = replicaSet
  const active = pods.filter(isActive)
  const ages = active.map(readySince).filter((since) => since !== undefined)
  const minReadyMs = spec.minReadySeconds * 1_000
  const waits = ages.map((since) => since + minReadyMs - now).filter((wait) => minReadyMs > 0 && wait > 0)
  return {
    status: {
      observedGeneration: metadata.generation,
      replicas: active.length,
      fullyLabeledReplicas: active.filter((pod) => hasLabels(pod.metadata.labels, spec.template.metadata.labels))
        .length,
      readyReplicas: ages.length,
      availableReplicas: ages.length - waits.length,
    },
    againInMs: waits.length === 0 ? undefined : Math.min(...waits),
  }
}
