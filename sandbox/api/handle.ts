// From a request to an answer: which handler does what, without a word about HTTP connections.
import { formOf } from './accept.ts'
import { bindPod } from './binding.ts'
import type { Call, Cluster } from './cluster.ts'
import { createObject } from './create.ts'
import { coreVersions, groupList, groupOf, resourceList, VERSION } from './discovery.ts'
import { type JsonObject, listAt, objectAt, textAt } from './json.ts'
import { listObjects } from './list.ts'
import { OPEN_API, OPEN_API_PROTOBUF, OPEN_API_PROTOBUF_TYPE, wantsProtobuf } from './open-api.ts'
import { type Patch, patchObject, patchScale } from './patch.ts'
import { presenter } from './present.ts'
import { parseDeleteOptions, removeObject } from './remove.ts'
import { asShown, type Resource } from './resource.ts'
import type { ObjectRoute, Route } from './route.ts'
import { scaleOf, withScale } from './scale.ts'
import { ApiError, invalid, methodNotAllowed, noSuchPath, notFound, unsupportedValue } from './status.ts'
import { keyOf } from './store.ts'
import { updateObject } from './update.ts'
import { type Sink, startWatch } from './watch.ts'

export interface ApiRequest {
  readonly method: string
  readonly route: Route
  readonly query: URLSearchParams
  readonly accept: string | undefined
  readonly userAgent: string
  readonly contentType: string
  /** Parsed; undefined when there is none. */
  readonly body: unknown
}

export type Answer =
  | { readonly kind: 'object'; readonly code: number; readonly body: JsonObject }
  | { readonly kind: 'bytes'; readonly type: string; readonly bytes: string | Buffer }
  | { readonly kind: 'watch'; start(sink: Sink): () => void }

/** Throws ApiError, or whatever a fault of ours throws. */
export function handle(cluster: Cluster, request: ApiRequest): Answer {
  const { route, method } = request
  if (route.kind === 'objects') return handleObjects(cluster, request, route)
  if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed()
  const resources = cluster.registry.all()
  switch (route.kind) {
    case 'health':
      return { kind: 'bytes', type: 'text/plain', bytes: 'ok' }
    case 'version':
      return ok(VERSION)
    case 'core-versions':
      return ok(coreVersions())
    case 'groups':
      return ok(groupList(resources))
    case 'open-api':
      if (!wantsProtobuf(request.accept)) return ok(OPEN_API)
      return { kind: 'bytes', type: OPEN_API_PROTOBUF_TYPE, bytes: OPEN_API_PROTOBUF }
    case 'group':
      return ok(groupOf(resources, route.group))
    case 'resources':
      return ok(resourceList(resources, route.group, route.version))
  }
}

function ok(body: JsonObject | undefined, code = 200): Answer {
  if (body === undefined) throw noSuchPath()
  return { kind: 'object', code, body }
}

function handleObjects(cluster: Cluster, request: ApiRequest, route: ObjectRoute): Answer {
  const { group, version, plural, namespace, name, subresource } = route
  const resource = cluster.registry.find(group, version, plural)
  if (resource === undefined || (namespace !== undefined && !resource.namespaced)) throw noSuchPath()
  if (name !== undefined && resource.namespaced && namespace === undefined) throw noSuchPath()
  const call: Call = {
    namespace,
    manager: request.query.get('fieldManager') || request.userAgent.split('/')[0] || 'unknown',
    isDryRun: isDryRun(request),
  }
  const context: Context = { cluster, request, resource, call }
  if (name === undefined) return handleCollection(context)
  if (subresource === undefined) return handleObject(context, name)
  if (!resource.subresources.some((one) => one === subresource)) throw noSuchPath()
  return handleSubresource(context, name, subresource)
}

interface Context {
  readonly cluster: Cluster
  readonly request: ApiRequest
  readonly resource: Resource
  readonly call: Call
}

function present({ cluster, request, resource }: Context) {
  const form = formOf(request.accept)
  return presenter(resource, { form, includeObject: request.query.get('includeObject') ?? undefined, now: cluster.now })
}

