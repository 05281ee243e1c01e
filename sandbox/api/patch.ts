// PATCH: the four kinds of patches, by their content type.
import { applyConfiguration } from './apply/apply.ts'
import { type Call, type Cluster, timestamp } from './cluster.ts'
import { createObject, expectKind } from './create.ts'
import { isObject, type JsonObject, listAt, textAt, withValueAt } from './json.ts'
import { jsonPatch } from './patch/json-patch.ts'
import { builtInListKey } from './patch/list-keys.ts'
import { mergePatch } from './patch/merge-patch.ts'
import { strategicMerge } from './patch/strategic-merge.ts'
import { apiVersionOf, type Resource } from './resource.ts'
import { scaleOf, withScale } from './scale.ts'
import { badRequest, invalid, notFound, required, unsupportedMediaType } from './status.ts'
import { keyOf } from './store.ts'
import { updateObject } from './update.ts'

export interface Patch {
  readonly contentType: string
  readonly body: unknown
  readonly force: boolean
  /** Whether the client named its field manager: an apply must. */
  readonly isManagerNamed: boolean
}

const APPLY = 'application/apply-patch+yaml'
const STRATEGIC = 'application/strategic-merge-patch+json'
const PATCHES: Readonly<Record<string, (target: JsonObject, patch: unknown, resource: Resource) => unknown>> = {
  'application/json-patch+json': jsonPatch,
  'application/merge-patch+json': mergePatch,
  [STRATEGIC]: (target, patch, { listKeyOf }) => strategicMerge(target, patch, listKeyOf),
}

/** The object as it is stored after the patch, and whether the patch created it. Throws ApiError. */
export function patchObject(
  cluster: Cluster,
  resource: Resource,
  name: string,
  subresource: 'status' | undefined,
  call: Call,
  patch: Patch,
): { readonly object: JsonObject; readonly isNew: boolean } {
  if (patch.contentType === APPLY) return apply(cluster, resource, name, subresource, call, patch)
  const change = changeOf(resource, patch)
  return { object: updateObject(cluster, resource, name, call, change, { subresource }), isNew: false }
}

/** Patches the Scale of an object; returns the object as stored. Throws ApiError. */
export function patchScale(cluster: Cluster, resource: Resource, name: string, call: Call, patch: Patch): JsonObject {
  const paths = resource.scale
  if (paths === undefined) throw notFound(resource, name)
  const change = changeOf({ ...resource, listKeyOf: builtInListKey }, patch)
  return updateObject(
    cluster,
    resource,
    name,
    call,
    (current) => withScale(resource, paths, current, change(scaleOf(paths, current))),
    { subresource: 'scale' },
  )
}

function changeOf(resource: Resource, { contentType, body }: Patch): (current: JsonObject) => unknown {
  const isCustom = resource.schema !== undefined
  const supported = [...Object.keys(PATCHES), APPLY].filter((type) => !isCustom || type !== STRATEGIC)
  const patch = supported.includes(contentType) ? PATCHES[contentType] : undefined
  if (patch === undefined) throw unsupportedMediaType(contentType, supported)
  if (contentType !== 'application/json-patch+json' && !isObject(body)) throw badRequest('the patch is no object')
  return (current) => patch(current, body, resource)
}

function apply(
  cluster: Cluster,
  resource: Resource,
  name: string,
  subresource: 'status' | undefined,
  call: Call,
  { body, force, isManagerNamed }: Patch,
): { readonly object: JsonObject; readonly isNew: boolean } {
  const options = { group: 'meta.k8s.io', kind: 'PatchOptions' }
  if (!isManagerNamed) throw invalid(options, '', [required('fieldManager', 'is required for apply patch')])
  if (textAt(body, 'apiVersion') === undefined || textAt(body, 'kind') === undefined) {
    throw badRequest('apiVersion and kind must be set in what is applied')
  }
  if (listAt(body, 'metadata', 'managedFields').length > 0) throw badRequest('metadata.managedFields must be nil')
  const configuration = covered(resource, expectKind(resource, body), subresource)
  const writer = {
    manager: call.manager,
    operation: 'Apply',
    apiVersion: apiVersionOf(resource),
    subresource,
    time: timestamp(cluster.now()),
  } as const
  const applyTo = (live: JsonObject) => applyConfiguration(live, configuration, writer, force, resource.listKeyOf)
  if (cluster.store.get(resource.storage, keyOf(call.namespace, name)) === undefined) {
    if (subresource !== undefined) throw notFound(resource, name)
    const first = applyTo({ apiVersion: configuration.apiVersion, kind: configuration.kind, metadata: { name } })
    return { object: createObject(cluster, resource, first, call, { isApplied: true }), isNew: true }
  }
  const object = updateObject(cluster, resource, name, call, applyTo, { subresource, isApplied: true })
  return { object, isNew: false }
}

/** The part of the configuration that the path covers. */
function covered(resource: Resource, configuration: JsonObject, subresource: 'status' | undefined): JsonObject {
  if (subresource === undefined) {
    return resource.subresources.includes('status') ? withValueAt(configuration, ['status'], undefined) : configuration
  }
  const { apiVersion, kind, metadata, status } = configuration
  const { name, namespace, uid, resourceVersion } = isObject(metadata) ? metadata : {}
  const identity = Object.fromEntries(
    Object.entries({ name, namespace, uid, resourceVersion }).filter(([, value]) => value !== undefined),
  )
  return { apiVersion, kind, metadata: identity, ...(status === undefined ? {} : { status }) }
}
