// What a StatefulSet should do about its pods, which have numbers and an order, and what it says of them: pure.
import { isActive, isReady, isTerminating, type Pod, type StatefulSet } from './objects.ts'

export const REVISION_LABEL = 'controller-revision-hash'

export interface StatefulSetPlan {
  /** Numbers of the pods to create. */
  readonly create: readonly number[]
  readonly remove: readonly Pod[]
}

const NOTHING: StatefulSetPlan = { create: [], remove: [] }

/** The number in a pod's name; undefined when the name is not one of this set. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const [, base, number] = pod.metadata.name.match(/^(.+)-(\d+)$/) ?? []
  return base === set.metadata.name ? Number(number) : undefined
}

/**
 * One step. OrderedReady: pods come one by one, each after those before it are ready, and go one by one, the last first,
 * each after the one behind it is gone. Parallel: all at once. Pods of an older template (`revision` is that of the
 * newest) are replaced one by one in both, the last first.
 */
export function planStatefulSet(set: StatefulSet, pods: readonly Pod[], revision: string): StatefulSetPlan {
  const byNumber = new Map(pods.map((pod) => [ordinalOf(set, pod) ?? -1, pod]))
  const numbers = Array.from({ length: set.spec.replicas }, (_, number) => number)
  const beyond = [...byNumber]
    .filter(([number]) => number >= set.spec.replicas)
    .sort(([a], [b]) => b - a)
    .map(([, pod]) => pod)
  const plan =
    set.spec.podManagementPolicy === 'Parallel'
      ? planAtOnce(numbers, byNumber, beyond)
      : planInOrder(numbers, byNumber, beyond)
  return plan ?? planUpdate(set, numbers, byNumber, revision)
}

function planAtOnce(
  numbers: readonly number[],
  byNumber: ReadonlyMap<number, Pod>,
  beyond: readonly Pod[],
): StatefulSetPlan | undefined {
  const create = numbers.filter((number) => !byNumber.has(number))
  const remove = [...[...byNumber.values()].filter(hasEnded), ...beyond].filter((pod) => !isTerminating(pod))
  return create.length + remove.length > 0 ? { create, remove: [...new Set(remove)] } : undefined
}

/** Undefined when all is there, and ready, and nothing more. */
function planInOrder(
  numbers: readonly number[],
  byNumber: ReadonlyMap<number, Pod>,
  beyond: readonly Pod[],
): StatefulSetPlan | undefined {
  for (const number of numbers) {
    const pod = byNumber.get(number)
    if (pod === undefined) return { create: [number], remove: [] }
    if (isTerminating(pod)) return NOTHING
    // A pod that has ended is made anew under its name.
    if (hasEnded(pod)) return { create: [], remove: [pod] }
    // Not ready because it is of a template that was found wanting: the update has to be able to replace it.
    if (!isReady(pod)) return undefined
  }
  const [last] = beyond
  if (last === undefined) return undefined
  return isTerminating(last) ? NOTHING : { create: [], remove: [last] }
}

function planUpdate(
  { spec }: StatefulSet,
  numbers: readonly number[],
  byNumber: ReadonlyMap<number, Pod>,
  revision: string,
): StatefulSetPlan {
  if (spec.updateStrategy.type !== 'RollingUpdate') return NOTHING
  const partition = spec.updateStrategy.rollingUpdate?.partition ?? 0
  for (const number of [...numbers].reverse()) {
    const pod = byNumber.get(number)
    if (number < partition) return NOTHING
    if (pod === undefined || isTerminating(pod)) return NOTHING
    if (pod.metadata.labels[REVISION_LABEL] !== revision) return { create: [], remove: [pod] }
    if (!isReady(pod)) return NOTHING
  }
  return NOTHING
}

export function reportStatefulSet(set: StatefulSet, pods: readonly Pod[], revision: string): StatefulSet['status'] {
  const active = pods.filter(isActive)
  const before = set.status.currentRevision === '' ? revision : set.status.currentRevision
  const count = (of: string) => active.filter(({ metadata }) => metadata.labels[REVISION_LABEL] === of).length
  const updatedReplicas = count(revision)
  const isUpdated = updatedReplicas === active.length && active.length === set.spec.replicas
  const currentRevision = isUpdated ? revision : before
  return {
    observedGeneration: set.metadata.generation,
    replicas: active.length,
    readyReplicas: active.filter(isReady).length,
    currentReplicas: count(currentRevision),
    updatedReplicas,
    currentRevision,
    updateRevision: revision,
  }
}

function hasEnded({ status }: Pod): boolean {
  return status.phase === 'Succeeded' || status.phase === 'Failed'
}
