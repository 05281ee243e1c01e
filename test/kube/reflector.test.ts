// The reflector: whatever happens to list and watch, its store ends equal to the server's.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { connectKube, type KubeClient } from '../../controller/kube/client.ts'
import { numberAt, textAt } from '../../controller/kube/json.ts'
import {
  createReflector,
  type Reflector,
  type ReflectorOptions,
  type ReflectorProblem,
} from '../../controller/kube/reflector.ts'
import type { Clock } from '../../controller/model/clock.ts'
import { systemClock } from '../../controller/model/clock.ts'
import { KubeError } from '../../controller/model/errors.ts'
import { type CollectionDouble, startCollection } from './collection-double.ts'

interface Thing {
  readonly name: string
  readonly value: number
  readonly tags: readonly string[]
}

const THINGS = { group: 'test.dev', version: 'v1', plural: 'things', kind: 'Thing' }

function project(raw: unknown): Thing {
  const value = numberAt(raw, 'value')
  if (value === undefined || value < 0) throw new TypeError(`value ${value} is not allowed`)
  return { name: textAt(raw, 'metadata', 'name') ?? '', value, tags: ['a'] }
}

let server: CollectionDouble
let client: KubeClient
let stopped: AbortController
let problems: ReflectorProblem[]
const runs: Promise<void>[] = []

beforeEach(async () => {
  server = await startCollection()
  client = await connectKube({
    kubeconfigPath: server.api.kubeconfigPath,
    requestTimeoutMs: 2000,
    clock: systemClock,
  })
  stopped = new AbortController()
  problems = []
})

afterEach(async () => {
  stopped.abort()
  await Promise.all(runs.splice(0))
  await client.close()
  await server.close()
})

function start(options: Partial<ReflectorOptions<Thing>> = {}): Reflector<Thing> {
  const reflector = createReflector({
    client,
    type: THINGS,
    project,
    clock: systemClock,
    onProblem: (problem) => problems.push(problem),
    backoff: { baseMs: 2, maxMs: 10 },
    ...options,
  })
  runs.push(reflector.run(stopped.signal))
  return reflector
}

function valuesOf(reflector: Reflector<Thing>): Record<string, number> {
  const keys = Object.keys(server.contents())
  const found = Object.fromEntries(
    keys.flatMap((key) => {
      const thing = reflector.get(key)
      return thing === undefined ? [] : [[key, thing.value]]
    }),
  )
  return reflector.size === Object.keys(found).length ? found : { ...found, more: reflector.size }
}

const soon = { timeout: 5000, interval: 2 }

async function expectEqualToServer(reflector: Reflector<Thing>): Promise<void> {
  await vi.waitFor(() => expect(valuesOf(reflector)).toEqual(server.contents()), soon)
}

function queries(): { watch: boolean; version: string | null }[] {
  return server.api.requests.map(({ query }) => ({ watch: query.has('watch'), version: query.get('resourceVersion') }))
}

const listCount = () => queries().filter(({ watch }) => !watch).length

