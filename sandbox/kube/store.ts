// What the API server has at a path, kept up to date in memory, for those who read it often.
import type { Api } from './api.ts'
import { follow, type Source } from './follow.ts'

export interface Stored {
  readonly metadata: { readonly namespace: string; readonly name: string; readonly uid: string }
}

/** `now` is undefined for one that is gone, `before` for one that is new. Another one of the same name is both, in turn. */
export type Listener<T> = (now: T | undefined, before: T | undefined) => void

export interface Store<T> {
  /** `key` is namespace/name. */
  get(key: string): T | undefined
  all(): readonly T[]
  /** From now on. What a listener throws is told as a problem. */
  onChange(listener: Listener<T>): void
  /** Resolves when the first list is there. */
  readonly synced: Promise<void>
  /** Resolves when the signal has ended it. */
  readonly ended: Promise<void>
}

export interface StoreOptions {
  readonly signal: AbortSignal
  readonly onProblem: (problem: Error) => void
}

export const keyOf = ({ metadata }: Stored): string => `${metadata.namespace}/${metadata.name}`

/** Follows at once, for good. */
export function createStore<T extends Stored>(
  api: Api,
  source: Source<T>,
  { signal, onProblem }: StoreOptions,
): Store<T> {
  const objects = new Map<string, T>()
  const listeners: Listener<T>[] = []
  const synced = Promise.withResolvers<void>()

  function tell(now: T | undefined, before: T | undefined): void {
    for (const listener of listeners) {
      try {
        listener(now, before)
      } catch (cause) {
        onProblem(new Error(`a listener to ${source.path} failed`, { cause }))
      }
    }
  }

  function put(now: T): void {
    const key = keyOf(now)
    const before = objects.get(key)
    objects.set(key, now)
    if (before !== undefined && before.metadata.uid !== now.metadata.uid) {
      tell(undefined, before)
      tell(now, undefined)
    } else tell(now, before)
  }

  function drop(key: string): void {
    const before = objects.get(key)
    if (before === undefined) return
    objects.delete(key)
    tell(undefined, before)
  }

  const ended = follow(
    api,
    source,
    {
      onList(all) {
        const there = new Set(all.map(keyOf))
        for (const key of [...objects.keys()]) if (!there.has(key)) drop(key)
        all.forEach(put)
        synced.resolve()
      },
      onChange: put,
      onGone: (object) => drop(keyOf(object)),
      onProblem,
    },
    signal,
  )

  return {
    get: (key) => objects.get(key),
    all: () => [...objects.values()],
    onChange: (listener) => void listeners.push(listener),
    synced: synced.promise,
    ended,
  }
}
