// The reflector on a server that fails: whatever happens to list and watch, its store ends equal to the server's.
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { type Clock, systemClock } from '../../controller/model/clock.ts'
import { KubeError } from '../../controller/model/errors.ts'
import { soon, useReflectorRig } from './reflector-rig.ts'

const rig = useReflectorRig()

/** Notes what it is asked to sleep, and sleeps 5 ms at most. */
function hastyClock(): { readonly clock: Clock; readonly slept: readonly number[] } {
  const slept: number[] = []
  const sleep: Clock['sleep'] = (ms, signal) => {
    slept.push(ms)
    return systemClock.sleep(Math.min(ms, 5), signal)
  }
  return { clock: { ...systemClock, sleep }, slept }
}

describe('a server that fails', () => {
  test.each([400, 403, 404, 429, 500, 503])('a list refused with %i is tried again', async (status) => {
    rig.server.put({ namespace: 'shop', name: 'a', value: 1 })
    rig.server.refuseNext('list', status)
    rig.server.refuseNext('list', status)
    const reflector = rig.start()
    await vi.waitFor(() => expect(reflector.problem).toMatch(/GET Thing/), soon)
    await rig.expectEqualToServer(reflector)
    expect(rig.problems.map((problem) => problem.during)).toEqual(['list', 'list'])
    await vi.waitFor(() => expect(reflector.problem).toBeUndefined(), soon)
  })

  test.each([
    { status: 429, lists: 1 },
    { status: 503, lists: 1 },
    { status: 403, lists: 2 },
    { status: 410, lists: 2 },
    { status: 504, lists: 2 },
  ])('a watch refused with $status leads to $lists lists', async ({ status, lists }) => {
    rig.server.refuseNext('watch', status)
    const reflector = rig.start()
    await vi.waitFor(() => expect(rig.server.openWatches()).toBe(1), soon)
    rig.server.put({ namespace: 'shop', name: 'a', value: 1 })
    await rig.expectEqualToServer(reflector)
    expect(rig.listCount()).toBe(lists)
  })

  test('Retry-After is waited out', async () => {
    const { clock, slept } = hastyClock()
    rig.server.refuseNext('list', 429, { 'retry-after': '7' })
    await rig.start({ clock }).whenSynced()
    expect(slept[0]).toBe(7000)
  })

  test('failures in a row wait longer and longer; the first after a change that came through waits short again', async () => {
    const { clock, slept } = hastyClock()
    for (let i = 0; i < 3; i += 1) rig.server.refuseNext('list', 500)
    const reflector = rig.start({ clock, backoff: { baseMs: 100, maxMs: 60_000 }, random: () => 1 })
    await vi.waitFor(() => expect(rig.server.openWatches()).toBe(1), soon)
    rig.server.put({ namespace: 'shop', name: 'a', value: 1 })
    await rig.expectEqualToServer(reflector)
    rig.server.dropWatches()
    await vi.waitFor(() => expect(rig.problems).toHaveLength(4), soon)
    await vi.waitFor(() => expect(rig.server.openWatches()).toBe(1), soon)
    // The rest is the guard of the silent connection.
    expect(slept.filter((ms) => ms < 10_000)).toEqual([100, 200, 400, 100])
  })

  test('a server out of reach is asked every few seconds, however long that lasts, and soon again once it answers', async () => {
    const { clock, slept } = hastyClock()
    for (let i = 0; i < 4; i += 1) rig.server.refuseNext('list', 0)
    for (let i = 0; i < 3; i += 1) rig.server.refuseNext('list', 403)
    await rig.start({ clock, backoff: { baseMs: 2_000, maxMs: 30_000 }, random: () => 1 }).whenSynced()
    expect(slept.slice(0, 7)).toEqual([2_000, 4_000, 5_000, 5_000, 2_000, 4_000, 8_000])
  })

  test.each([
    ['Expired', 410],
    ['InternalError', 500],
    ['Forbidden', 403],
  ])('an ERROR inside the stream (%s, %i) leads to a new list', async (reason, code) => {
    const reflector = rig.start()
    await vi.waitFor(() => expect(rig.server.openWatches()).toBe(1), soon)
    rig.server.inject(JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code, reason, message: 'so it is' } }))
    await vi.waitFor(() => expect(rig.listCount()).toBe(2), soon)
    const [problem] = rig.problems
    expect(problem?.during).toBe('watch')
    expect(problem?.error).toMatchObject({ status: code, reason })
    rig.server.put({ namespace: 'shop', name: 'a', value: 1 })
    await rig.expectEqualToServer(reflector)
  })

  test.each([
    '{"type":"ADDED","obj',
    '[]',
    '{"type":"ADDED","object":{}}',
    '{"type":"NEW","object":{"metadata":{"resourceVersion":"9"}}}',
  ])('a line that can’t be read (%s) leads to a new list, not to silence', async (line) => {
    const reflector = rig.start()
    await vi.waitFor(() => expect(rig.server.openWatches()).toBe(1), soon)
    rig.server.inject(line)
    await vi.waitFor(() => expect(rig.listCount()).toBe(2), soon)
    expect(rig.problems[0]?.error).toMatchObject({ reason: 'InvalidResponse' })
    rig.server.put({ namespace: 'shop', name: 'a', value: 1 })
    await rig.expectEqualToServer(reflector)
  })

  test('a reset connection is taken up again from where it was, without a list', async () => {
    const reflector = rig.start()
    await vi.waitFor(() => expect(rig.server.openWatches()).toBe(1), soon)
    rig.server.dropWatches()
    rig.server.put({ namespace: 'shop', name: 'a', value: 1 })
    await rig.expectEqualToServer(reflector)
    expect(rig.listCount()).toBe(1)
    expect(rig.problems[0]?.error).toBeInstanceOf(KubeError)
  })

  test('history that is gone leads to a new list, and what was deleted meanwhile is noticed', async () => {
    rig.server.put({ namespace: 'shop', name: 'gone', value: 1 })
    rig.server.put({ namespace: 'shop', name: 'stays', value: 2 })
    const changes: string[] = []
    const reflector = rig.start()
    await vi.waitFor(() => expect(rig.server.openWatches()).toBe(1), soon)
    reflector.onChange((key, change) => changes.push(`${change} ${key}`))
    rig.server.freezeWatches()
    rig.server.remove('shop', 'gone')
    rig.server.put({ namespace: 'shop', name: 'new', value: 3 })
    rig.server.compact()
    rig.server.dropWatches()
    await rig.expectEqualToServer(reflector)
    expect(changes.sort()).toEqual(['added shop/new', 'deleted shop/gone'])
  })

  test('a connection that falls silent is noticed and replaced', async () => {
    const reflector = rig.start({ idleTimeoutMs: 60 })
    await vi.waitFor(() => expect(rig.server.openWatches()).toBe(1), soon)
    rig.server.freezeWatches()
    rig.server.put({ namespace: 'shop', name: 'a', value: 1 })
    await rig.expectEqualToServer(reflector)
    expect(rig.problems[0]?.error).toMatchObject({ reason: 'WatchIdle' })
  })

  test('a server that ends every watch at once is not hammered', async () => {
    const reflector = rig.start({ backoff: { baseMs: 50, maxMs: 1000 }, random: () => 1 })
    await reflector.whenSynced()
    const startedAt = performance.now()
    const ender = setInterval(() => rig.server.endWatches(), 1)
    await vi.waitFor(() => expect(rig.queries().filter(({ watch }) => watch).length).toBeGreaterThanOrEqual(5), soon)
    clearInterval(ender)
    // 50 + 100 + 200 + 400 ms lie between five watches.
    expect(performance.now() - startedAt).toBeGreaterThan(600)
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
  if (what === 'compact') rig.server.compact()
  else if (what === 'bookmark') rig.server.bookmark()
  else if (what === 'drop') rig.server.dropWatches()
  else if (what === 'freeze') rig.server.freezeWatches()
  else if (what === 'end') rig.server.endWatches()
  else if (what === 'list' || what === 'watch') rig.server.refuseNext(what, Number(code))
  else if (what === 'error') rig.server.inject(JSON.stringify({ type: 'ERROR', object: { code, reason: 'Injected' } }))
  else rig.server.inject('not json')
}

test('after any history of changes and faults the store ends equal to the server', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(COMMAND, { maxLength: 40 }), async (commands) => {
      const run = new AbortController()
      const mirror = new Map<string, number>()
      const reflector = rig.create({
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
        if ('put' in command) rig.server.put({ namespace: 'shop', name: command.put, value: command.value })
        else if ('remove' in command) rig.server.remove('shop', command.remove)
        else if ('fault' in command) inflict(command.fault)
        else await rig.expectEqualToServer(reflector)
      }
      await rig.expectEqualToServer(reflector)
      expect(Object.fromEntries(mirror)).toEqual(rig.server.contents())
      run.abort()
      await running
    }),
    { numRuns: 150 },
  )
}, 60_000)
