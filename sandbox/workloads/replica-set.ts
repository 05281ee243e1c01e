// The ReplicaSet controller: as many pods as are wanted, no matter what becomes of them.
import { isDeepStrictEqual } from 'node:util'
import { ApiError } from '../kube/api.ts'
import { untilDone } from '../kube/retry.ts'
import { keyOf } from '../kube/store.ts'
import { type Controller, type ControllerOptions, deleteKnown, writeStatus } from './controller.ts'
import { createExpectations } from './expectations.ts'
import { createKeyQueue } from './key-queue.ts'
import { randomName } from './names.ts'
import { createPathOf, isTerminating, type Pod, type ReplicaSet } from './objects.ts'
import { controllerOf, controllerReference, planClaims, writeClaims } from './ownership.ts'
import { planReplicaSet, reportReplicaSet } from './plan-replica-set.ts'
import { matches } from './selector.ts'

const KIND = { kind: 'ReplicaSet', resource: 'replicasets' } as const

export function startReplicaSets({ api, stores, signal, onProblem }: ControllerOptions): Controller {
  const { replicaSets, pods } = stores
  const expectations = createExpectations()
  const queue = createKeyQueue({
    work: reconcile,
    onFailure: (key, cause) => onProblem(new Error(`ReplicaSet ${key} is not as it should be; trying on`, { cause })),
    signal,
  })

  replicaSets.onChange((now, before) => {
    const either = now ?? before
    if (either !== undefined) queue.add(keyOf(either))
  })
  pods.onChange((now, before) => {
    if (now !== undefined) expectations.saw(creationOf(keyOf(now)))
    if (before !== undefined && (now === undefined || isTerminating(now))) expectations.saw(deletionOf(before))
    for (const pod of [now, before]) if (pod !== undefined) addOwnersOf(pod)
  })
  for (const one of replicaSets.all()) queue.add(keyOf(one))

  /** Its controller; without one, those that may want to adopt it. */
  function addOwnersOf(pod: Pod): void {
    const { namespace, labels } = pod.metadata
    const owner = controllerOf(pod)
    if (owner?.kind === KIND.kind) queue.add(`${namespace}/${owner.name}`)
    if (owner !== undefined) return
    for (const one of replicaSets.all()) {
      if (one.metadata.namespace === namespace && matches(one.spec.selector, labels)) queue.add(keyOf(one))
    }
  }

  async function reconcile(key: string): Promise<number | undefined> {
    const replicaSet = replicaSets.get(key)
    if (replicaSet === undefined) return undefined
    const claims = planClaims(replicaSet, replicaSet.spec.selector, pods.all())
    await writeClaims(api, KIND, replicaSet, 'pods', claims, signal)
    // What was adopted comes back through the watch, and must be counted before anything is created.
    if (claims.toAdopt.length > 0) return undefined
    const waitMs = expectations.waitMs(key)
    if (waitMs === undefined && !isTerminating(replicaSet)) await act(replicaSet, claims.owned)
    const { status, againInMs } = reportReplicaSet(replicaSet, claims.owned, Date.now())
    if (!isDeepStrictEqual(status, replicaSet.status)) {
      await writeStatus(api, KIND.resource, replicaSet.metadata, status, signal)
    }
    const again = [waitMs, againInMs].filter((ms) => ms !== undefined)
    return again.length === 0 ? undefined : Math.min(...again)
  }

  async function act(replicaSet: ReplicaSet, owned: readonly Pod[]): Promise<void> {
    const plan = planReplicaSet(replicaSet.spec.replicas, owned)
    const all = [
      ...Array.from({ length: plan.create }, () => create(replicaSet)),
      ...plan.remove.map((pod) => remove(replicaSet, pod)),
    ]
    const results = await Promise.allSettled(all)
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  async function create({ metadata, spec }: ReplicaSet): Promise<void> {
    const { namespace } = metadata
    const name = randomName(metadata.name)
    const { labels, annotations } = spec.template.metadata
    const ownerReferences = [controllerReference(KIND.kind, metadata)]
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name, labels, annotations, ownerReferences },
      spec: spec.template.spec,
    }
    const what = creationOf(`${namespace}/${name}`)
    expectations.expect(keyOf({ metadata }), what)
    let isUncertain = false
    try {
      await untilDone(
        () => api.request({ method: 'POST', path: createPathOf('pods', namespace), body }, signal),
        signal,
        (cause) => {
          isUncertain = true
          onProblem(new Error(`could not create pod ${namespace}/${name} yet; trying on`, { cause }))
        },
      )
    } catch (error) {
      // A request without an answer may have been carried out all the same: the name then is taken by our own pod.
      if (isUncertain && error instanceof ApiError && error.status === 409) return
      expectations.saw(what)
      throw error
    }
  }

  async function remove(replicaSet: ReplicaSet, pod: Pod): Promise<void> {
    const what = deletionOf(pod)
    expectations.expect(keyOf(replicaSet), what)
    try {
      await deleteKnown(api, 'pods', pod.metadata, signal)
    } catch (error) {
      expectations.saw(what)
      throw error
    }
  }

  return queue
}

const creationOf = (key: string) => `creation of ${key}`
const deletionOf = ({ metadata }: Pod) => `deletion of ${metadata.uid}`
