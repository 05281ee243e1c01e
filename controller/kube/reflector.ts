// The reflector: keeps a projected copy of a collection by list and watch, and heals itself from every way that can fail.
import type { Clock } from '../model/clock.ts'
import { KubeError } from '../model/errors.ts'
import type { Milliseconds } from '../model/units.ts'
import { backoffMs, jittered } from '../runtime/backoff.ts'
import type { KubeClient } from './client.ts'
import { deepFreeze, textAt } from './json.ts'
import { type ListScope, listPages } from './objects.ts'
import { describeObject, type ResourceType } from './resource-type.ts'
import { type Change, createStore, keyOf } from './store.ts'
import { WATCH_IDLE, watchObjects } from './watch.ts'

type ChangeHandler = (key: string, change: Change) => void

/** Something that went wrong and was survived. `key` names the object when it is about one. */
export interface ReflectorProblem {
  readonly during: 'list' | 'watch' | 'projection' | 'handler'
  readonly error: unknown
  readonly key?: string
}

export interface ReflectorOptions<T> extends ListScope {
  readonly client: KubeClient
  readonly type: ResourceType
  /** Keeps the few fields that are needed of a raw object; what it returns is frozen. One that throws is reported and skipped. */
  readonly project: (raw: unknown) => T
  readonly clock: Clock
  readonly onProblem: (problem: ReflectorProblem) => void
  /** Lists anew after this long, whatever the watch says; default 10 min, lengthened by up to a fifth. */
  readonly relistMs?: Milliseconds
  /** Silence after which a watch counts as dead; default 90 s, since bookmarks come every minute. */
  readonly idleTimeoutMs?: Milliseconds
  /** Waits after failures; default 250 ms doubling to 30 s, and at most 5 s while the API server can't be reached. */
  readonly backoff?: { readonly baseMs: Milliseconds; readonly maxMs: Milliseconds }
  /** Objects per page of a list; default 500. */
  readonly pageSize?: number
  readonly random?: () => number
}

export interface Reflector<T> {
  /** Lists and watches until the signal aborts, then resolves. Call once. */
  run(signal: AbortSignal): Promise<void>
  /** The whole collection has been listed at least once. */
  readonly synced: boolean
  /** Resolves once synced; rejects with the signal's reason. */
  whenSynced(signal?: AbortSignal): Promise<void>
  /** By key: "namespace/name". */
  get(key: string): T | undefined
  list(): readonly T[]
  byNamespace(namespace: string): readonly T[]
  readonly size: number
  /** Calls `handler` after each change, until the returned function is called. */
  onChange(handler: ChangeHandler): () => void
  /** Since an object last changed; Infinity before the first. */
  lastEventAgeMs(): Milliseconds
  /** Since the API server last sent anything about this collection; Infinity before that. */
  lastContactAgeMs(): Milliseconds
  /** What stands in the way now, in one sentence; undefined while list and watch work. */
  readonly problem: string | undefined
}

/** Watches that ended well before this are paced like failures, so that a server that ends them at once isn't hammered. */
const SHORT_WATCH_MS = 1000
/** Knocking at a door that is shut costs the server nothing, and whoever acts must not be blind for long after it opens. */
const UNREACHABLE_MAX_MS = 5000

