// What the controllers share: the stores they read, the client they write with, and the shape of one.
import { type Api, isOldNews } from '../kube/api.ts'
import type { Store } from '../kube/store.ts'
import type { Deployment, Metadata, Pod, ReplicaSet, Resource, StatefulSet } from './objects.ts'
import { pathOf } from './objects.ts'

export interface Stores {
  readonly deployments: Store<Deployment>
  readonly replicaSets: Store<ReplicaSet>
  readonly statefulSets: Store<StatefulSet>
  readonly pods: Store<Pod>
}

export interface ControllerOptions {
  readonly api: Api
  readonly stores: Stores
  readonly signal: AbortSignal
  /** Hears of the first failure in a row; the controller tries on by itself. */
  readonly onProblem: (problem: Error) => void
}

export interface Controller {
  /** Resolves when no work is under way any more, after the signal has aborted. */
  idle(): Promise<void>
}

/** Writes a status. The uid refuses it when another object has taken the name. */
export async function writeStatus(
  api: Api,
  resource: Resource,
  { uid, ...metadata }: Metadata,
  status: object,
  signal: AbortSignal,
): Promise<void> {
  await api.request(
    {
      method: 'PATCH',
      path: `${pathOf(resource, metadata)}/status`,
      body: { metadata: { uid }, status },
      contentType: 'application/merge-patch+json',
    },
    signal,
  )
}

/** Changes an object that is as we know it; refused with 409 when it isn't. */
export async function patchKnown(
  api: Api,
  resource: Resource,
  { uid, resourceVersion, ...metadata }: Metadata,
  change: { readonly metadata?: object; readonly spec?: object },
  signal: AbortSignal,
): Promise<void> {
  await api.request(
    {
      method: 'PATCH',
      path: pathOf(resource, metadata),
      body: { ...change, metadata: { ...change.metadata, uid, resourceVersion } },
      contentType: 'application/merge-patch+json',
    },
    signal,
  )
}

/** Deletes this very object, not another one of its name; its dependents follow in the background. */
export async function deleteKnown(
  api: Api,
  resource: Resource,
  { uid, ...metadata }: Metadata,
  signal: AbortSignal,
  propagationPolicy: 'Background' | 'Foreground' = 'Background',
): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy, preconditions: { uid } }
  try {
    await api.request({ method: 'DELETE', path: pathOf(resource, metadata), body }, signal)
  } catch (error) {
    if (!isOldNews(error)) throw error
  }
}
