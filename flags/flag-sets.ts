// The flag sets of all namespaces, kept current from the watches of Features and Guards, and told to whoever subscribes.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Reflector } from '../controller/kube/reflector.ts'
import type { RawObject } from '../controller/kube/resources.ts'
import type { Clock } from '../controller/model/clock.ts'
import { isUsable, type StoredFeature } from '../controller/model/feature.ts'
import type { Milliseconds } from '../controller/model/units.ts'
import { flagsOfGuard, type GuardFlags } from './flag.ts'
import { type FlagSet, makeFlagSet } from './flag-set.ts'

type Watch<T> = Pick<Reflector<T>, 'synced' | 'whenSynced' | 'get' | 'byNamespace' | 'onChange'>

export interface FlagSetsOptions {
  readonly features: Watch<StoredFeature>
  readonly guards: Watch<RawObject>
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface FlagSets {
  /** Both watches have been listed once: before that there is nothing true to serve. What they held stays when the API server is away. */
  readonly ready: boolean
  /** The flags of a namespace now; one without Features and Guards has none. Call only once ready. */
  get(namespace: string): FlagSet
  /** Calls `listener` when the flags of the namespace have changed, until the returned function is called. It then asks for them. */
  subscribe(namespace: string, listener: () => void): () => void
  /** Whether this was the state of the namespace now or a short while ago. */
  hasHad(namespace: string, etag: string): boolean
}

interface Entry {
  readonly namespace: string
  set: FlagSet
  isStale: boolean
  isScheduled: boolean
  toldEtag: string
  toldAt: Milliseconds
  /** The last ones, newest last. */
  etags: string[]
  readonly listeners: Set<() => void>
}

/** A flood of changes reaches services as one state after the other, so far apart. The first of them is told at once. */
const LEAST_GAP_MS: Milliseconds = 50
const LONGEST_SLEEP_MS: Milliseconds = 60_000
const ETAGS_KEPT = 16
/** Listeners called before others get a turn: each costs some ten microseconds of writing. */
const LISTENERS_A_TURN = 100

export function createFlagSets({ features, guards, clock, signal }: FlagSetsOptions): FlagSets {
  const entries = new Map<string, Entry>()
  /** By the key of the Guard; with the text to compare by, since most writes of a Guard's status change no flag. */
  const ofGuards = new Map<string, { readonly flags: GuardFlags; readonly text: string }>()
  /** When the next override ends; whoever brings that forward wakes the sleeper. */
  let sleepsUntil = Number.POSITIVE_INFINITY
  let wakeUp = new AbortController()

  function make(namespace: string): FlagSet {
    const usable = features.byNamespace(namespace).filter(isUsable)
    const said = guards.byNamespace(namespace).flatMap(({ name }) => ofGuards.get(`${namespace}/${name}`)?.flags ?? [])
    return makeFlagSet(namespace, usable, said, clock.now())
  }

  /** The entry with the flags as they are now. */
  function refresh(entry: Entry): FlagSet {
    if (!entry.isStale && clock.now() < entry.set.holdsUntil) return entry.set
    const set = make(entry.namespace)
    entry.isStale = false
    // The same content stays the same object, with all that was rendered of it.
    if (set.etag === entry.set.etag && set.holdsUntil === entry.set.holdsUntil) return entry.set
    entry.set = set
    noteEnd(set)
    if (entry.etags.at(-1) !== set.etag) entry.etags = [...entry.etags, set.etag].slice(-ETAGS_KEPT)
    return set
  }

  function entryOf(namespace: string): Entry {
    const known = entries.get(namespace)
    if (known !== undefined) return known
    const set = make(namespace)
    const entry: Entry = {
      namespace,
      set,
      isStale: false,
      isScheduled: false,
      toldEtag: set.etag,
      toldAt: Number.NEGATIVE_INFINITY,
      etags: [set.etag],
      listeners: new Set(),
    }
    entries.set(namespace, entry)
    noteEnd(set)
    return entry
  }

  function holdsAnything(namespace: string): boolean {
    return features.byNamespace(namespace).length > 0 || guards.byNamespace(namespace).length > 0
  }

  function touch(namespace: string): void {
    const entry = entries.get(namespace)
    if (entry === undefined) return
    entry.isStale = true
    if (!entry.isScheduled) void tellSoon(entry)
  }

  async function tellSoon(entry: Entry): Promise<void> {
    entry.isScheduled = true
    try {
      const waitMs = entry.toldAt + LEAST_GAP_MS - clock.monotonic()
      await (waitMs > 0 ? clock.sleep(waitMs, signal) : nextTurn())
    } catch {
      return
    } finally {
      entry.isScheduled = false
    }
    if (!isReady()) return
    const { etag } = refresh(entry)
    if (etag === entry.toldEtag) return
    entry.toldEtag = etag
    entry.toldAt = clock.monotonic()
    let told = 0
    for (const listener of [...entry.listeners]) {
      if (entry.listeners.has(listener)) listener()
      if (++told % LISTENERS_A_TURN === 0) await nextTurn()
    }
    if (entry.listeners.size === 0 && !holdsAnything(entry.namespace)) entries.delete(entry.namespace)
  }

  /** Overrides end by the clock: nobody writes anything then. */
  async function endOverrides(): Promise<void> {
    while (!signal.aborted) {
      const now = clock.now()
      sleepsUntil = now + LONGEST_SLEEP_MS
      for (const { namespace, set } of entries.values()) {
        if (set.holdsUntil <= now) touch(namespace)
        else sleepsUntil = Math.min(sleepsUntil, set.holdsUntil)
      }
      wakeUp = new AbortController()
      await clock.sleep(sleepsUntil - now, AbortSignal.any([signal, wakeUp.signal])).catch(() => undefined)
    }
  }

  function noteEnd({ holdsUntil }: FlagSet): void {
    if (holdsUntil < sleepsUntil) wakeUp.abort()
  }

  function readGuard(key: string): boolean {
    const guard = guards.get(key)
    const flags = guard === undefined ? { circuit: [], limits: [] } : flagsOfGuard(guard)
    const text = JSON.stringify(flags)
    const isNew = ofGuards.get(key)?.text !== text
    if (guard === undefined) ofGuards.delete(key)
    else ofGuards.set(key, { flags, text })
    return isNew
  }

  function isReady(): boolean {
    return features.synced && guards.synced
  }

  const namespaceOf = (key: string) => key.slice(0, key.lastIndexOf('/'))
  features.onChange((key) => touch(namespaceOf(key)))
  guards.onChange((key) => {
    if (readGuard(key)) touch(namespaceOf(key))
  })
  void endOverrides()

  return {
    get ready() {
      return isReady()
    },
    get(namespace) {
      const known = entries.get(namespace)
      if (known !== undefined) return refresh(known)
      // Names that hold nothing are not remembered: anyone may ask for any.
      return holdsAnything(namespace) ? entryOf(namespace).set : make(namespace)
    },
    subscribe(namespace, listener) {
      const entry = entryOf(namespace)
      entry.listeners.add(listener)
      return () => {
        entry.listeners.delete(listener)
        if (entry.listeners.size === 0 && !holdsAnything(namespace)) entries.delete(namespace)
      }
    },
    hasHad: (namespace, etag) => entries.get(namespace)?.etags.includes(etag) ?? false,
  }
}
