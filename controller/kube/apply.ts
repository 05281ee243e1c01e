// Writes of objects that Evenkeel owns: server-side apply, status merge patches, and create-if-absent.
import { FIELD_MANAGER } from '../model/names.ts'
import type { KubeClient } from './client.ts'
import { isObject, type JsonObject, textAt } from './json.ts'
import { isConflict, missingField } from './kube-errors.ts'
import { type CallOptions, createObject, getObject, mergePatch, type ObjectAddress } from './objects.ts'
import { apiVersionOf, describeObject, type NamespacedName, pathOf, type ResourceType } from './resource-type.ts'

export interface ApplyOptions extends CallOptions {
  /** Such as "status". */
  readonly subresource?: string
  /** Takes fields over from other managers: only for objects and subresources that are ours alone. Default false. */
  readonly force?: boolean
}

/**
 * Server-side apply: our fields become exactly those of `object`, and fields of others stay. Creates the object when it
 * is absent, but not through a subresource (404). Throws KubeError; 409 names the other manager of a field.
 */
export async function applyObject(
  client: KubeClient,
  type: ResourceType,
  object: JsonObject,
  options: ApplyOptions = {},
): Promise<JsonObject> {
  const { subresource, force = false, ...call } = options
  const name = textAt(object, 'metadata', 'name')
  const namespace = textAt(object, 'metadata', 'namespace')
  const asked = { verb: 'PATCH', object: describeObject(type, { namespace, name: name ?? '?' }), server: client.server }
  if (name === undefined) throw missingField(asked, 'metadata.name')
  const address = { namespace, name, ...(subresource === undefined ? {} : { subresource }) }
  const answer = await client.request({
    method: 'PATCH',
    path: pathOf(type, address),
    object: describeObject(type, address),
    contentType: 'application/apply-patch+yaml',
    query: { fieldManager: FIELD_MANAGER, force },
    body: { ...object, apiVersion: apiVersionOf(type), kind: type.kind },
    ...call,
  })
  if (!isObject(answer)) throw missingField(asked, 'kind')
  return answer
}

/** Applies the whole status of an object of ours. Throws KubeError; 404 when the object is gone. */
export async function applyStatus(
  client: KubeClient,
  type: ResourceType,
  ref: NamespacedName,
  status: JsonObject,
  options: CallOptions = {},
): Promise<JsonObject> {
  const object = { metadata: { namespace: ref.namespace, name: ref.name }, status }
  return applyObject(client, type, object, { ...options, subresource: 'status', force: true })
}

/**
 * Merges `status` into an object's status: null removes a field, lists are replaced whole. With a resourceVersion it is
 * refused (409) when the object has changed since: two leaders can't both carry out one step.
 */
export async function patchStatus(
  client: KubeClient,
  type: ResourceType,
  ref: NamespacedName,
  status: JsonObject,
  options: CallOptions & { readonly resourceVersion?: string | undefined } = {},
): Promise<JsonObject> {
  return mergePatch(client, type, { ...ref, subresource: 'status' }, { status }, options)
}

/** Creates the object unless it exists, and returns the one that is there now. Throws KubeError. */
export async function createIfAbsent(
  client: KubeClient,
  type: ResourceType,
  object: JsonObject,
  options: CallOptions = {},
): Promise<{ readonly created: boolean; readonly object: JsonObject }> {
  try {
    return { created: true, object: await createObject(client, type, object, options) }
  } catch (error) {
    if (!isConflict(error)) throw error
    const address: ObjectAddress = {
      namespace: textAt(object, 'metadata', 'namespace'),
      name: textAt(object, 'metadata', 'name') ?? '',
    }
    return { created: false, object: await getObject(client, type, address, options) }
  }
}