describe('a healthy server', () => {
  test('is listed in pages, then watched; handlers get keys and kinds of change', async () => {
    for (let i = 0; i < 7; i += 1) server.put({ namespace: i % 2 === 0 ? 'shop' : 'bank', name: `t${i}`, value: i })
    const changes: string[] = []
    const reflector = createReflector({
      client,
      type: THINGS,
      project,
      clock: systemClock,
      onProblem: (problem) => problems.push(problem),
      pageSize: 3,
    })
    reflector.onChange((key, change) => changes.push(`${change} ${key}`))
    expect([reflector.synced, reflector.lastContactAgeMs()]).toEqual([false, Number.POSITIVE_INFINITY])
    runs.push(reflector.run(stopped.signal))
    await reflector.whenSynced()
    expect(listCount()).toBe(3)
    expect(reflector.byNamespace('bank').map((thing) => thing.name)).toEqual(['t1', 't3', 't5'])
    expect(changes).toHaveLength(7)
    await vi.waitFor(() => expect(server.openWatches()).toBe(1), soon)
    server.put({ namespace: 'shop', name: 't0', value: 100 })
    server.remove('bank', 't1')
    server.remove('bank', 't3')
    server.remove('bank', 't5')
    await expectEqualToServer(reflector)
    expect(changes.slice(7)).toEqual(['updated shop/t0', 'deleted bank/t1', 'deleted bank/t3', 'deleted bank/t5'])
    expect(reflector.byNamespace('bank')).toEqual([])
    expect(reflector.lastEventAgeMs()).toBeLessThan(5000)
    expect([problems, reflector.problem]).toEqual([[], undefined])
  })

  test('what is kept is frozen, to the bottom', async () => {
    server.put({ namespace: 'shop', name: 'a', value: 1 })
    const reflector = start()
    await reflector.whenSynced()
    const thing = reflector.get('shop/a')
    expect(Object.isFrozen(thing) && Object.isFrozen(thing?.tags)).toBe(true)
  })

  test('asks for bookmarks, and goes on from the last one when the watch ends', async () => {
    const reflector = start()
    await vi.waitFor(() => expect(server.openWatches()).toBe(1), soon)
    expect(server.api.requests.at(-1)?.query.get('allowWatchBookmarks')).toBe('true')
    server.bookmark()
    server.bookmark()
    // The bookmark has arrived when something written after it has.
    server.inject(JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '3' } } }))
    const before = server.api.requests.length
    server.endWatches()
    await vi.waitFor(() => expect(server.api.requests.length).toBeGreaterThan(before), soon)
    expect(queries().at(-1)).toEqual({ watch: true, version: '3' })
    expect([listCount(), problems, reflector.problem]).toEqual([1, [], undefined])
  })

  test('is listed anew from time to time, and equal objects are no change', async () => {
    server.put({ namespace: 'shop', name: 'a', value: 1 })
    const changes: string[] = []
    const reflector = start({ relistMs: 1000, random: () => 0 })
    reflector.onChange((key, change) => changes.push(`${change} ${key}`))
    await vi.waitFor(() => expect(listCount()).toBeGreaterThanOrEqual(2), soon)
    expect([changes, problems]).toEqual([['added shop/a'], []])
  })

  test('stopping is quiet: the run ends, the connection closes, and nothing is reported', async () => {
    const reflector = start()
    await vi.waitFor(() => expect(server.openWatches()).toBe(1), soon)
    stopped.abort()
    await Promise.all(runs)
    await vi.waitFor(() => expect(server.openWatches()).toBe(0), soon)
    expect([problems, reflector.synced]).toEqual([[], true])
  })

  test('it can be started only once', async () => {
    const reflector = start()
    await expect(reflector.run(stopped.signal)).rejects.toThrow(/already runs/)
  })

  test('waiting for the first list ends with the signal’s reason', async () => {
    server.refuseNext('list', 500)
    const reflector = start({ backoff: { baseMs: 60_000, maxMs: 60_000 } })
    const waiting = new AbortController()
    const synced = reflector.whenSynced(waiting.signal)
    waiting.abort(new Error('enough'))
    await expect(synced).rejects.toThrow('enough')
  })
})

