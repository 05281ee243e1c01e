// Events live for an hour, as on a real server: a sandbox that is left running must not grow.
import type { Cluster } from './cluster.ts'
import { textAt } from './json.ts'

const EVENT_STORAGE = '/events'
const LIFE_MS = 60 * 60_000
const SWEEP_EVERY_MS = 60_000

/** Removes events that nobody has written for an hour, whenever there is a new one, at most once a minute. */
export function expireEvents({ store, now }: Cluster): void {
  let nextSweep = now()
  const lastWritten = new Map<string, number>()
  const keyOf = (event: unknown) => `${textAt(event, 'metadata', 'namespace')}/${textAt(event, 'metadata', 'name')}`

  store.watch(EVENT_STORAGE, store.version, {
    onChange({ type, object }) {
      const key = keyOf(object)
      if (type === 'DELETED') {
        lastWritten.delete(key)
        return
      }
      lastWritten.set(key, now())
      if (now() < nextSweep) return
      nextSweep = now() + SWEEP_EVERY_MS
      for (const [old, at] of [...lastWritten]) if (now() - at >= LIFE_MS) store.remove(EVENT_STORAGE, old)
    },
    onGone() {},
  })
}