/** An idle reflector; `run` starts it. */
export function createReflector<T>(options: ReflectorOptions<T>): Reflector<T> {
  const { client, type, clock, onProblem } = options
  const { relistMs = 600_000, idleTimeoutMs = 90_000, pageSize = 500, random = Math.random } = options
  const policy = { ...(options.backoff ?? { baseMs: 250, maxMs: 30_000 }), random }
  const store = createStore<T>()
  const handlers = new Set<ChangeHandler>()
  const ready = Promise.withResolvers<void>()
  let synced = false
  let problem: string | undefined
  let eventAt = Number.NEGATIVE_INFINITY
  let contactAt = Number.NEGATIVE_INFINITY
  let failures = 0
  let wasUnreachable = false
  let running = false

  function touch(): void {
    contactAt = clock.monotonic()
  }

  function notify(key: string, change: Change | undefined): void {
    if (change === undefined) return
    eventAt = clock.monotonic()
    for (const handler of handlers) {
      try {
        handler(key, change)
      } catch (error) {
        onProblem({ during: 'handler', error, key })
      }
    }
  }

  /** The key of the raw object, whose last good projection stays when the new one fails. */
  function keep(raw: unknown): string | undefined {
    const namespace = textAt(raw, 'metadata', 'namespace') ?? ''
    const name = textAt(raw, 'metadata', 'name')
    const key = name === undefined ? undefined : keyOf(namespace, name)
    const version = textAt(raw, 'metadata', 'resourceVersion') ?? ''
    if (key !== undefined && version !== '' && store.versionOf(key) === version) return key
    let object: T
    try {
      object = deepFreeze(options.project(raw))
    } catch (error) {
      onProblem({ during: 'projection', error, ...(key === undefined ? {} : { key }) })
      return key
    }
    if (key !== undefined) notify(key, store.set(key, namespace, object, version))
    return key
  }

  function drop(raw: unknown): void {
    const name = textAt(raw, 'metadata', 'name')
    if (name === undefined) return
    const key = keyOf(textAt(raw, 'metadata', 'namespace') ?? '', name)
    notify(key, store.delete(key))
  }

  /** Brings the store to what the server holds, and returns the version from which to watch. */
  async function relist(signal: AbortSignal): Promise<string> {
    const seen = new Set<string>()
    let version = ''
    for await (const page of listPages(client, type, options, { signal, pageSize })) {
      touch()
      version = page.resourceVersion
      for (const raw of page.items) {
        const key = keep(raw)
        if (key !== undefined) seen.add(key)
      }
    }
    for (const key of [...store.keys()]) if (!seen.has(key)) notify(key, store.delete(key))
    synced = true
    ready.resolve()
    return version
  }

  async function run(signal: AbortSignal): Promise<void> {
    if (running) throw new Error(`The reflector of ${describeObject(type, options)} already runs: start it once.`)
    running = true
    let version: string | undefined
    let relistAt = 0
    while (!signal.aborted) {
      let during: 'list' | 'watch' = 'list'
      try {
        if (version === undefined || clock.monotonic() >= relistAt) {
          version = await relist(signal)
          relistAt = clock.monotonic() + jittered(relistMs, 0.2, random)
        }
        during = 'watch'
        const startedAt = clock.monotonic()
        const events = watchObjects(client, type, {
          scope: options,
          resourceVersion: version,
          clock,
          idleTimeoutMs,
          maxDurationMs: Math.max(1000, relistAt - startedAt),
          signal,
          onContact() {
            touch()
            problem = undefined
          },
        })
        for await (const event of events) {
          if (event.kind === 'error') {
            version = undefined
            throw event.error
          }
          version = event.resourceVersion
          failures = 0
          if (event.kind === 'changed') keep(event.object)
          else if (event.kind === 'deleted') drop(event.object)
        }
        if (clock.monotonic() - startedAt >= SHORT_WATCH_MS) failures = 0
        else await pause(undefined, signal)
      } catch (error) {
        if (signal.aborted) break
        if (cantResume(error)) version = undefined
        problem = error instanceof Error ? error.message : String(error)
        onProblem({ during, error })
        await pause(error, signal)
      }
    }
    running = false
  }

  /** Waits before the next attempt; history that is gone is no fault of anyone, so the first relist is at once. */
  async function pause(error: unknown, signal: AbortSignal): Promise<void> {
    const unreachable = error instanceof KubeError && error.status === 0
    // An API server that answers again, even by a refusal, as it does while it starts, is asked again soon.
    if (wasUnreachable && !unreachable) failures = 0
    wasUnreachable = unreachable
    failures += 1
    if (failures === 1 && error instanceof KubeError && error.status === 410) return
    const askedMs = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0
    try {
      const maxMs = unreachable ? Math.min(policy.maxMs, UNREACHABLE_MAX_MS) : policy.maxMs
      await clock.sleep(Math.max(askedMs, backoffMs(failures, { ...policy, maxMs })), signal)
    } catch (cause) {
      if (!signal.aborted) throw cause
    }
  }

  return {
    run,
    get synced() {
      return synced
    },
    async whenSynced(signal) {
      if (signal === undefined) return ready.promise
      signal.throwIfAborted()
      const { promise, reject } = Promise.withResolvers<never>()
      const abort = () => reject(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      try {
        await Promise.race([ready.promise, promise])
      } finally {
        signal.removeEventListener('abort', abort)
      }
    },
    get: store.get,
    list: store.list,
    byNamespace: store.byNamespace,
    get size() {
      return store.size
    },
    onChange(handler) {
      handlers.add(handler)
      return () => handlers.delete(handler)
    },
    lastEventAgeMs: () => clock.monotonic() - eventAt,
    lastContactAgeMs: () => clock.monotonic() - contactAt,
    get problem() {
      return problem
    },
  }
}

/**
 * Whether the version we hold may be of no use: the server refused it, sent nonsense, or stayed silent without even a
 * bookmark (as it does for a version from its future, after a restore). A broken connection or a busy server says nothing
 * against it.
 */
function cantResume(error: unknown): boolean {
  if (!(error instanceof KubeError)) return true
  if (error.status === 0) return error.reason === WATCH_IDLE
  return ![429, 500, 502, 503].includes(error.status)
}