describe('a server that fails', () => {
  test.each([400, 403, 404, 429, 500, 503])('a list refused with %i is tried again', async (status) => {
    server.put({ namespace: 'shop', name: 'a', value: 1 })
    server.refuseNext('list', status)
    server.refuseNext('list', status)
    const reflector = start()
    await vi.waitFor(() => expect(reflector.problem).toMatch(/GET Thing/), soon)
    await expectEqualToServer(reflector)
    expect(problems.map((problem) => problem.during)).toEqual(['list', 'list'])
    await vi.waitFor(() => expect(reflector.problem).toBeUndefined(), soon)
  })

  test.each([
    { status: 429, lists: 1 },
    { status: 503, lists: 1 },
    { status: 403, lists: 2 },
    { status: 410, lists: 2 },
    { status: 504, lists: 2 },
  ])('a watch refused with $status leads to $lists lists', async ({ status, lists }) => {
    server.refuseNext('watch', status)
    const reflector = start()
    await vi.waitFor(() => expect(server.openWatches()).toBe(1), soon)
    server.put({ namespace: 'shop', name: 'a', value: 1 })
    await expectEqualToServer(reflector)
    expect(listCount()).toBe(lists)
  })

  test('Retry-After is waited out', async () => {
    const slept: number[] = []
    const hasty: Clock = {
      ...systemClock,
      sleep(ms, signal) {
        slept.push(ms)
        return systemClock.sleep(Math.min(ms, 5), signal)
      },
    }
    server.refuseNext('list', 429, { 'retry-after': '7' })
    await start({ clock: hasty }).whenSynced()
    expect(slept[0]).toBe(7000)
  })

  test.each([
    ['Expired', 410],
    ['InternalError', 500],
    ['Forbidden', 403],
  ])('an ERROR inside the stream (%s, %i) leads to a new list', async (reason, code) => {
    const reflector = start()
    await vi.waitFor(() => expect(server.openWatches()).toBe(1), soon)
    server.inject(JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code, reason, message: 'so it is' } }))
    await vi.waitFor(() => expect(listCount()).toBe(2), soon)
    const [problem] = problems
    expect(problem?.during).toBe('watch')
    expect(problem?.error).toMatchObject({ status: code, reason })
    server.put({ namespace: 'shop', name: 'a', value: 1 })
    await expectEqualToServer(reflector)
  })

  test.each([
    '{"type":"ADDED","obj',
    '[]',
    '{"type":"ADDED","object":{}}',
    '{"type":"NEW","object":{"metadata":{"resourceVersion":"9"}}}',
  ])('a line that can’t be read (%s) leads to a new list, not to silence', async (line) => {
    const reflector = start()
    await vi.waitFor(() => expect(server.openWatches()).toBe(1), soon)
    server.inject(line)
    await vi.waitFor(() => expect(listCount()).toBe(2), soon)
    expect(problems[0]?.error).toMatchObject({ reason: 'InvalidResponse' })
    server.put({ namespace: 'shop', name: 'a', value: 1 })
    await expectEqualToServer(reflector)
  })

  test('a reset connection is taken up again from where it was, without a list', async () => {
    const reflector = start()
    await vi.waitFor(() => expect(server.openWatches()).toBe(1), soon)
    server.dropWatches()
    server.put({ namespace: 'shop', name: 'a', value: 1 })
    await expectEqualToServer(reflector)
    expect(listCount()).toBe(1)
    expect(problems[0]?.error).toBeInstanceOf(KubeError)
  })

  test('history that is gone leads to a new list, and what was deleted meanwhile is noticed', async () => {
    server.put({ namespace: 'shop', name: 'gone', value: 1 })
    server.put({ namespace: 'shop', name: 'stays', value: 2 })
    const changes: string[] = []
    const reflector = start()
    await vi.waitFor(() => expect(server.openWatches()).toBe(1), soon)
    reflector.onChange((key, change) => changes.push(`${change} ${key}`))
    server.freezeWatches()
    server.remove('shop', 'gone')
    server.put({ namespace: 'shop', name: 'new', value: 3 })
    server.compact()
    server.dropWatches()
    await expectEqualToServer(reflector)
    expect(changes.sort()).toEqual(['added shop/new', 'deleted shop/gone'])
  })

  test('a connection that falls silent is noticed and replaced', async () => {
    const reflector = start({ idleTimeoutMs: 60 })
    await vi.waitFor(() => expect(server.openWatches()).toBe(1), soon)
    server.freezeWatches()
    server.put({ namespace: 'shop', name: 'a', value: 1 })
    await expectEqualToServer(reflector)
    expect(problems[0]?.error).toMatchObject({ reason: 'WatchIdle' })
  })

  test('a server that ends every watch at once is not hammered', async () => {
    const reflector = start({ backoff: { baseMs: 50, maxMs: 1000 }, random: () => 1 })
    await reflector.whenSynced()
    const startedAt = performance.now()
    const ender = setInterval(() => server.endWatches(), 1)
    await vi.waitFor(() => expect(queries().filter(({ watch }) => watch).length).toBeGreaterThanOrEqual(5), soon)
    clearInterval(ender)
    // 50 + 100 + 200 + 400 ms lie between five watches.
    expect(performance.now() - startedAt).toBeGreaterThan(600)
  })
})

