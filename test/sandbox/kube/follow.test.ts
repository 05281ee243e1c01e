// The sandbox's list and watch, against a server that breaks it in every way.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type Api, connectApi } from '../../../sandbox/kube/api.ts'
import { type FollowHandler, follow } from '../../../sandbox/kube/follow.ts'
import { type ListServer, startListServer } from './list-server.ts'

const WITHIN = { timeout: 10_000, interval: 5 }
const THING = z.object({ metadata: z.object({ name: z.string() }) })
const PATH = '/api/v1/things?labelSelector=a'

const thing = (name: string, resourceVersion = '2') => ({ metadata: { name, resourceVersion } })

let server: ListServer
let api: Api
let stop: AbortController
let following: Promise<void>
let seen: string[]
let problems: string[]

beforeEach(async () => {
  server = await startListServer()
  api = connectApi({ server: server.url })
  stop = new AbortController()
  seen = []
  problems = []
})

afterEach(async () => {
  stop.abort()
  await following
  await api.close()
  await server.close()
})

function start(more: Partial<FollowHandler<string>> = {}): void {
  const handler: FollowHandler<string> = {
    onList: (all) => void seen.push(`list ${all.join(' ')}`),
    onChange: (name) => void seen.push(`change ${name}`),
    onGone: (name) => void seen.push(`gone ${name}`),
    onProblem: ({ message }) => void problems.push(message),
    ...more,
  }
  const read = (object: unknown) => THING.parse(object).metadata.name
  following = follow(api, { path: PATH, read }, handler, stop.signal)
}

const watching = (count: number) => vi.waitFor(() => expect(server.watches).toHaveLength(count), WITHIN)
const sees = (expected: readonly string[]) => vi.waitFor(() => expect(seen).toEqual(expected), WITHIN)

describe('following', () => {
  test('tells the list, then each change', async () => {
    server.answer({ items: [thing('a')], version: '7' })
    start()
    await watching(1)
    expect(server.watches[0]?.get('resourceVersion')).toBe('7')
    expect(server.watches[0]?.get('labelSelector')).toBe('a')
    server.say({ type: 'ADDED', object: thing('b', '8') })
    server.say({ type: 'DELETED', object: thing('a', '9') })
    await sees(['list a', 'change b', 'gone a'])
  })

  test('goes on where it was when the server ends the watch, bookmarks included', async () => {
    start()
    await watching(1)
    server.say({ type: 'BOOKMARK', object: thing('', '40') })
    server.endWatches()
    await watching(2)
    expect(server.watches[1]?.get('resourceVersion')).toBe('40')
    expect(server.lists).toBe(1)
  })

  test.each([
    ['a reset', () => server.breakWatches()],
    ['an error in the stream', () => server.say({ type: 'ERROR', object: { code: 410 } })],
    ['a line that is no event', () => server.say('what?')],
  ])('lists again after %s, and tells it once', async (_, breakIt) => {
    start()
    await watching(1)
    server.answer({ items: [thing('new')], version: '9' })
    breakIt()
    await watching(2)
    expect(seen).toEqual(['list ', 'list new'])
    expect(problems).toEqual([`lost sight of ${PATH}; listing again`])
  })

  test('asks on while lists are refused', async () => {
    server.answer(503)
    start()
    await vi.waitFor(() => expect(server.lists).toBeGreaterThan(2), WITHIN)
    server.answer({ items: [thing('a')], version: '3' })
    await sees(['list a'])
    expect(problems).toHaveLength(1)
  })

  test('survives a handler that throws, and one of problems that throws too', async () => {
    const silence = vi.spyOn(console, 'error').mockImplementation(() => {})
    const fail = () => {
      throw new Error('oh')
    }
    start({ onList: fail, onProblem: fail })
    await watching(1)
    server.say({ type: 'ADDED', object: thing('b') })
    await sees(['change b'])
    expect(silence).toHaveBeenCalled()
    silence.mockRestore()
  })

  test('leaves out what it cannot read, and tells it', async () => {
    server.answer({ items: [{ no: 'name' }, thing('a')], version: '1' })
    start()
    await sees(['list a'])
    expect(problems).toEqual([expect.stringContaining(`can't be read and is left alone: {"no":"name"}`)])
  })

  test('ends when it is told to, in the middle of a watch', async () => {
    start()
    await watching(1)
    stop.abort()
    await following
    expect(problems).toEqual([])
  })
})
