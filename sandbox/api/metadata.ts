// Metadata: what belongs to the server stays the server's, and a write says which object it means.
import { type JsonObject, objectAt } from './json.ts'
import type { Resource } from './resource.ts'
import { badRequest, type Cause, conflict, invalid, invalidValue, staleVersion } from './status.ts'

const VERSION_NEEDED: Cause = {
  reason: 'FieldValueInvalid',
  field: 'metadata.resourceVersion',
  message: 'Invalid value: 0x0: must be specified for an update',
}

/**
 * The write is about the object that is stored, as it is stored now. Throws ApiError: 400 for another name, 409 for a PUT
 * of another uid or anybody's stale version, 422 for a patch of what can't be changed.
 */
export function checkPreconditions(
  resource: Resource,
  name: string,
  before: JsonObject,
  wanted: JsonObject,
  isReplacement: boolean,
): void {
  const metadata = objectAt(wanted, 'metadata')
  const current = objectAt(before, 'metadata')
  if (metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(`the name of the object (${String(metadata.name)}) does not match the name on the URL (${name})`)
  }
  const namespace = metadata.namespace ?? ''
  if (namespace !== '' && namespace !== (current.namespace ?? '')) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  const isOther = (metadata.uid ?? '') !== '' && metadata.uid !== current.uid
  if (isOther && isReplacement) {
    const why = `Precondition failed: UID in precondition: ${String(metadata.uid)}, UID in object meta: ${String(current.uid)}`
    throw conflict(resource, name, why)
  }
  const version = metadata.resourceVersion ?? ''
  if (version === '' || version === '0') {
    if (isReplacement && resource.needsVersionOnUpdate) throw invalid(resource, name, [VERSION_NEEDED])
  } else if (version !== current.resourceVersion) throw staleVersion(resource, name)
  if (isOther) throw invalid(resource, name, [invalidValue('metadata.uid', metadata.uid, 'field is immutable')])
  const deletion = metadata.deletionTimestamp ?? undefined
  if (deletion !== undefined && current.deletionTimestamp === undefined) {
    throw invalid(resource, name, [invalidValue('metadata.deletionTimestamp', deletion, 'field is immutable')])
  }
}

const SERVER_METADATA = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'generation',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generateName',
] as const

/** The object with the metadata that the server owns from `before`; managedFields too, unless they were made by an apply. */
export function withServerMetadata(before: JsonObject, object: JsonObject, isApplied: boolean): JsonObject {
  const { selfLink: _, resourceVersion: __, managedFields, ...sent } = objectAt(object, 'metadata')
  const metadata: Record<string, unknown> = { ...withoutEmpty(sent) }
  const current = objectAt(before, 'metadata')
  for (const field of SERVER_METADATA) {
    if (current[field] === undefined) delete metadata[field]
    else metadata[field] = current[field]
  }
  metadata.managedFields = isApplied ? managedFields : current.managedFields
  return { ...object, metadata }
}

const LEFT_OUT_WHEN_EMPTY = new Set(['labels', 'annotations', 'finalizers', 'ownerReferences'])

/** Without labels, annotations and the like that say nothing. */
export function withoutEmpty(metadata: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(metadata).filter(
      ([name, value]) => !(LEFT_OUT_WHEN_EMPTY.has(name) && Object.keys(value ?? {}).length === 0),
    ),
  )
}
