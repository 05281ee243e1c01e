// Changing an object: whoever writes, only what their path covers is taken over, and never over somebody else's write.
import { afterUpdate, withManagers } from './apply/managers.ts'
import { checked } from './check.ts'
import { type Call, type Cluster, timestamp } from './cluster.ts'
import { crdNames } from './crds.ts'
import { expectKind } from './create.ts'
import { isSame, type JsonObject, listAt, objectAt, textAt, withValueAt } from './json.ts'
import { checkPreconditions, withServerMetadata } from './metadata.ts'
import { apiVersionOf, asShown, asStored, type Resource } from './resource.ts'
import { notFound } from './status.ts'
import { keyOf } from './store.ts'

export interface UpdateOptions {
  readonly subresource?: 'status' | 'scale' | undefined
  /** The object's managedFields are those of an apply and are kept. */
  readonly isApplied?: boolean
  /** A PUT names the version that it replaces, where the kind asks for that. */
  readonly isReplacement?: boolean
}

/**
 * Replaces an object by what `change` makes of it, and returns it as stored. `change` gets the object as clients see it.
 * Throws ApiError: 404, 409 for another uid or a version that is not the current one, 422.
 */
export function updateObject(
  cluster: Cluster,
  resource: Resource,
  name: string,
  call: Call,
  change: (current: JsonObject) => unknown,
  options: UpdateOptions = {},
): JsonObject {
  const key = keyOf(call.namespace, name)
  const before = cluster.store.get(resource.storage, key)
  if (before === undefined) throw notFound(resource, name)
  const wanted = asStored(resource, expectKind(resource, change(asShown(resource, before))))
  checkPreconditions(resource, name, before, wanted, options.isReplacement === true)
  const merged = withServerMetadata(
    before,
    taken(resource, before, wanted, options.subresource),
    options.isApplied === true,
  )
  const complete = checked(resource, merged, before)
  const after = withGeneration(resource, before, crdNames(resource, complete))
  const managed = options.isApplied === true ? after : withWriter(cluster, resource, before, after, call, options)
  if (isUnchanged(before, managed)) return before
  if (call.isDryRun) return managed
  if (isReadyToGo(managed)) {
    cluster.store.remove(resource.storage, key)
    return managed
  }
  return cluster.store.put(resource.storage, key, managed)
}

/** What the path covers, from the new object; the rest from the old one. */
function taken(
  resource: Resource,
  before: JsonObject,
  wanted: JsonObject,
  subresource: UpdateOptions['subresource'],
): JsonObject {
  if (subresource === 'status') {
    const metadata = { ...objectAt(before, 'metadata'), managedFields: objectAt(wanted, 'metadata').managedFields }
    return { ...withValueAt(before, ['status'], wanted.status), metadata, apiVersion: wanted.apiVersion }
  }
  return resource.subresources.includes('status') ? withValueAt(wanted, ['status'], before.status) : wanted
}

function withGeneration(resource: Resource, before: JsonObject, after: JsonObject): JsonObject {
  if (!resource.hasGeneration || isSame(desired(resource, before), desired(resource, after))) return after
  const generation = Number(objectAt(before, 'metadata').generation ?? 0) + 1
  return withValueAt(after, ['metadata', 'generation'], generation)
}

/** What counts as the desired state: without a status subresource a status is like any other field. */
function desired(resource: Resource, { apiVersion: _, kind: __, metadata: ___, ...rest }: JsonObject): JsonObject {
  const { status, ...spec } = rest
  return resource.subresources.includes('status') ? spec : rest
}

function withWriter(
  cluster: Cluster,
  resource: Resource,
  before: JsonObject,
  after: JsonObject,
  call: Call,
  { subresource }: UpdateOptions,
): JsonObject {
  const writer = {
    manager: call.manager,
    operation: 'Update',
    apiVersion: apiVersionOf(resource),
    subresource,
    time: timestamp(cluster.now()),
  } as const
  const managers = afterUpdate(before, after, writer, resource.listKeyOf)
  return managers === undefined ? after : withManagers(after, managers)
}

function isUnchanged(before: JsonObject, after: JsonObject): boolean {
  const { resourceVersion: _, ...one } = objectAt(before, 'metadata')
  const { resourceVersion: __, ...other } = objectAt(after, 'metadata')
  return isSame({ ...before, metadata: one, apiVersion: '' }, { ...after, metadata: other, apiVersion: '' })
}

/** Its deletion was asked for, and nothing holds it any more. */
export function isReadyToGo(object: JsonObject): boolean {
  if (textAt(object, 'metadata', 'deletionTimestamp') === undefined) return false
  const grace = objectAt(object, 'metadata').deletionGracePeriodSeconds
  return listAt(object, 'metadata', 'finalizers').length === 0 && (grace === undefined || grace === 0)
}
