// Reading and writing single objects of any kind, as raw JSON: what the typed models of client-node would drop is kept.
import { FIELD_MANAGER } from '../model/names.ts'
import type { KubeClient } from './client.ts'
import { isObject, type JsonObject, listAt, textAt } from './json.ts'
import { isNotFound, missingField } from './kube-errors.ts'
import { apiVersionOf, describeObject, pathOf, type ResourceType } from './resource-type.ts'

/** One object, or a part of it that has its own path. */
export interface ObjectAddress {
  /** Absent for objects that have none. */
  readonly namespace?: string | undefined
  readonly name: string
  readonly subresource?: string
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}

/** Reads one object. Throws KubeError. */
export async function getObject(
  client: KubeClient,
  type: ResourceType,
  address: ObjectAddress,
  options: CallOptions = {},
): Promise<JsonObject> {
  const answer = await client.request({ method: 'GET', ...target(type, address), ...options })
  return expectObject(client, 'GET', type, address, answer)
}

/** Reads one object; undefined when it does not exist. Throws KubeError for every other failure. */
export async function findObject(
  client: KubeClient,
  type: ResourceType,
  address: ObjectAddress,
  options: CallOptions = {},
): Promise<JsonObject | undefined> {
  try {
    return await getObject(client, type, address, options)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Creates an object, filling in apiVersion and kind. Throws KubeError (409 AlreadyExists). */
export async function createObject(
  client: KubeClient,
  type: ResourceType,
  object: JsonObject,
  options: CallOptions = {},
): Promise<JsonObject> {
  const namespace = textAt(object, 'metadata', 'namespace')
  const name = textAt(object, 'metadata', 'name') ?? textAt(object, 'metadata', 'generateName') ?? '?'
  const answer = await client.request({
    method: 'POST',
    path: pathOf(type, { namespace }),
    object: describeObject(type, { namespace, name }),
    query: { fieldManager: FIELD_MANAGER },
    body: { ...object, apiVersion: apiVersionOf(type), kind: type.kind },
    ...options,
  })
  return expectObject(client, 'POST', type, { namespace, name }, answer)
}

/** Replaces an object; its metadata.resourceVersion is the precondition. Throws KubeError (409 when it is stale). */
export async function replaceObject(
  client: KubeClient,
  type: ResourceType,
  address: ObjectAddress,
  object: JsonObject,
  options: CallOptions = {},
): Promise<JsonObject> {
  const body = { ...object, apiVersion: apiVersionOf(type), kind: type.kind }
  const query = { fieldManager: FIELD_MANAGER }
  const answer = await client.request({ method: 'PUT', ...target(type, address), query, body, ...options })
  return expectObject(client, 'PUT', type, address, answer)
}

/**
 * Merges `patch` into an object (RFC 7386: null removes a field, lists are replaced whole). With a resourceVersion the
 * patch is refused with 409 when the object has changed since.
 */
export async function mergePatch(
  client: KubeClient,
  type: ResourceType,
  address: ObjectAddress,
  patch: JsonObject,
  options: CallOptions & { readonly resourceVersion?: string | undefined } = {},
): Promise<JsonObject> {
  const { resourceVersion, ...call } = options
  const metadata = isObject(patch.metadata) ? patch.metadata : {}
  const answer = await client.request({
    method: 'PATCH',
    ...target(type, address),
    contentType: 'application/merge-patch+json',
    query: { fieldManager: FIELD_MANAGER },
    body: resourceVersion === undefined ? patch : { ...patch, metadata: { ...metadata, resourceVersion } },
    ...call,
  })
  return expectObject(client, 'PATCH', type, address, answer)
}

/**
 * Deletes an object; false when it was not there. With a resourceVersion it is refused with 409 when the object has changed
 * since, with a uid when it is another one of the same name. Throws KubeError.
 */
export async function deleteObject(
  client: KubeClient,
  type: ResourceType,
  address: ObjectAddress,
  options: CallOptions & {
    readonly gracePeriodSeconds?: number
    readonly resourceVersion?: string
    readonly uid?: string
  } = {},
): Promise<boolean> {
  const { gracePeriodSeconds, resourceVersion, uid, ...call } = options
  const preconditions = { ...(resourceVersion && { resourceVersion }), ...(uid && { uid }) }
  const body =
    resourceVersion === undefined && uid === undefined
      ? {}
      : { body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions } }
  try {
    await client.request({
      method: 'DELETE',
      ...target(type, address),
      query: { gracePeriodSeconds },
      ...body,
      ...call,
    })
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

/** One page after the other of a collection, each with the resourceVersion that a watch may start from. Throws KubeError. */
export async function* listPages(
  client: KubeClient,
  type: ResourceType,
  scope: ListScope,
  options: CallOptions & { readonly pageSize?: number } = {},
): AsyncGenerator<{ readonly items: readonly unknown[]; readonly resourceVersion: string }> {
  const { pageSize = 500, ...call } = options
  const where = { namespace: scope.namespace }
  const object = describeObject(type, where)
  let next: string | undefined
  do {
    const answer = await client.request({
      method: 'GET',
      path: pathOf(type, where),
      object,
      query: {
        labelSelector: scope.labelSelector,
        fieldSelector: scope.fieldSelector,
        limit: pageSize,
        continue: next,
      },
      ...call,
    })
    const resourceVersion = textAt(answer, 'metadata', 'resourceVersion')
    if (resourceVersion === undefined) {
      throw missingField({ verb: 'GET', object, server: client.server }, 'metadata.resourceVersion')
    }
    yield { items: listAt(answer, 'items'), resourceVersion }
    next = textAt(answer, 'metadata', 'continue')
  } while (next !== undefined && next !== '')
}

/** Which objects of a kind: all namespaces when no namespace is given. */
export interface ListScope {
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
}

/** All objects of a collection, raw. Throws KubeError. */
export async function listObjects(
  client: KubeClient,
  type: ResourceType,
  scope: ListScope = {},
  options: CallOptions = {},
): Promise<readonly unknown[]> {
  const all: unknown[] = []
  for await (const page of listPages(client, type, scope, options)) all.push(...page.items)
  return all
}

/** Whether the API server offers this kind, such as one whose CRD may be absent. Throws KubeError. */
export async function isServed(client: KubeClient, type: ResourceType, options: CallOptions = {}): Promise<boolean> {
  try {
    const answer = await client.request({
      method: 'GET',
      path: type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`,
      object: `API ${apiVersionOf(type)}`,
      ...options,
    })
    return listAt(answer, 'resources').some((resource) => textAt(resource, 'name') === type.plural)
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

function target(type: ResourceType, address: ObjectAddress): { path: string; object: string } {
  return { path: pathOf(type, address), object: describeObject(type, address) }
}

function expectObject(
  client: KubeClient,
  verb: string,
  type: ResourceType,
  address: ObjectAddress,
  answer: unknown,
): JsonObject {
  if (isObject(answer)) return answer
  throw missingField({ verb, object: describeObject(type, address), server: client.server }, 'kind')
}
