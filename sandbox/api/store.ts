// Where the objects are: versioned collections in memory, each with a bounded history for those who watch.
import { deepFreeze, type JsonObject, objectAt } from './json.ts'

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** For DELETED: as it was last, with the version of the deletion. */
  readonly object: JsonObject
  readonly before: JsonObject | undefined
  readonly version: number
}

export interface Watcher {
  onChange(change: Change): void
  /** The collection is no longer served. */
  onGone(): void
}

export interface Store {
  /** Of the last write. */
  readonly version: number
  get(storage: string, key: string): JsonObject | undefined
  /** Sorted by key; all whose key is after `after` and starts with `prefix`. */
  list(storage: string, prefix?: string): readonly (readonly [key: string, object: JsonObject])[]
  /** Stores the object with a new version, and returns it as stored. */
  put(storage: string, key: string, object: JsonObject): JsonObject
  remove(storage: string, key: string): JsonObject | undefined
  /** Whether what happened after `version` is still known. */
  remembers(storage: string, version: number): boolean
  /** Calls for every change after `version`, those of the past first, until the returned function is called. */
  watch(storage: string, version: number, watcher: Watcher): () => void
  /** Removes a collection with all that is in it, and tells those who watch it. */
  drop(storage: string): void
}

interface Collection {
  readonly objects: Map<string, JsonObject>
  readonly history: Change[]
  readonly watchers: Set<Watcher>
  /** Changes up to this version may have been forgotten. */
  forgotten: number
}

/** The key of an object inside its collection. */
export function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`
}

/** An empty store that keeps `historyLimit` changes of each collection. */
export function createStore(historyLimit: number): Store {
  const collections = new Map<string, Collection>()
  // After a restart every version of before is older than all that is known: whoever watched lists again.
  let version = Date.now()
  const firstVersion = version

  function collection(storage: string): Collection {
    let found = collections.get(storage)
    if (found === undefined) {
      found = { objects: new Map(), history: [], watchers: new Set(), forgotten: firstVersion - 1 }
      collections.set(storage, found)
    }
    return found
  }

  function stamped(object: JsonObject): JsonObject {
    version += 1
    return deepFreeze({ ...object, metadata: { ...objectAt(object, 'metadata'), resourceVersion: String(version) } })
  }

  function publish(to: Collection, change: Change): void {
    to.history.push(change)
    // In steps: moving the whole history at each write would cost more than the write.
    if (to.history.length > historyLimit * 1.25) {
      const gone = to.history.splice(0, to.history.length - historyLimit)
      to.forgotten = gone.at(-1)?.version ?? to.forgotten
    }
    for (const watcher of [...to.watchers]) watcher.onChange(change)
  }

  return {
    get version() {
      return version
    },
    get: (storage, key) => collections.get(storage)?.objects.get(key),
    list(storage, prefix = '') {
      const entries = [...(collections.get(storage)?.objects ?? [])]
      const wanted = prefix === '' ? entries : entries.filter(([key]) => key.startsWith(prefix))
      return wanted.sort(([one], [other]) => (one < other ? -1 : 1))
    },
    put(storage, key, object) {
      const into = collection(storage)
      const before = into.objects.get(key)
      const stored = stamped(object)
      into.objects.set(key, stored)
      publish(into, { type: before === undefined ? 'ADDED' : 'MODIFIED', object: stored, before, version })
      return stored
    },
    remove(storage, key) {
      const from = collection(storage)
      const before = from.objects.get(key)
      if (before === undefined) return undefined
      from.objects.delete(key)
      const object = stamped(before)
      publish(from, { type: 'DELETED', object, before, version })
      return object
    },
    remembers: (storage, since) => since >= collection(storage).forgotten,
    watch(storage, since, watcher) {
      const { history, watchers } = collection(storage)
      for (const change of history) if (change.version > since) watcher.onChange(change)
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    drop(storage) {
      const gone = collections.get(storage)
      if (gone === undefined) return
      for (const key of [...gone.objects.keys()]) this.remove(storage, key)
      collections.delete(storage)
      for (const watcher of [...gone.watchers]) watcher.onGone()
    },
  }
}
