// Keeps the marks of pods true: a pod whose Guard no longer stands behind its mark is given back, and readiness gates follow the marks.
import type { KubeClient } from '../kube/client.ts'
import type { EventRecorder } from '../kube/events.ts'
import { isConflict, isNotFound } from '../kube/kube-errors.ts'
import { findObject } from '../kube/objects.ts'
import { setGate, unmarkPod } from '../kube/pods.ts'
import type { Reflector } from '../kube/reflector.ts'
import { GUARDS } from '../kube/resource-type.ts'
import type { RawObject } from '../kube/resources.ts'
import type { Clock } from '../model/clock.ts'
import { messageOf } from '../model/errors.ts'
import type { GuardSpec } from '../model/guard.ts'
import { selects } from '../model/label-selector.ts'
import { isolateOf } from '../model/remedies.ts'
import { validateGuardSpec } from '../model/validate.ts'
import type { Pod, Workload, WorkloadKind } from '../model/workload.ts'
import { podGivenBack } from '../record/events.ts'
import type { Logger } from '../record/log.ts'
import { createWorkqueue, type ReconcileResult } from '../runtime/workqueue.ts'

export interface PodMarksDeps {
  readonly client: KubeClient
  readonly clock: Clock
  readonly log: Logger
  readonly pods: Pick<Reflector<Pod>, 'get' | 'list' | 'byNamespace' | 'onChange'>
  readonly guards: Pick<Reflector<RawObject>, 'synced' | 'get' | 'onChange'>
  readonly workloads: Readonly<Record<WorkloadKind, { get(key: string): Workload | undefined }>>
  readonly events: Pick<EventRecorder, 'record'>
  readonly isLeading: () => boolean
}

export interface PodMarks {
  /** Looks at every pod: a new leader does. */
  all(): void
  /** Takes no more work, and resolves when the work under way has ended. */
  drain(): Promise<void>
}

/** Follows the watches from now on. */
export function startPodMarks(deps: PodMarksDeps): PodMarks {
  const { clock, log, pods, guards } = deps
  const queue = createWorkqueue({
    reconcile: (key) => reconcilePod(deps, key),
    clock,
    concurrency: 4,
    onError: ({ key, error, retryAfterMs }) =>
      log.warn({ pod: key, err: error, retryAfterMs }, `Pod ${key}: ${messageOf(error)}`),
  })
  const add = (pod: Pod) => {
    if (hasWork(pod)) queue.add(`${pod.namespace}/${pod.name}`)
  }
  pods.onChange((key, change) => {
    if (change === 'deleted') return queue.forget(key)
    const pod = pods.get(key)
    if (pod !== undefined) add(pod)
  })
  const generations = new Map<string, number>()
  guards.onChange((key) => {
    const generation = guards.get(key)?.generation
    if (generation !== undefined && generations.get(key) === generation) return
    if (generation === undefined) generations.delete(key)
    else generations.set(key, generation)
    const [namespace = '', guard = ''] = key.split('/')
    for (const pod of pods.byNamespace(namespace)) if (pod.isolatedBy === guard) add(pod)
  })
  return {
    all: () => pods.list().forEach(add),
    drain: () => queue.drain(),
  }
}

/** Most pods carry no mark and name no gate. */
function hasWork({ isolatedBy, gate, terminating }: Pod): boolean {
  return !terminating && (isolatedBy !== undefined || (gate !== undefined && gate.is !== gate.shouldBe))
}

/**
 * Gives a pod back that nobody would give back else, and opens or shuts its gate. The gate of a new pod is opened whatever
 * the Guards say: who names the gate waits for it. Throws KubeError.
 */
async function reconcilePod(deps: PodMarksDeps, key: string): Promise<ReconcileResult> {
  const { client, clock, pods, isLeading } = deps
  const pod = pods.get(key)
  if (pod === undefined || !hasWork(pod) || !isLeading()) return {}
  try {
    const why = await whyAbandoned(deps, pod)
    if (why !== undefined && pod.isolatedBy !== undefined && isLeading()) {
      await unmarkPod(client, pod, pod.isolatedBy)
      const note = podGivenBack(pod, pod.isolatedBy, why)
      deps.events.record(note)
      deps.log.info({ pod: key, guard: `${pod.namespace}/${pod.isolatedBy}` }, `${key}: ${note.note}`)
      // What that makes of its gate, the watch tells.
      return {}
    }
    if (pod.gate !== undefined && pod.gate.is !== pod.gate.shouldBe)
      await setGate(client, pod, pod.gate.shouldBe, clock.now())
    return {}
  } catch (error) {
    // Gone, or another pod by now.
    if (isNotFound(error) || isConflict(error)) return {}
    throw error
  }
}

/** Why its mark has nobody behind it; undefined while it has, and while that is not known. */
async function whyAbandoned({ client, guards, workloads }: PodMarksDeps, pod: Pod): Promise<string | undefined> {
  const { namespace, isolatedBy: name } = pod
  if (name === undefined || !guards.synced) return undefined
  const guard = guards.get(`${namespace}/${name}`)
  if (guard === undefined) {
    // Asked of the API server too: a watch may lag.
    const isThere = (await findObject(client, GUARDS, { namespace, name })) !== undefined
    return isThere ? undefined : 'the Guard was deleted'
  }
  const validation = validateGuardSpec(guard.raw.spec)
  if (!validation.ok) return 'the spec of the Guard is refused'
  return whyNotOf(validation.spec, pod, workloads)
}

function whyNotOf(
  { mode, remedies, target }: GuardSpec,
  { namespace, labels }: Pod,
  workloads: PodMarksDeps['workloads'],
): string | undefined {
  if (mode !== 'Enforce') return `the mode of the Guard is ${mode}`
  if (isolateOf(remedies) === undefined) return 'the Guard isolates no pods any more'
  const workload = workloads[target.kind].get(`${namespace}/${target.name}`)
  if (workload === undefined || selects(workload.selector, labels)) return undefined
  return `the Guard guards ${target.kind} ${target.name}, and this pod is not of it`
}
