// The workload controllers: Deployments, ReplicaSets, StatefulSets and what deleted ones leave behind, over the Kubernetes API only.
import type { Api } from '../kube/api.ts'
import { createStore } from '../kube/store.ts'
import { startDeployments } from './deployment.ts'
import { startGarbage } from './garbage.ts'
import { listPathOf, parseDeployment, parsePod, parseReplicaSet, parseStatefulSet } from './objects.ts'
import { startReplicaSets } from './replica-set.ts'
import { startStatefulSets } from './stateful-set.ts'

export interface WorkloadsOptions {
  /** The caller closes it, after `stop`. */
  readonly api: Api
  /** Hears of what went wrong; the controllers go on by themselves. Default: one line on stderr. */
  readonly onProblem?: (problem: Error) => void
}

export interface Workloads {
  /** Resolves when nothing is under way any more. Pods and all objects stay as they are. */
  stop(): Promise<void>
}

/**
 * Resolves when everything there is has been listed. Throws when the API server refuses or doesn't answer; later outages
 * are survived. Only one may run per API server.
 */
export async function startWorkloads({ api, onProblem = warn }: WorkloadsOptions): Promise<Workloads> {
  await api.request({ method: 'GET', path: `${listPathOf('deployments')}?limit=1` })
  const stopping = new AbortController()
  const { signal } = stopping
  const options = { signal, onProblem }
  const source = <T>(resource: Parameters<typeof listPathOf>[0], read: (object: unknown) => T) => ({
    path: listPathOf(resource),
    read,
  })
  const stores = {
    deployments: createStore(api, source('deployments', parseDeployment), options),
    replicaSets: createStore(api, source('replicasets', parseReplicaSet), options),
    statefulSets: createStore(api, source('statefulsets', parseStatefulSet), options),
    pods: createStore(api, source('pods', parsePod), options),
  }
  await Promise.all(Object.values(stores).map(({ synced }) => synced))
  const { deployments, replicaSets: replicasets, statefulSets: statefulsets, pods } = stores
  const controllers = [
    startReplicaSets({ api, stores, ...options }),
    startDeployments({ api, stores, ...options }),
    startStatefulSets({ api, stores, ...options }),
    startGarbage({ api, stores: { deployments, replicasets, statefulsets, pods }, ...options }),
  ]
  return {
    async stop() {
      stopping.abort()
      await Promise.all([...Object.values(stores).map(({ ended }) => ended), ...controllers.map((one) => one.idle())])
    },
  }
}

function warn(problem: Error): void {
  console.warn(`workloads: ${problem.message}${problem.cause instanceof Error ? `: ${problem.cause.message}` : ''}`)
}
