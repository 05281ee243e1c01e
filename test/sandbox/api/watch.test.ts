// The times of a watch, which nobody wants to wait for: bookmarks every minute, and an end.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRegistry } from '../../../sandbox/api/registry.ts'
import { createStore } from '../../../sandbox/api/store.ts'
import { startWatch } from '../../../sandbox/api/watch.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const MINUTE = 60_000

function watchMaps(query: Readonly<Record<string, string>>) {
  const store = createStore(10)
  const registry = createRegistry()
  const resource = registry.find('', 'v1', 'configmaps')
  if (resource === undefined) throw new Error('there are no ConfigMaps')
  const lines: string[] = []
  const end = vi.fn()
  const plan = { resource, namespace: 'shop', query: new URLSearchParams(query), show: (object: object) => object }
  const stop = startWatch({ store, registry, now: Date.now }, plan, { write: (line) => lines.push(line), end })
  return { store, lines, end, stop, types: () => lines.map((line) => JSON.parse(line).type) }
}

test('who asks gets a bookmark every minute, with the version of the last write anywhere', () => {
  const { store, lines, types, stop } = watchMaps({ allowWatchBookmarks: 'true' })
  store.put('/pods', 'shop/other', { metadata: {} })
  vi.advanceTimersByTime(MINUTE - 1)
  expect(types()).toEqual([])
  vi.advanceTimersByTime(1)
  expect(types()).toEqual(['BOOKMARK'])
  expect(lines[0]).toContain(`"resourceVersion":"${store.version}"`)
  vi.advanceTimersByTime(2 * MINUTE)
  expect(types()).toEqual(['BOOKMARK', 'BOOKMARK', 'BOOKMARK'])
  stop()
  vi.advanceTimersByTime(5 * MINUTE)
  expect(types()).toHaveLength(3)
})

test.each([
  [{ timeoutSeconds: '90' }, 90_000],
  [{}, 60 * MINUTE],
  [{ timeoutSeconds: '999999' }, 60 * MINUTE],
])('a watch with %j ends after %d ms, and then sends nothing more', (query, lastsMs) => {
  const { store, types, end } = watchMaps(query)
  vi.advanceTimersByTime(lastsMs - 1)
  expect(end).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(end).toHaveBeenCalledOnce()
  store.put('/configmaps', 'shop/late', { metadata: { namespace: 'shop', name: 'late' } })
  expect(types()).toEqual([])
})

test('a watch ends when its collection is no longer served', () => {
  const { store, types, end } = watchMaps({})
  store.put('/configmaps', 'shop/one', { metadata: { namespace: 'shop', name: 'one' } })
  store.drop('/configmaps')
  expect(types()).toEqual(['ADDED', 'DELETED'])
  expect(end).toHaveBeenCalledOnce()
})