function handleCollection(context: Context): Answer {
  const { cluster, request, resource, call } = context
  const { method, query } = request
  switch (method) {
    case 'GET': {
      const { object, list } = present(context)
      const watch = query.get('watch')
      if (watch === 'true' || watch === '1') {
        const plan = { resource, namespace: call.namespace, query, show: object }
        return { kind: 'watch', start: (sink) => startWatch(cluster, plan, sink) }
      }
      return ok(list(listObjects(cluster, resource, call.namespace, query)))
    }
    case 'POST': {
      const namespace = resource.namespaced ? call.namespace : undefined
      if (resource.namespaced && namespace === undefined) throw methodNotAllowed()
      return ok(asShown(resource, createObject(cluster, resource, request.body, call)), 201)
    }
    case 'DELETE': {
      if (resource.namespaced && call.namespace === undefined) throw methodNotAllowed()
      const options = parseDeleteOptions(request.body, query)
      const selected = listObjects(cluster, resource, call.namespace, query)
      const items = selected.items.map(
        (object) => removeObject(cluster, resource, textAt(object, 'metadata', 'name') ?? '', call, options).object,
      )
      return ok(present(context).list({ ...selected, items: items.map((object) => asShown(resource, object)) }))
    }
    default:
      throw methodNotAllowed()
  }
}

function handleObject(context: Context, name: string): Answer {
  const { cluster, request, resource, call } = context
  switch (request.method) {
    case 'GET':
      return ok(present(context).object(read(context, name)))
    case 'PUT': {
      const stored = updateObject(cluster, resource, name, call, () => request.body, { isReplacement: true })
      return ok(asShown(resource, stored))
    }
    case 'PATCH': {
      const { object, isNew } = patchObject(cluster, resource, name, undefined, call, patchOf(request))
      return ok(asShown(resource, object), isNew ? 201 : 200)
    }
    case 'DELETE': {
      const options = parseDeleteOptions(request.body, request.query)
      const { object, isGone } = removeObject(cluster, resource, name, call, options)
      return ok(isGone && resource.storage !== '/pods' ? deleted(resource, object) : asShown(resource, object))
    }
    default:
      throw methodNotAllowed()
  }
}

function handleSubresource(context: Context, name: string, subresource: string): Answer {
  const { cluster, request, resource, call } = context
  const { method, body } = request
  switch (subresource) {
    case 'status':
      if (method === 'GET') return ok(read(context, name))
      if (method === 'PUT') {
        const options = { subresource, isReplacement: true } as const
        return ok(
          asShown(
            resource,
            updateObject(cluster, resource, name, call, () => body, options),
          ),
        )
      }
      if (method === 'PATCH') {
        return ok(asShown(resource, patchObject(cluster, resource, name, 'status', call, patchOf(request)).object))
      }
      throw methodNotAllowed()
    case 'scale': {
      const paths = resource.scale
      if (paths === undefined) throw noSuchPath()
      if (method === 'GET') return ok(scaleOf(paths, read(context, name)))
      if (method === 'PUT') {
        const change = (current: JsonObject) => withScale(resource, paths, current, body)
        return ok(scaleOf(paths, updateObject(cluster, resource, name, call, change, { subresource })))
      }
      if (method === 'PATCH') return ok(scaleOf(paths, patchScale(cluster, resource, name, call, patchOf(request))))
      throw methodNotAllowed()
    }
    case 'binding':
      if (method !== 'POST') throw methodNotAllowed()
      return ok(bindPod(cluster, resource, name, call, body), 201)
    default:
      // Of what a pod prints, this server knows nothing; where there is no pod, that is said instead.
      read(context, name)
      throw new ApiError(
        404,
        'NotFound',
        `the log of ${resource.kind.toLowerCase()} "${name}" is not kept by this API server`,
      )
  }
}

function read({ cluster, resource, call }: Context, name: string): JsonObject {
  const stored = cluster.store.get(resource.storage, keyOf(call.namespace, name))
  if (stored === undefined) throw notFound(resource, name)
  return asShown(resource, stored)
}

function patchOf({ contentType, body, query }: ApiRequest): Patch {
  return { contentType, body, force: query.get('force') === 'true', isManagerNamed: Boolean(query.get('fieldManager')) }
}

/** Asked for in the query, or in the options that are the body of a deletion. */
function isDryRun({ method, query, body }: ApiRequest): boolean {
  const inBody = method === 'DELETE' ? listAt(body, 'dryRun') : []
  const wishes = [...query.getAll('dryRun').filter((wish) => wish !== ''), ...inBody]
  const wrong = wishes.find((wish) => wish !== 'All')
  if (wrong !== undefined) {
    throw invalid({ group: 'meta.k8s.io', kind: 'Options' }, '', [unsupportedValue('dryRun', wrong, ['All'])])
  }
  return wishes.length > 0
}

function deleted(resource: Resource, object: JsonObject): JsonObject {
  const { name, uid } = objectAt(object, 'metadata')
  const { group, plural } = resource
  const details = { name, ...(group === '' ? {} : { group }), kind: plural, uid }
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
}
