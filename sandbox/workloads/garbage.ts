// The garbage collector: what an owner leaves behind is deleted with it, or let go, as its deletion asked for.
import { isDeepStrictEqual } from 'node:util'
import { type Api, ApiError } from '../kube/api.ts'
import { keyOf, type Store } from '../kube/store.ts'
import { type Controller, deleteKnown, patchKnown } from './controller.ts'
import { createKeyQueue } from './key-queue.ts'
import { type AnyObject, isTerminating, type Metadata, type Owner, parseAny, type Resource } from './objects.ts'
import { createOwnerPaths } from './owner-paths.ts'
import { FOREGROUND, type OwnerState, planGarbage } from './plan-garbage.ts'

export interface GarbageOptions {
  readonly api: Api
  /** Whose objects are owners and dependents. Owners of other kinds are asked for when it matters. */
  readonly stores: Readonly<Partial<Record<Resource, Store<AnyObject>>>>
  readonly signal: AbortSignal
  readonly onProblem: (problem: Error) => void
}

export function startGarbage({ api, stores, signal, onProblem }: GarbageOptions): Controller {
  const all = Object.entries(stores) as [Resource, Store<AnyObject>][]
  const ownerPaths = createOwnerPaths(api, signal)
  const queue = createKeyQueue({
    work: reconcile,
    onFailure: (key, cause) =>
      onProblem(new Error(`garbage collection at ${key} is not done yet; trying on`, { cause })),
    signal,
  })
  const queueKeyOf = (resource: Resource, object: AnyObject) => `${resource} ${keyOf(object)}`

  for (const [resource, store] of all) {
    store.onChange((now, before) => {
      if (now !== undefined && isDue(now, before)) queue.add(queueKeyOf(resource, now))
      // Owners wait for their last dependent, dependents for the end of their owner.
      if (now === undefined && before !== undefined) addOwnersOf(before)
      if (before !== undefined && (now === undefined || isTerminating(now))) addDependentsOf(before)
    })
    for (const one of store.all()) queue.add(queueKeyOf(resource, one))
  }

  function addOwnersOf({ metadata }: AnyObject): void {
    const uids = new Set(metadata.ownerReferences.map(({ uid }) => uid))
    for (const [resource, store] of all) {
      for (const one of store.all()) if (uids.has(one.metadata.uid)) queue.add(queueKeyOf(resource, one))
    }
  }

  function addDependentsOf({ metadata }: AnyObject): void {
    for (const [resource, one] of dependentsOf(metadata.uid)) queue.add(queueKeyOf(resource, one))
  }

  function dependentsOf(uid: string): [Resource, AnyObject][] {
    return all.flatMap(([resource, store]) =>
      store
        .all()
        .filter(({ metadata }) => metadata.ownerReferences.some((owner) => owner.uid === uid))
        .map((one): [Resource, AnyObject] => [resource, one]),
    )
  }

  async function reconcile(key: string): Promise<undefined> {
    const [resource, name] = key.split(' ') as [Resource, string]
    const object = stores[resource]?.get(name)
    if (object === undefined) return
    const { metadata } = object
    const states = new Map<string, OwnerState>()
    for (const owner of metadata.ownerReferences) states.set(owner.uid, await stateOf(owner, metadata))
    const dependents = dependentsOf(metadata.uid)
    const act = planGarbage(
      object,
      ({ uid }) => states.get(uid) ?? 'there',
      dependents.map(([, one]) => one),
    )
    switch (act.kind) {
      case 'delete':
        return deleteKnown(api, resource, metadata, signal, act.propagationPolicy).then(() => undefined)
      case 'keepOwners':
        await patchKnown(api, resource, metadata, { metadata: { ownerReferences: act.owners } }, signal)
        return
      case 'removeFinalizer': {
        const finalizers = metadata.finalizers.filter((one) => one !== act.finalizer)
        await patchKnown(api, resource, metadata, { metadata: { finalizers } }, signal)
        return
      }
      case 'orphanDependents':
        for (const [kind, one] of dependents) {
          const ownerReferences = one.metadata.ownerReferences.filter(({ uid }) => uid !== metadata.uid)
          await patchKnown(api, kind, one.metadata, { metadata: { ownerReferences } }, signal)
        }
        return
      case 'none':
    }
  }

  /** Whoever can't be found in our stores is asked for: nothing is deleted because a watch lags behind. */
  async function stateOf(owner: Owner, { namespace }: Metadata): Promise<OwnerState> {
    const known = all.map(([, store]) => store.get(`${namespace}/${owner.name}`))
    const found = known.find((one) => one?.metadata.uid === owner.uid)
    if (found !== undefined) return stateOfFound(found)
    const path = await ownerPaths.find(owner, namespace)
    // A kind that isn't served says nothing about its objects.
    if (path === undefined) return 'there'
    try {
      const fresh = parseAny(await api.request({ method: 'GET', path }, signal))
      return fresh.metadata.uid === owner.uid ? stateOfFound(fresh) : 'gone'
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return 'gone'
      throw error
    }
  }

  return queue
}

/** Most changes have nothing to do with owners. */
function isDue(now: AnyObject, before: AnyObject | undefined): boolean {
  return (
    before === undefined ||
    isTerminating(now) ||
    !isDeepStrictEqual(now.metadata.ownerReferences, before.metadata.ownerReferences)
  )
}

function stateOfFound(owner: AnyObject): OwnerState {
  return isTerminating(owner) && owner.metadata.finalizers.includes(FOREGROUND) ? 'waiting' : 'there'
}
