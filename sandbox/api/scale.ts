// The /scale subresource: the same small object for whatever can be scaled.
import { at, isObject, type JsonObject, objectAt, withValueAt } from './json.ts'
import { apiVersionOf, type Resource, type ScalePaths } from './resource.ts'
import { labelSelectorText } from './selectors.ts'
import { badRequest, invalid, invalidValue } from './status.ts'

/** What GET …/scale shows of an object. */
export function scaleOf(paths: ScalePaths, object: JsonObject): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = objectAt(object, 'metadata')
  const selector = paths.selector === undefined ? undefined : at(object, ...paths.selector.split('.'))
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: at(object, ...paths.specReplicas.split('.')) ?? 0 },
    status: {
      replicas: at(object, ...paths.statusReplicas.split('.')) ?? 0,
      ...(selector === undefined ? {} : { selector: labelSelectorText(selector) }),
    },
  }
}

/** The object with the replicas and the preconditions of a Scale. Throws ApiError 400 or 422. */
export function withScale(resource: Resource, paths: ScalePaths, object: JsonObject, scale: unknown): JsonObject {
  if (!isObject(scale) || (scale.kind !== undefined && scale.kind !== 'Scale')) {
    throw badRequest(`the body is no Scale of autoscaling/v1 but ${JSON.stringify(at(scale, 'kind'))}`)
  }
  const { name, namespace, uid, resourceVersion } = objectAt(scale, 'metadata')
  const replicas = at(scale, 'spec', 'replicas') ?? 0
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    throw badRequest(`Scale in version "v1" cannot be handled as a Scale: spec.replicas: ${JSON.stringify(replicas)}`)
  }
  if (replicas < 0) {
    const cause = invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, String(name ?? ''), [cause])
  }
  const current = objectAt(object, 'metadata')
  const metadata = {
    ...current,
    resourceVersion,
    ...(uid === undefined ? {} : { uid }),
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
  }
  const scaled = withValueAt(object, paths.specReplicas.split('.'), replicas)
  return { ...scaled, metadata, apiVersion: apiVersionOf(resource) }
}
