// The reflector's memory: projected objects by key ("namespace/name") and by namespace.

/** What happened to a key. */
export type Change = 'added' | 'updated' | 'deleted'

export interface ObjectStore<T> {
  get(key: string): T | undefined
  list(): readonly T[]
  byNamespace(namespace: string): readonly T[]
  /** The version held under a key. */
  versionOf(key: string): string | undefined
  keys(): Iterable<string>
  readonly size: number
  /** Returns what changed for those who look: undefined when this version is already held. */
  set(key: string, namespace: string, object: T, resourceVersion: string): Change | undefined
  delete(key: string): Change | undefined
}

interface Entry<T> {
  readonly namespace: string
  readonly object: T
  readonly resourceVersion: string
}

/** The key of an object: "shop/checkout", or only the name when it has no namespace. */
export function keyOf(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`
}

export function createStore<T>(): ObjectStore<T> {
  const entries = new Map<string, Entry<T>>()
  const namespaces = new Map<string, Map<string, T>>()

  return {
    get: (key) => entries.get(key)?.object,
    list: () => Array.from(entries.values(), (entry) => entry.object),
    byNamespace: (namespace) => [...(namespaces.get(namespace)?.values() ?? [])],
    versionOf: (key) => entries.get(key)?.resourceVersion,
    keys: () => entries.keys(),
    get size() {
      return entries.size
    },
    set(key, namespace, object, resourceVersion) {
      const before = entries.get(key)
      if (before?.resourceVersion === resourceVersion && resourceVersion !== '') return undefined
      entries.set(key, { namespace, object, resourceVersion })
      const inNamespace = namespaces.get(namespace) ?? new Map<string, T>()
      namespaces.set(namespace, inNamespace.set(key, object))
      return before === undefined ? 'added' : 'updated'
    },
    delete(key) {
      const before = entries.get(key)
      if (before === undefined) return undefined
      entries.delete(key)
      const inNamespace = namespaces.get(before.namespace)
      inNamespace?.delete(key)
      if (inNamespace?.size === 0) namespaces.delete(before.namespace)
      return 'deleted'
    },
  }
}
