// Who controls what: claiming objects that a selector matches, and letting go those that it matches no more.
import type { Api } from '../kube/api.ts'
import {
  type AnyObject,
  isTerminating,
  type Metadata,
  type Owner,
  parseAny,
  pathOf,
  type Resource,
  type Selector,
} from './objects.ts'
import { matches } from './selector.ts'

/** The one owner that manages the object. */
export function controllerOf({ metadata }: AnyObject): Owner | undefined {
  return metadata.ownerReferences.find(({ controller }) => controller === true)
}

/** The reference that makes `owner` the controller of what carries it. */
export function controllerReference(kind: string, { name, uid }: Pick<Metadata, 'name' | 'uid'>): Owner {
  return { apiVersion: 'apps/v1', kind, name, uid, controller: true, blockOwnerDeletion: true }
}

export interface Claims<T> {
  readonly owned: readonly T[]
  readonly toAdopt: readonly T[]
  readonly toRelease: readonly T[]
}

/** Pure. `objects` may be of any namespace; a terminating owner adopts nothing, and nothing that terminates is adopted. */
export function planClaims<T extends AnyObject>(
  owner: AnyObject,
  selector: Selector,
  objects: readonly T[],
): Claims<T> {
  const near = objects.filter(({ metadata }) => metadata.namespace === owner.metadata.namespace)
  const isOurs = (object: T) => controllerOf(object)?.uid === owner.metadata.uid
  const isMatched = ({ metadata }: T) => matches(selector, metadata.labels)
  return {
    owned: near.filter((object) => isOurs(object) && isMatched(object)),
    toRelease: near.filter((object) => isOurs(object) && !isMatched(object) && !isTerminating(object)),
    toAdopt: near.filter(
      (object) =>
        !isTerminating(owner) && controllerOf(object) === undefined && isMatched(object) && !isTerminating(object),
    ),
  }
}

export interface OwnerKind {
  readonly kind: string
  readonly resource: Resource
}

/**
 * Writes what `planClaims` found. Each write names the version it stands on: the API server refuses it (409) when the
 * object has changed meanwhile, and the caller tries again on what is there then.
 */
export async function writeClaims<T extends AnyObject>(
  api: Api,
  { kind, resource }: OwnerKind,
  owner: AnyObject,
  dependents: Resource,
  { toAdopt, toRelease }: Claims<T>,
  signal: AbortSignal,
): Promise<void> {
  const setOwners = ({ metadata }: T, ownerReferences: readonly Owner[]) =>
    api.request(
      {
        method: 'PATCH',
        path: pathOf(dependents, metadata),
        body: { metadata: { uid: metadata.uid, resourceVersion: metadata.resourceVersion, ownerReferences } },
        contentType: 'application/merge-patch+json',
      },
      signal,
    )
  for (const one of toRelease) {
    await setOwners(
      one,
      one.metadata.ownerReferences.filter(({ uid }) => uid !== owner.metadata.uid),
    )
  }
  if (toAdopt.length === 0) return
  // The watch of the owner may lag behind that of its dependents: one that is being deleted must not take back what it let go.
  const fresh = parseAny(await api.request({ method: 'GET', path: pathOf(resource, owner.metadata) }, signal))
  if (fresh.metadata.uid !== owner.metadata.uid || isTerminating(fresh)) return
  for (const one of toAdopt) {
    await setOwners(one, [...one.metadata.ownerReferences, controllerReference(kind, owner.metadata)])
  }
}
