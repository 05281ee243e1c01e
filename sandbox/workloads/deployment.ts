// The Deployment controller: one ReplicaSet per pod template, and the way from one to the next.
import { isDeepStrictEqual } from 'node:util'
import { keyOf } from '../kube/store.ts'
import { type Controller, type ControllerOptions, deleteKnown, patchKnown, writeStatus } from './controller.ts'
import { createKeyQueue } from './key-queue.ts'
import { hashOf } from './names.ts'
import { createPathOf, type Deployment, isTerminating, type ReplicaSet } from './objects.ts'
import { controllerOf, controllerReference, planClaims, writeClaims } from './ownership.ts'
import { planRollout, type ReplicaSetView, type RolloutGoal, resolveLimits } from './plan-rollout.ts'
import { reportDeployment } from './report-deployment.ts'
import { forgettable, REVISION, type Revisions, revisionOf, revisionsOf, TEMPLATE_HASH } from './revisions.ts'
import { matches } from './selector.ts'

const KIND = { kind: 'Deployment', resource: 'deployments' } as const

export function startDeployments({ api, stores, signal, onProblem }: ControllerOptions): Controller {
  const { deployments, replicaSets, pods } = stores
  const queue = createKeyQueue({
    work: reconcile,
    onFailure: (key, cause) => onProblem(new Error(`Deployment ${key} is not as it should be; trying on`, { cause })),
    signal,
  })

  deployments.onChange((now, before) => {
    const either = now ?? before
    if (either !== undefined) queue.add(keyOf(either))
  })
  replicaSets.onChange((now, before) => {
    for (const one of [now, before]) if (one !== undefined) addOwnersOf(one)
  })
  // A Recreate waits for the last pod of the old template to be gone.
  pods.onChange((now, before) => {
    const owner = now === undefined && before !== undefined ? controllerOf(before) : undefined
    const replicaSet = owner === undefined ? undefined : replicaSets.get(`${before?.metadata.namespace}/${owner.name}`)
    if (replicaSet !== undefined) addOwnersOf(replicaSet)
  })
  for (const one of deployments.all()) queue.add(keyOf(one))

  function addOwnersOf({ metadata: { namespace, labels, ownerReferences } }: ReplicaSet): void {
    const owner = ownerReferences.find(({ controller }) => controller === true)
    if (owner?.kind === KIND.kind) queue.add(`${namespace}/${owner.name}`)
    if (owner !== undefined) return
    for (const one of deployments.all()) {
      if (one.metadata.namespace === namespace && matches(one.spec.selector, labels)) queue.add(keyOf(one))
    }
  }

  async function reconcile(key: string): Promise<number | undefined> {
    const deployment = deployments.get(key)
    if (deployment === undefined) return undefined
    const claims = planClaims(deployment, deployment.spec.selector, replicaSets.all())
    await writeClaims(api, KIND, deployment, 'replicasets', claims, signal)
    if (claims.toAdopt.length > 0) return undefined
    const revisions = revisionsOf(deployment, claims.owned)
    const goal = goalOf(deployment)
    if (!isTerminating(deployment)) await act(deployment, revisions, goal)
    const { current, old } = revisions
    const maxUnavailable = goal.strategy.type === 'Recreate' ? 0 : goal.strategy.maxUnavailable
    const { status, againInMs } = reportDeployment({ deployment, current, old, maxUnavailable, now: Date.now() })
    if (!isDeepStrictEqual(status, deployment.status)) {
      await writeStatus(api, KIND.resource, deployment.metadata, status, signal)
    }
    return againInMs
  }

  async function act(deployment: Deployment, revisions: Revisions, goal: RolloutGoal): Promise<void> {
    const { current, old } = revisions
    const hasOldPods = old.some(({ metadata }) =>
      pods.all().some((pod) => controllerOf(pod)?.uid === metadata.uid && !isFinished(pod.status.phase)),
    )
    const plan = planRollout(goal, { current: current && viewOf(current), old: old.map(viewOf), hasOldPods })
    if (plan.create !== undefined) await createReplicaSet(deployment, plan.create, revisions.revision)
    await setRevision(deployment, revisions)
    for (const { name, replicas } of plan.scale) {
      const one = [...old, ...(current === undefined ? [] : [current])].find(({ metadata }) => metadata.name === name)
      if (one !== undefined) await patchKnown(api, 'replicasets', one.metadata, { spec: { replicas } }, signal)
    }
    const isSettled = plan.create === undefined && plan.scale.length === 0
    if (!isSettled) return
    for (const one of forgettable(deployment, old)) await deleteKnown(api, 'replicasets', one.metadata, signal)
  }

  async function createReplicaSet({ metadata, spec }: Deployment, replicas: number, revision: number): Promise<void> {
    const hash = hashOf(spec.template)
    const withHash = (labels: object) => ({ ...labels, [TEMPLATE_HASH]: hash })
    const { template, selector, minReadySeconds } = spec
    const body = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        namespace: metadata.namespace,
        // The same template has the same name: created twice, it is refused (409).
        name: `${metadata.name}-${hash}`,
        labels: withHash(template.metadata.labels),
        annotations: { [REVISION]: String(revision) },
        ownerReferences: [controllerReference(KIND.kind, metadata)],
      },
      spec: {
        replicas,
        minReadySeconds,
        selector: { ...selector, matchLabels: withHash(selector.matchLabels) },
        template: { ...template, metadata: { ...template.metadata, labels: withHash(template.metadata.labels) } },
      },
    }
    await api.request({ method: 'POST', path: createPathOf('replicasets', metadata.namespace), body }, signal)
  }

  /** A template that comes back takes a new number; the Deployment carries that of its current one. */
  async function setRevision(deployment: Deployment, { current, revision }: Revisions): Promise<void> {
    const annotations = { [REVISION]: String(revision) }
    if (current !== undefined && revisionOf(current) !== revision) {
      await patchKnown(api, 'replicasets', current.metadata, { metadata: { annotations } }, signal)
    }
    if (current !== undefined && deployment.metadata.annotations[REVISION] !== String(revision)) {
      await patchKnown(api, 'deployments', deployment.metadata, { metadata: { annotations } }, signal)
    }
  }

  return queue
}

function goalOf({ spec }: Deployment): RolloutGoal {
  const { replicas, paused: isPaused, strategy } = spec
  if (strategy.type === 'Recreate') return { replicas, isPaused, strategy: { type: 'Recreate' } }
  const { maxSurge = '25%', maxUnavailable = '25%' } = strategy.rollingUpdate ?? {}
  const limits = resolveLimits(replicas, maxSurge, maxUnavailable)
  return { replicas, isPaused, strategy: { type: 'RollingUpdate', ...limits } }
}

function viewOf({ metadata, spec, status }: ReplicaSet): ReplicaSetView {
  return {
    name: metadata.name,
    wanted: spec.replicas,
    existing: status.replicas,
    available: status.availableReplicas,
  }
}

function isFinished(phase: string): boolean {
  return phase === 'Succeeded' || phase === 'Failed'
}