describe('objects and handlers that fail', () => {
  test('an object that can’t be projected is reported and skipped, and its last good state stays', async () => {
    server.put({ namespace: 'shop', name: 'bad', value: -1 })
    server.put({ namespace: 'shop', name: 'good', value: 1 })
    const reflector = start()
    await reflector.whenSynced()
    expect(reflector.list().map((thing) => thing.name)).toEqual(['good'])
    await vi.waitFor(() => expect(server.openWatches()).toBe(1), soon)
    server.put({ namespace: 'shop', name: 'good', value: -5 })
    server.put({ namespace: 'shop', name: 'later', value: 3 })
    await vi.waitFor(() => expect(reflector.get('shop/later')?.value).toBe(3), soon)
    expect(reflector.get('shop/good')?.value).toBe(1)
    expect(problems.map((problem) => `${problem.during} ${problem.key}`)).toEqual([
      'projection shop/bad',
      'projection shop/good',
    ])
    expect(listCount()).toBe(1)
  })

  test('a handler that throws is reported, and the others and the stream go on', async () => {
    const seen: string[] = []
    const reflector = start()
    reflector.onChange(() => {
      throw new Error('my fault')
    })
    const unsubscribe = reflector.onChange((key) => seen.push(key))
    await reflector.whenSynced()
    server.put({ namespace: 'shop', name: 'a', value: 1 })
    server.put({ namespace: 'shop', name: 'b', value: 1 })
    await vi.waitFor(() => expect(seen).toEqual(['shop/a', 'shop/b']), soon)
    unsubscribe()
    server.put({ namespace: 'shop', name: 'c', value: 1 })
    await expectEqualToServer(reflector)
    expect(seen).toHaveLength(2)
    expect(problems.map((problem) => `${problem.during} ${problem.key}`)).toEqual([
      'handler shop/a',
      'handler shop/b',
      'handler shop/c',
    ])
  })
})

const FAULT = fc.constantFrom(
  'compact',
  'bookmark',
  'drop',
  'freeze',
  'end',
  'list 500',
  'list 429',
  'watch 429',
  'watch 500',
  'watch 410',
  'error 410',
  'error 500',
  'garbage',
)
const COMMAND = fc.oneof(
  { weight: 3, arbitrary: fc.record({ put: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), value: fc.nat(1000) }) },
  { weight: 2, arbitrary: fc.record({ remove: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f') }) },
  { weight: 2, arbitrary: fc.record({ fault: FAULT }) },
  { weight: 2, arbitrary: fc.record({ settle: fc.constant(true) }) },
)

function inflict(fault: string): void {
  const [what, code = 0] = fault.split(' ').map((part, index) => (index === 0 ? part : Number(part)))
  if (what === 'compact') server.compact()
  else if (what === 'bookmark') server.bookmark()
  else if (what === 'drop') server.dropWatches()
  else if (what === 'freeze') server.freezeWatches()
  else if (what === 'end') server.endWatches()
  else if (what === 'list' || what === 'watch') server.refuseNext(what, Number(code))
  else if (what === 'error') server.inject(JSON.stringify({ type: 'ERROR', object: { code, reason: 'Injected' } }))
  else server.inject('not json')
}

test('after any history of changes and faults the store ends equal to the server', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(COMMAND, { maxLength: 40 }), async (commands) => {
      const run = new AbortController()
      const mirror = new Map<string, number>()
      const reflector = createReflector({
        client,
        type: THINGS,
        project,
        clock: systemClock,
        onProblem: () => undefined,
        backoff: { baseMs: 1, maxMs: 4 },
        idleTimeoutMs: 80,
        pageSize: 2,
      })
      // A second copy, kept only by what handlers are told: no change may go unannounced.
      reflector.onChange((key, change) => {
        const value = reflector.get(key)?.value
        if (change === 'deleted' || value === undefined) mirror.delete(key)
        else mirror.set(key, value)
      })
      const running = reflector.run(run.signal)
      for (const command of commands) {
        if ('put' in command) server.put({ namespace: 'shop', name: command.put, value: command.value })
        else if ('remove' in command) server.remove('shop', command.remove)
        else if ('fault' in command) inflict(command.fault)
        else await expectEqualToServer(reflector)
      }
      await expectEqualToServer(reflector)
      expect(Object.fromEntries(mirror)).toEqual(server.contents())
      run.abort()
      await running
    }),
    { numRuns: 150 },
  )
}, 60_000)
