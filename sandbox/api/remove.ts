// Deleting an object: at once, or when its grace period and its finalizers are through.
import { type Call, type Cluster, timestamp } from './cluster.ts'
import { at, type JsonObject, listAt, numberAt, objectAt, textAt } from './json.ts'
import type { Resource } from './resource.ts'
import { badRequest, conflict, notFound } from './status.ts'
import { keyOf } from './store.ts'
import { isReadyToGo } from './update.ts'

export interface DeleteOptions {
  readonly uid: string | undefined
  readonly resourceVersion: string | undefined
  readonly gracePeriodSeconds: number | undefined
  readonly propagationPolicy: string | undefined
}

/** From the body (DeleteOptions) and the query; the body goes first. Throws ApiError 400. */
export function parseDeleteOptions(body: unknown, query: URLSearchParams): DeleteOptions {
  const said = at(body, 'gracePeriodSeconds') ?? query.get('gracePeriodSeconds')
  const grace = said === undefined || said === null || said === '' ? undefined : Number(said)
  if (grace !== undefined && (!Number.isInteger(grace) || grace < 0)) {
    throw badRequest(`gracePeriodSeconds: ${String(said)} is no whole number of seconds`)
  }
  return {
    uid: textAt(body, 'preconditions', 'uid'),
    resourceVersion: textAt(body, 'preconditions', 'resourceVersion'),
    gracePeriodSeconds: grace,
    propagationPolicy: textAt(body, 'propagationPolicy') ?? query.get('propagationPolicy') ?? undefined,
  }
}

export interface Removal {
  readonly object: JsonObject
  /** False while it waits for its grace period or for finalizers. */
  readonly isGone: boolean
}

/** Deletes the object or marks it as being deleted. Throws ApiError: 404, 409 when a precondition fails. */
export function removeObject(
  cluster: Cluster,
  resource: Resource,
  name: string,
  call: Call,
  options: DeleteOptions,
): Removal {
  const key = keyOf(call.namespace, name)
  const before = cluster.store.get(resource.storage, key)
  if (before === undefined) throw notFound(resource, name)
  checkPreconditions(resource, name, before, options)
  const marked = marking(cluster, resource, before, options)
  if (call.isDryRun) return { object: marked, isGone: isReadyToGo(marked) }
  if (isReadyToGo(marked)) {
    if (resource.storage === '/namespaces') emptyNamespace(cluster, name)
    return { object: cluster.store.remove(resource.storage, key) ?? marked, isGone: true }
  }
  return { object: marked === before ? before : cluster.store.put(resource.storage, key, marked), isGone: false }
}

function checkPreconditions(resource: Resource, name: string, before: JsonObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = objectAt(before, 'metadata')
  if (options.uid !== undefined && options.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${String(uid)}`
    throw conflict(resource, name, why)
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${String(resourceVersion)}`
    throw conflict(resource, name, why)
  }
}

/** The object with its deletion asked for; the same object when that changes nothing. */
function marking(cluster: Cluster, resource: Resource, before: JsonObject, options: DeleteOptions): JsonObject {
  const metadata = objectAt(before, 'metadata')
  const asked = textAt(metadata, 'deletionTimestamp')
  const grace = graceOf(resource, before, options)
  const running = numberAt(metadata, 'deletionGracePeriodSeconds')
  // A second deletion can only shorten the wait.
  if (asked !== undefined && (running === undefined || running <= grace)) return before
  const finalizers = [...listAt(metadata, 'finalizers'), ...policyFinalizers(options)]
  return {
    ...before,
    metadata: {
      ...metadata,
      deletionTimestamp: timestamp(cluster.now() + grace * 1000),
      deletionGracePeriodSeconds: grace,
      ...(finalizers.length === 0 ? {} : { finalizers: [...new Set(finalizers)] }),
      ...(typeof metadata.generation === 'number' && asked === undefined
        ? { generation: metadata.generation + 1 }
        : {}),
    },
  }
}

/** Only a pod that runs on a node has to be waited for. */
function graceOf(resource: Resource, object: JsonObject, { gracePeriodSeconds }: DeleteOptions): number {
  if (resource.storage !== '/pods') return 0
  const phase = textAt(object, 'status', 'phase')
  if ((textAt(object, 'spec', 'nodeName') ?? '') === '' || phase === 'Succeeded' || phase === 'Failed') return 0
  return gracePeriodSeconds ?? numberAt(object, 'spec', 'terminationGracePeriodSeconds') ?? 30
}

/** What the garbage collector removes when it has done its part. */
function policyFinalizers({ propagationPolicy }: DeleteOptions): readonly string[] {
  switch (propagationPolicy) {
    case 'Foreground':
      return ['foregroundDeletion']
    case 'Orphan':
      return ['orphan']
    default:
      return []
  }
}

function emptyNamespace({ store, registry }: Cluster, namespace: string): void {
  const storages = new Set(
    registry
      .all()
      .filter(({ namespaced }) => namespaced)
      .map(({ storage }) => storage),
  )
  for (const storage of storages) for (const [key] of store.list(storage, `${namespace}/`)) store.remove(storage, key)
}
