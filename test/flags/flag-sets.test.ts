// Flag sets over time: who is told, when, and how often, by a clock that the test moves.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { projectFeature } from '../../controller/kube/feature.ts'
import { projectRaw, type RawObject } from '../../controller/kube/resources.ts'
import type { StoredFeature } from '../../controller/model/feature.ts'
import { createFlagSets, type FlagSets } from '../../flags/flag-sets.ts'
import { type ManualClock, manualClock, settle } from '../runtime/manual-clock.ts'

/** A watch whose objects the test sets. */
function createWatch<T>(project: (raw: unknown) => T) {
  const objects = new Map<string, T>()
  const handlers = new Set<(key: string, change: 'added' | 'updated' | 'deleted') => void>()
  const watch = {
    synced: true,
    whenSynced: async () => {},
    get: (key: string) => objects.get(key),
    byNamespace: (namespace: string) =>
      [...objects].filter(([key]) => key.startsWith(`${namespace}/`)).map(([, object]) => object),
    onChange(handler: (key: string, change: 'added' | 'updated' | 'deleted') => void) {
      handlers.add(handler)
      return () => handlers.delete(handler)
    },
    set(name: string, object: object) {
      objects.set(`shop/${name}`, project({ metadata: { namespace: 'shop', name }, ...object }))
      for (const handler of handlers) handler(`shop/${name}`, 'updated')
    },
    remove(name: string) {
      objects.delete(`shop/${name}`)
      for (const handler of handlers) handler(`shop/${name}`, 'deleted')
    },
  }
  return watch
}

let clock: ManualClock
let features: ReturnType<typeof createWatch<StoredFeature>>
let guards: ReturnType<typeof createWatch<RawObject>>
let sets: FlagSets
let ending: AbortController
let told: number

beforeEach(() => {
  clock = manualClock()
  features = createWatch(projectFeature)
  guards = createWatch(projectRaw)
  ending = new AbortController()
  sets = createFlagSets({ features, guards, clock, signal: ending.signal })
  told = 0
})
afterEach(() => ending.abort())

const spec = (changes: object = {}) => ({ spec: { tier: 'Sheddable', ...changes } })
const valueHeld = (key: string) => sets.get('shop').flags.get(key)?.value
const subscribe = () =>
  sets.subscribe('shop', () => {
    told += 1
  })
/** Long enough for what is told to be told, and for nothing that takes its time. */
const aMoment = async () => {
  await settle()
  await settle()
}

describe('a change', () => {
  it('is seen at once by whoever asks, and told in the next turn', async () => {
    features.set('reviews', spec())
    subscribe()
    expect(valueHeld('reviews')).toBe(true)
    features.set('reviews', { ...spec(), status: { demandedBy: { a: { since: 's', reason: 'r' } } } })
    expect(valueHeld('reviews')).toBe(false)
    expect(told).toBe(0)
    await aMoment()
    expect(told).toBe(1)
  })

  it('of several Features at once is told once', async () => {
    subscribe()
    for (const name of ['a', 'b', 'c']) features.set(name, spec())
    await aMoment()
    expect(told).toBe(1)
    expect(sets.get('shop').flags.size).toBe(3)
  })

  it('soon after another waits a little, and then the newest is told', async () => {
    subscribe()
    features.set('size', spec({ normal: 1, degraded: 0 }))
    await aMoment()
    for (let size = 2; size <= 9; size++) {
      features.set('size', spec({ normal: size, degraded: 0 }))
      await aMoment()
    }
    expect(told).toBe(1)
    await clock.advance(49)
    expect(told).toBe(1)
    await clock.advance(1)
    await aMoment()
    expect([told, valueHeld('size')]).toEqual([2, 9])
  })

  it('that comes back to what was told is not told', async () => {
    features.set('reviews', spec())
    subscribe()
    features.set('reviews', spec({ normal: false, degraded: true }))
    features.set('reviews', spec())
    await aMoment()
    expect(told).toBe(0)
  })

  it('of a Guard’s readings makes no new set; one of its circuit does', async () => {
    const circuit = { state: 'Closed', letThrough: 1, since: 's', reason: 'all is well' }
    guards.set('checkout', { spec: { mode: 'Enforce' }, status: { circuit, signals: { rps: { text: '1' } } } })
    subscribe()
    const before = sets.get('shop')
    guards.set('checkout', { spec: { mode: 'Enforce' }, status: { circuit, signals: { rps: { text: '2' } } } })
    await aMoment()
    expect([sets.get('shop') === before, told]).toEqual([true, 0])
    guards.set('checkout', {
      spec: { mode: 'Enforce' },
      status: { circuit: { ...circuit, state: 'Open', letThrough: 0 } },
    })
    await aMoment()
    expect([valueHeld('circuit.checkout'), told]).toEqual(['open', 1])
    guards.remove('checkout')
    await aMoment()
    expect([sets.get('shop').flags.size, told]).toEqual([0, 1])
    await clock.advance(50)
    await aMoment()
    expect(told).toBe(2)
  })

  it('is told to nobody who has gone', async () => {
    const leave = subscribe()
    features.set('reviews', spec())
    leave()
    await aMoment()
    expect(told).toBe(0)
  })

  it('of another namespace is told to nobody here', async () => {
    sets.subscribe('bank', () => {
      told += 1
    })
    features.set('reviews', spec())
    await aMoment()
    expect(told).toBe(0)
  })
})

describe('an override', () => {
  const override = (ms: number) => ({
    override: { value: false, until: new Date(clock.now() + ms).toISOString(), reason: 'r' },
  })

  it('ends by the clock, to the millisecond for who asks, and is told though nobody writes anything', async () => {
    features.set('reviews', spec(override(3_600_000)))
    subscribe()
    await clock.advance(3_599_999)
    expect([valueHeld('reviews'), told]).toEqual([false, 0])
    await clock.advance(1)
    expect(valueHeld('reviews')).toBe(true)
    await aMoment()
    expect(told).toBe(1)
  })

  it('that is brought forward ends then', async () => {
    features.set('reviews', spec(override(3_600_000)))
    subscribe()
    await clock.advance(1_000)
    features.set('reviews', spec(override(500)))
    await aMoment()
    expect(told).toBe(1)
    await clock.advance(500)
    await aMoment()
    expect([valueHeld('reviews'), told]).toEqual([true, 2])
  })
})

it('remembers the last states, so that a reader who was told of one is not kept waiting', async () => {
  subscribe()
  const etags: string[] = []
  for (let size = 0; size < 30; size++) {
    features.set('size', spec({ normal: size, degraded: 0 }))
    etags.push(sets.get('shop').etag)
  }
  expect(sets.hasHad('shop', etags.at(-1) ?? '')).toBe(true)
  expect(sets.hasHad('shop', etags.at(-10) ?? '')).toBe(true)
  expect(sets.hasHad('shop', etags[0] ?? '')).toBe(false)
  expect(sets.hasHad('bank', etags.at(-1) ?? '')).toBe(false)
})
