// The reflector on a healthy server: pages, changes, bookmarks, relists; and objects and handlers that fail.
import { describe, expect, test, vi } from 'vitest'
import { soon, useReflectorRig } from './reflector-rig.ts'

const rig = useReflectorRig()

describe('a healthy server', () => {
  test('is listed in pages, then watched; handlers get keys and kinds of change', async () => {
    for (let i = 0; i < 7; i += 1) rig.server.put({ namespace: i % 2 === 0 ? 'shop' : 'bank', name: `t${i}`, value: i })
    const changes: string[] = []
    const reflector = rig.create({ pageSize: 3 })
    reflector.onChange((key, change) => changes.push(`${change} ${key}`))
    expect([reflector.synced, reflector.lastContactAgeMs()]).toEqual([false, Number.POSITIVE_INFINITY])
    rig.run(reflector)
    await reflector.whenSynced()
    expect(rig.listCount()).toBe(3)
    expect(reflector.byNamespace('bank').map((thing) => thing.name)).toEqual(['t1', 't3', 't5'])
    expect(changes).toHaveLength(7)
    await vi.waitFor(() => expect(rig.server.openWatches()).toBe(1), soon)
    rig.server.put({ namespace: 'shop', name: 't0', value: 100 })
    rig.server.remove('bank', 't1')
    rig.server.remove('bank', 't3')
    rig.server.remove('bank', 't5')
    await rig.expectEqualToServer(reflector)
    expect(changes.slice(7)).toEqual(['updated shop/t0', 'deleted bank/t1', 'deleted bank/t3', 'deleted bank/t5'])
    expect(reflector.byNamespace('bank')).toEqual([])
    expect(reflector.lastEventAgeMs()).toBeLessThan(5000)
    expect([rig.problems, reflector.problem]).toEqual([[], undefined])
  })

  test('what is kept is frozen, to the bottom', async () => {
    rig.server.put({ namespace: 'shop', name: 'a', value: 1 })
    const reflector = rig.start()
    await reflector.whenSynced()
    const thing = reflector.get('shop/a')
    expect(Object.isFrozen(thing) && Object.isFrozen(thing?.tags)).toBe(true)
  })

  test('asks for bookmarks, and goes on from the last one when the watch ends', async () => {
    const reflector = rig.start()
    await vi.waitFor(() => expect(rig.server.openWatches()).toBe(1), soon)
    expect(rig.server.api.requests.at(-1)?.query.get('allowWatchBookmarks')).toBe('true')
    rig.server.bookmark()
    rig.server.bookmark()
    // The bookmark has arrived when something written after it has.
    rig.server.inject(JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '3' } } }))
    const before = rig.server.api.requests.length
    rig.server.endWatches()
    await vi.waitFor(() => expect(rig.server.api.requests.length).toBeGreaterThan(before), soon)
    expect(rig.queries().at(-1)).toEqual({ watch: true, version: '3' })
    expect([rig.listCount(), rig.problems, reflector.problem]).toEqual([1, [], undefined])
  })

  test('is listed anew from time to time, and equal objects are no change', async () => {
    rig.server.put({ namespace: 'shop', name: 'a', value: 1 })
    const changes: string[] = []
    const reflector = rig.start({ relistMs: 1000, random: () => 0 })
    reflector.onChange((key, change) => changes.push(`${change} ${key}`))
    await vi.waitFor(() => expect(rig.listCount()).toBeGreaterThanOrEqual(2), soon)
    expect([changes, rig.problems]).toEqual([['added shop/a'], []])
  })

  test('stopping is quiet: the run ends, the connection closes, and nothing is reported', async () => {
    const reflector = rig.start()
    await vi.waitFor(() => expect(rig.server.openWatches()).toBe(1), soon)
    await rig.stop()
    await vi.waitFor(() => expect(rig.server.openWatches()).toBe(0), soon)
    expect([rig.problems, reflector.synced]).toEqual([[], true])
  })

  test('it can be started only once', async () => {
    const reflector = rig.start()
    await expect(reflector.run(rig.signal)).rejects.toThrow(/already runs/)
  })

  test('waiting for the first list ends with the signal’s reason', async () => {
    rig.server.refuseNext('list', 500)
    const reflector = rig.start({ backoff: { baseMs: 60_000, maxMs: 60_000 } })
    const waiting = new AbortController()
    const synced = reflector.whenSynced(waiting.signal)
    waiting.abort(new Error('enough'))
    await expect(synced).rejects.toThrow('enough')
  })
})

describe('objects and handlers that fail', () => {
  test('an object that can’t be projected is reported and skipped, and its last good state stays', async () => {
    rig.server.put({ namespace: 'shop', name: 'bad', value: -1 })
    rig.server.put({ namespace: 'shop', name: 'good', value: 1 })
    const reflector = rig.start()
    await reflector.whenSynced()
    expect(reflector.list().map((thing) => thing.name)).toEqual(['good'])
    await vi.waitFor(() => expect(rig.server.openWatches()).toBe(1), soon)
    rig.server.put({ namespace: 'shop', name: 'good', value: -5 })
    rig.server.put({ namespace: 'shop', name: 'later', value: 3 })
    await vi.waitFor(() => expect(reflector.get('shop/later')?.value).toBe(3), soon)
    expect(reflector.get('shop/good')?.value).toBe(1)
    expect(rig.problems.map((problem) => `${problem.during} ${problem.key}`)).toEqual([
      'projection shop/bad',
      'projection shop/good',
    ])
    expect(rig.listCount()).toBe(1)
  })

  test('a handler that throws is reported, and the others and the stream go on', async () => {
    const seen: string[] = []
    const reflector = rig.start()
    reflector.onChange(() => {
      throw new Error('my fault')
    })
    const unsubscribe = reflector.onChange((key) => seen.push(key))
    await reflector.whenSynced()
    rig.server.put({ namespace: 'shop', name: 'a', value: 1 })
    rig.server.put({ namespace: 'shop', name: 'b', value: 1 })
    await vi.waitFor(() => expect(seen).toEqual(['shop/a', 'shop/b']), soon)
    unsubscribe()
    rig.server.put({ namespace: 'shop', name: 'c', value: 1 })
    await rig.expectEqualToServer(reflector)
    expect(seen).toHaveLength(2)
    expect(rig.problems.map((problem) => `${problem.during} ${problem.key}`)).toEqual([
      'handler shop/a',
      'handler shop/b',
      'handler shop/c',
    ])
  })
})
