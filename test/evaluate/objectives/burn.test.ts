// Burn rates: the four pairs at their edges, and when none may burn.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { figuresOf } from '../../../controller/evaluate/objectives/objective.ts'
import { BURN_PAIRS, canBurn, type ObjectiveRule, pairName } from '../../../controller/model/objectives.ts'
import { advance, burning, type Came, DAY, HOUR, MINUTE, RULE, run, T0 } from './support.ts'

/** A thousand requests every five minutes until `at`; `badIn` says how many of those that began so long ago went wrong. */
function service(forMs: number, badIn: (agoMs: number) => number, at = T0 + 10 * DAY, rule: ObjectiveRule = RULE) {
  const all: Came[] = []
  for (let start = at - forMs; start < at; start += 5 * MINUTE)
    all.push({ at: start, events: 1000, bad: badIn(at - start), watchedMs: 5 * MINUTE })
  return run(all, rule)
}

describe('a pair of windows', () => {
  it.each(BURN_PAIRS.map((pair) => [pairName(pair), pair] as const))('%s burns above its factor only', (name, pair) => {
    // The budget is one of a thousand: so many bad ones of a thousand are that burn rate.
    const steady = (bad: number) => burning(service(4 * DAY, () => bad))
    expect(steady(pair.factor * 0.99)).not.toContain(name)
    expect(steady(pair.factor * 1.01)).toContain(name)
  })

  it.each(BURN_PAIRS.map((pair) => [pairName(pair), pair] as const))('%s needs both of its windows', (name, pair) => {
    const index = BURN_PAIRS.indexOf(pair)
    const onlyOld = service(4 * DAY, (ago) => (ago > 3 * pair.shortMs ? 2 * pair.factor : 0))
    expect(figuresOf(onlyOld).burns[index]?.long).toBeGreaterThan(pair.factor)
    expect(burning(onlyOld)).not.toContain(name)
    const onlyNew = service(4 * DAY, (ago) => (ago <= pair.shortMs + 5 * MINUTE ? 1.5 * pair.factor : 0))
    expect(figuresOf(onlyNew).burns[index]?.short).toBeGreaterThan(pair.factor)
    expect(burning(onlyNew)).not.toContain(name)
  })

  it('begins and ceases at a moment that is kept, and keeps the same list while neither happens', () => {
    const at = T0 + DAY
    let state = service(HOUR, () => 100, at)
    expect(state.burningSince).toEqual([at - HOUR, at - HOUR, at - HOUR, at - HOUR])
    const before = state.burningSince
    state = advance(state, { at, events: 1000, bad: 100 })
    expect(state.burningSince).toBe(before)
    // Good for a while: the short window of the first pair is over it first.
    state = run(
      [1, 2].map((slot) => ({ at: at + slot * 5 * MINUTE, events: 1000, bad: 0 })),
      RULE,
      state,
    )
    expect(burning(state)).toEqual(['6h/30m', '1d/2h', '3d/6h'])
    expect(state.burningSince).toEqual([undefined, at - HOUR, at - HOUR, at - HOUR])
  })

  it.each<[number, string[]]>([
    [0.99, ['1h/5m', '6h/30m', '1d/2h', '3d/6h']],
    [0.931, ['1h/5m', '6h/30m', '1d/2h', '3d/6h']],
    [0.93, ['6h/30m', '1d/2h', '3d/6h']],
    [0.83, ['1d/2h', '3d/6h']],
    [0.5, ['3d/6h']],
  ])('of an objective of %s can burn only below 1 ÷ budget', (target, able) => {
    expect(BURN_PAIRS.filter((pair) => canBurn(pair, target)).map(pairName)).toEqual(able)
    expect(burning(service(4 * DAY, () => 1000, T0 + 10 * DAY, { ...RULE, target }))).toEqual(able)
  })
})

describe('a burn', () => {
  it('counts from the minimum of requests on, in each of the two windows', () => {
    const at = T0 + DAY
    const few = (events: number) => burning(run([{ at, events, bad: events, watchedMs: 1000 }]))
    expect(few(19)).toEqual([])
    expect(few(20)).toEqual(['1h/5m', '6h/30m', '1d/2h', '3d/6h'])
  })

  it('never is of a service that is idle, nor of one that is not seen', () => {
    const idle = run(
      Array.from({ length: 2000 }, (_, slot) => ({
        at: T0 + slot * 5 * MINUTE,
        events: 0,
        bad: 0,
        watchedMs: 300_000,
      })),
    )
    expect([burning(idle), figuresOf(idle).budgetLeft, figuresOf(idle).events]).toEqual([[], null, 0])
    expect(figuresOf(idle).burns).toEqual(BURN_PAIRS.map(() => ({ long: null, short: null })))
    expect(figuresOf(idle).coverage).toBeCloseTo(1, 3)
    const unseen = run([
      { at: T0, events: 0, bad: 0 },
      { at: T0 + DAY, events: 0, bad: 0 },
    ])
    expect([burning(unseen), figuresOf(unseen).coverage]).toEqual([[], 0])
  })

  it('is divided from sums: a quiet bad minute weighs as little as its requests', () => {
    const at = T0 + DAY
    const state = run([
      { at: at - 10 * MINUTE, events: 100_000, bad: 0 },
      { at, events: 100, bad: 100 },
    ])
    expect(figuresOf(state).burns[0]?.long).toBeCloseTo(100 / 100_100 / 0.001)
    expect(burning(state)).not.toContain('1h/5m')
  })
})

describe('the error budget', () => {
  it('is what the objective leaves of the requests that came: half of it spent is half left', () => {
    const state = run([{ at: T0, events: 100_000, bad: 50 }])
    expect(figuresOf(state).budgetLeft).toBeCloseTo(0.5)
    expect(figuresOf(advance(state, { at: T0 + DAY, events: 100_000, bad: 350 })).budgetLeft).toBeCloseTo(-1)
  })

  it('left and spent are always the whole, however the requests are spread', () => {
    const came = fc.record({
      afterMs: fc.integer({ min: 0, max: DAY }),
      events: fc.integer({ min: 0, max: 1_000_000 }),
      bad: fc.integer({ min: 0, max: 1000 }),
    })
    fc.assert(
      fc.property(
        fc.array(came, { minLength: 1, maxLength: 30 }),
        fc.double({ min: 0.5, max: 0.99999, noNaN: true }),
        (all, target) => {
          let at = T0
          const counted = all.map(({ afterMs, events, bad }) => {
            at += afterMs
            return { at, events, bad: Math.min(events, bad) }
          })
          const figures = figuresOf(run(counted, { ...RULE, target, windowMs: 60 * DAY }))
          const [events, bad] = [sumOf(counted, 'events'), sumOf(counted, 'bad')]
          expect([figures.events, figures.bad]).toEqual([events, bad])
          if (events === 0) expect(figures.budgetLeft).toBeNull()
          else expect((figures.budgetLeft ?? 0) + bad / (events * (1 - target))).toBeCloseTo(1, 9)
        },
      ),
    )
  })
})

const sumOf = (all: readonly Came[], key: 'events' | 'bad') => all.reduce((sum, one) => sum + one[key], 0)
