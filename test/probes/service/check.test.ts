// A health check: its deadline, its cache, and that a crowd of probes is one question to the dependency.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createAsker, untilWell } from '../../../probes/service/check.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('a result', () => {
  it.each<[string, () => unknown, string | undefined]>([
    ['nothing', () => {}, undefined],
    ['anything else', () => 0, undefined],
    ['a promise', async () => 'pong', undefined],
    ['false', () => false, 'it says no'],
    ['a promise of false', async () => false, 'it says no'],
    [
      'an error',
      () => {
        throw new Error('connection\n refused')
      },
      'connection refused',
    ],
    ['a rejection', () => Promise.reject(new Error('gone')), 'gone'],
    ['a rejection with no error', () => Promise.reject('a word'), 'a word'],
  ])('%s is told', async (_, check, problem) => {
    expect(await createAsker(check)()).toBe(problem)
  })

  it('is kept for a while, bad ones too', async () => {
    const check = vi.fn().mockRejectedValueOnce(new Error('down')).mockResolvedValue(undefined)
    const ask = createAsker({ check, cacheMs: 500 })
    expect([await ask(), await ask()]).toEqual(['down', 'down'])
    vi.advanceTimersByTime(499)
    expect(await ask()).toBe('down')
    vi.advanceTimersByTime(1)
    expect(await ask()).toBeUndefined()
    expect(check).toHaveBeenCalledTimes(2)
  })
})

describe('a crowd', () => {
  it('of a hundred that ask at once is one question', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const check = vi.fn(() => promise)
    const ask = createAsker({ check, cacheMs: 0 })
    const answers = Array.from({ length: 100 }, ask)
    resolve()
    expect(await Promise.all(answers)).toEqual(Array(100).fill(undefined))
    expect(check).toHaveBeenCalledTimes(1)
  })

  it('before a dependency that hangs is one question, answered for all at the deadline, until it settles', async () => {
    const hanging = Promise.withResolvers<void>()
    const signals: AbortSignal[] = []
    const check = vi.fn((signal: AbortSignal) => {
      signals.push(signal)
      return hanging.promise
    })
    const ask = createAsker({ check, timeoutMs: 200, cacheMs: 0 })
    const first = ask()
    await vi.advanceTimersByTimeAsync(200)
    expect(await first).toBe('no answer within 200 ms')
    expect(signals[0]?.aborted).toBe(true)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await ask()).toBe('no answer within 200 ms')
    expect(check).toHaveBeenCalledTimes(1)
    hanging.resolve()
    await vi.advanceTimersByTimeAsync(0)
    expect(await ask()).toBeUndefined()
    expect(check).toHaveBeenCalledTimes(2)
  })

  it('asks anew when the question was lost for half a minute', async () => {
    const check = vi
      .fn()
      .mockReturnValueOnce(new Promise(() => {}))
      .mockReturnValue(undefined)
    const ask = createAsker({ check, timeoutMs: 200 })
    void ask()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await ask()).toBe('no answer within 200 ms')
    await vi.advanceTimersByTimeAsync(1)
    expect(await ask()).toBeUndefined()
    expect(check).toHaveBeenCalledTimes(2)
  })
})

it('what only a start needs is not asked again once it was well', async () => {
  const check = vi.fn().mockRejectedValueOnce(new Error('not yet')).mockResolvedValueOnce(undefined)
  const ask = untilWell(createAsker({ check, cacheMs: 0 }))
  expect([await ask(), await ask(), await ask()]).toEqual(['not yet', undefined, undefined])
  expect(check).toHaveBeenCalledTimes(2)
})
