// What the server does about CustomResourceDefinitions: their status, and serving what they declare.
import { at, isObject, type JsonObject, listAt, textAt } from './json.ts'
import type { Registry } from './registry.ts'
import type { Resource } from './resource.ts'
import { resourcesOfCrd } from './schema/crd-resources.ts'
import { ApiError, invalid, invalidValue } from './status.ts'
import type { Store } from './store.ts'

const CRD_STORAGE = 'apiextensions.k8s.io/customresourcedefinitions'
const CRD_KIND = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' }

/** The CRD as established. Throws ApiError 422 when its schema can't be used. */
export function crdStatus(crd: JsonObject, time: string): JsonObject {
  const complete = withNames(crd)
  checkUsable(complete)
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    lastTransitionTime: time,
    reason,
    message,
  })
  const storedVersions = listAt(complete, 'spec', 'versions')
    .filter((version) => at(version, 'storage') === true)
    .map((version) => at(version, 'name'))
  const conditions = [
    condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
    condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
  ]
  return { ...complete, status: { conditions, acceptedNames: at(complete, 'spec', 'names'), storedVersions } }
}

/** A changed CRD with its names filled in; any other object as it is. Throws ApiError 422 as crdStatus does. */
export function crdNames(resource: Resource, object: JsonObject): JsonObject {
  if (resource.storage !== CRD_STORAGE) return object
  const complete = withNames(object)
  checkUsable(complete)
  return complete
}

function withNames(crd: JsonObject): JsonObject {
  const names = at(crd, 'spec', 'names')
  if (!isObject(crd.spec) || !isObject(names)) return crd
  const kind = textAt(names, 'kind') ?? ''
  const full = { singular: kind.toLowerCase(), listKind: `${kind}List`, ...names }
  return { ...crd, spec: { conversion: { strategy: 'None' }, ...crd.spec, names: full } }
}

function checkUsable(crd: JsonObject): void {
  try {
    resourcesOfCrd(crd)
  } catch (error) {
    if (error instanceof ApiError) throw error
    const said = error instanceof Error ? error.message : String(error)
    throw invalid(CRD_KIND, textAt(crd, 'metadata', 'name') ?? '', [invalidValue('spec.versions', '', said)])
  }
}

/** Serves every CRD that is stored, from now on and as it changes; a deleted one takes its objects along. */
export function followCrds(store: Store, registry: Registry): void {
  store.watch(CRD_STORAGE, store.version, {
    onChange({ type, object }) {
      if (type !== 'DELETED') return registry.serve(object)
      for (const storage of registry.retire(textAt(object, 'metadata', 'name') ?? '')) store.drop(storage)
    },
    onGone() {},
  })
}
