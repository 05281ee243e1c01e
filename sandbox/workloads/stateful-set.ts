// The StatefulSet controller: pods with numbers, that come and go in order. Volumes are not made: a process has the folder it has.
import { isDeepStrictEqual } from 'node:util'
import { keyOf } from '../kube/store.ts'
import { type Controller, type ControllerOptions, deleteKnown, writeStatus } from './controller.ts'
import { createKeyQueue } from './key-queue.ts'
import { hashOf } from './names.ts'
import { createPathOf, isTerminating, type Pod, type StatefulSet } from './objects.ts'
import { controllerOf, controllerReference, planClaims, writeClaims } from './ownership.ts'
import { ordinalOf, planStatefulSet, REVISION_LABEL, reportStatefulSet } from './plan-stateful-set.ts'
import { matches } from './selector.ts'

const KIND = { kind: 'StatefulSet', resource: 'statefulsets' } as const
const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name'

export function startStatefulSets({ api, stores, signal, onProblem }: ControllerOptions): Controller {
  const { statefulSets, pods } = stores
  const queue = createKeyQueue({
    work: reconcile,
    onFailure: (key, cause) => onProblem(new Error(`StatefulSet ${key} is not as it should be; trying on`, { cause })),
    signal,
  })

  statefulSets.onChange((now, before) => {
    const either = now ?? before
    if (either !== undefined) queue.add(keyOf(either))
  })
  pods.onChange((now, before) => {
    for (const pod of [now, before]) if (pod !== undefined) addOwnersOf(pod)
  })
  for (const one of statefulSets.all()) queue.add(keyOf(one))

  function addOwnersOf(pod: Pod): void {
    const { namespace, labels } = pod.metadata
    const owner = controllerOf(pod)
    if (owner?.kind === KIND.kind) queue.add(`${namespace}/${owner.name}`)
    if (owner !== undefined) return
    for (const one of statefulSets.all()) {
      if (one.metadata.namespace === namespace && matches(one.spec.selector, labels)) queue.add(keyOf(one))
    }
  }

  /** No expectations as of ReplicaSets: names are fixed, so that what is done twice is refused (409) or already done. */
  async function reconcile(key: string): Promise<undefined> {
    const set = statefulSets.get(key)
    if (set === undefined) return
    const named = pods.all().filter((pod) => ordinalOf(set, pod) !== undefined)
    const claims = planClaims(set, set.spec.selector, named)
    await writeClaims(api, KIND, set, 'pods', claims, signal)
    if (claims.toAdopt.length > 0) return
    const revision = `${set.metadata.name}-${hashOf(set.spec.template)}`
    const plan = isTerminating(set) ? undefined : planStatefulSet(set, claims.owned, revision)
    for (const number of plan?.create ?? []) await create(set, number, revision)
    for (const pod of plan?.remove ?? []) await deleteKnown(api, 'pods', pod.metadata, signal)
    const status = reportStatefulSet(set, claims.owned, revision)
    if (!isDeepStrictEqual(status, set.status)) await writeStatus(api, KIND.resource, set.metadata, status, signal)
  }

  async function create({ metadata, spec }: StatefulSet, number: number, revision: string): Promise<void> {
    const { namespace } = metadata
    const name = `${metadata.name}-${number}`
    const { labels, annotations } = spec.template.metadata
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        namespace,
        name,
        labels: { ...labels, [REVISION_LABEL]: revision, [POD_NAME_LABEL]: name },
        annotations,
        ownerReferences: [controllerReference(KIND.kind, metadata)],
      },
      spec: { ...spec.template.spec, hostname: name, subdomain: spec.serviceName },
    }
    await api.request({ method: 'POST', path: createPathOf('pods', namespace), body }, signal)
  }

  return queue
}
