// Creating an object: what the client may say is kept, what the server says is filled in.
import { randomBytes, randomUUID } from 'node:crypto'
import { afterUpdate, withManagers } from './apply/managers.ts'
import { checked } from './check.ts'
import { type Call, type Cluster, timestamp } from './cluster.ts'
import { crdStatus } from './crds.ts'
import { FIRST_STATUS } from './defaults.ts'
import { isObject, type JsonObject, objectAt, textAt, withValueAt } from './json.ts'
import { withoutEmpty } from './metadata.ts'
import { apiVersionOf, asStored, type Resource } from './resource.ts'
import { alreadyExists, badRequest, invalid, notFound, required } from './status.ts'
import { keyOf } from './store.ts'

/** The object as it is stored now. Throws ApiError. `managedFields` of the object are kept when it was applied. */
export function createObject(
  cluster: Cluster,
  resource: Resource,
  body: unknown,
  call: Call,
  options: { readonly isApplied?: boolean } = {},
): JsonObject {
  const sent = asStored(resource, expectKind(resource, body))
  const metadata = ownMetadata(resource, objectAt(sent, 'metadata'), call)
  const { name } = metadata
  const key = keyOf(call.namespace, name)
  if (cluster.store.get(resource.storage, key) !== undefined) throw alreadyExists(resource, name)
  if (
    call.namespace !== undefined &&
    cluster.store.get('/namespaces', keyOf(undefined, call.namespace)) === undefined
  ) {
    throw notFound({ group: '', plural: 'namespaces' }, call.namespace)
  }
  const managedFields = options.isApplied === true ? { managedFields: objectAt(sent, 'metadata').managedFields } : {}
  const object = checked(
    resource,
    {
      ...withFirstStatus(resource, sent),
      metadata: {
        ...metadata,
        uid: randomUUID(),
        creationTimestamp: timestamp(cluster.now()),
        ...(resource.hasGeneration ? { generation: 1 } : {}),
        ...managedFields,
      },
    },
    undefined,
  )
  const made = resource.plural === 'customresourcedefinitions' ? crdStatus(object, timestamp(cluster.now())) : object
  const managed = options.isApplied === true ? made : withCreator(cluster, resource, made, call)
  if (call.isDryRun) return managed
  return cluster.store.put(resource.storage, key, managed)
}

function withCreator(cluster: Cluster, resource: Resource, object: JsonObject, call: Call): JsonObject {
  const writer = {
    manager: call.manager,
    operation: 'Update',
    apiVersion: apiVersionOf(resource),
    subresource: undefined,
    time: timestamp(cluster.now()),
  } as const
  return withManagers(object, afterUpdate(undefined, object, writer, resource.listKeyOf) ?? [])
}

function withFirstStatus(resource: Resource, object: JsonObject): JsonObject {
  if (!resource.subresources.includes('status') || resource.keepsStatusOnCreate) return object
  return withValueAt(object, ['status'], FIRST_STATUS[resource.storage])
}

/** The body, when it is an object of this resource. Throws ApiError 400. */
export function expectKind(resource: Resource, body: unknown): JsonObject {
  if (!isObject(body)) throw badRequest('the body of the request is no object')
  const apiVersion = apiVersionOf(resource)
  if (body.kind !== undefined && body.kind !== resource.kind) {
    throw badRequest(
      `${String(body.kind)} in version "${resource.version}" cannot be handled as a ${resource.kind}: no kind "${String(body.kind)}" is expected at this path`,
    )
  }
  if (body.apiVersion !== undefined && body.apiVersion !== apiVersion) {
    throw badRequest(
      `the API version in the data (${String(body.apiVersion)}) does not match the expected API version (${apiVersion})`,
    )
  }
  if (body.metadata !== undefined && body.metadata !== null && !isObject(body.metadata)) {
    throw badRequest('metadata is no object')
  }
  return { ...body, apiVersion, kind: resource.kind }
}

const OF_THE_SERVER = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'managedFields',
  'selfLink',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
])

/** The metadata that a client may set, with a name. Throws ApiError. */
function ownMetadata(resource: Resource, sent: JsonObject, call: Call): JsonObject & { readonly name: string } {
  const { resourceVersion } = sent
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== '0') {
    throw badRequest('resourceVersion should not be set on objects to be created')
  }
  const metadata = withoutEmpty(Object.fromEntries(Object.entries(sent).filter(([field]) => !OF_THE_SERVER.has(field))))
  const prefix = textAt(metadata, 'generateName')
  const name = textAt(metadata, 'name') || (prefix === undefined ? '' : prefix + randomSuffix())
  if (name === '') throw invalid(resource, '', [required('metadata.name', 'name or generateName is required')])
  const namespace = textAt(metadata, 'namespace')
  if (namespace !== undefined && namespace !== '' && namespace !== (call.namespace ?? '')) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  const { namespace: _, ...rest } = metadata
  return { ...rest, name, ...(call.namespace === undefined ? {} : { namespace: call.namespace }) }
}

/** Five characters without vowels, as Kubernetes makes them. */
function randomSuffix(): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789'
  return [...randomBytes(5)].map((byte) => letters[byte % letters.length]).join('')
}
