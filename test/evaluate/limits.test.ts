import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeLimit } from '../../controller/evaluate/limits.ts'
import { CALM, type LimitState } from '../../controller/model/assessment.ts'
import type { Observation } from '../../controller/model/signal.ts'

const RULES = { holdMs: 2000, releaseForMs: 30_000 }
const BELOW = 0.8
const LIMIT = 100

const ok = (value: number): Observation => ({ kind: 'ok', value })
const unknown: Observation = { kind: 'unknown', why: 'timeout' }

/** Feeds readings `[second, value | undefined (unknown)]` and returns the phase after each. */
function play(readings: readonly [number, number | undefined][], rules = RULES): LimitState[] {
  let state: LimitState = CALM
  return readings.map(([second, value]) => {
    const now = second * 1000
    state = judgeLimit(value === undefined ? unknown : ok(value), LIMIT, rules, BELOW, state, now)
    return state
  })
}
const phases = (readings: readonly [number, number | undefined][], rules = RULES) =>
  play(readings, rules).map((state) => state.phase)

describe('a limit', () => {
  it.each<[string, [number, number | undefined][], string[]]>([
    [
      'stays calm at the limit itself',
      [
        [0, 100],
        [1, 100],
      ],
      ['calm', 'calm'],
    ],
    [
      'holds before it counts',
      [
        [0, 101],
        [1, 101],
        [2, 101],
      ],
      ['holding', 'holding', 'breached'],
    ],
    [
      'forgets a breach that did not last',
      [
        [0, 101],
        [1, 99],
        [2, 101],
      ],
      ['holding', 'calm', 'holding'],
    ],
    [
      'forgets a held breach it lost sight of',
      [
        [0, 101],
        [1, undefined],
        [2, 101],
        [3, 101],
      ],
      ['holding', 'calm', 'holding', 'holding'],
    ],
    [
      'is not released just under the limit',
      [
        [0, 101],
        [2, 101],
        [3, 99],
        [60, 99],
      ],
      ['holding', 'breached', 'breached', 'breached'],
    ],
    [
      'is released when well below for long enough',
      [
        [0, 101],
        [2, 101],
        [3, 80],
        [32, 80],
        [33, 80],
      ],
      ['holding', 'breached', 'breached', 'breached', 'calm'],
    ],
    [
      'begins its release anew after a rise',
      [
        [0, 101],
        [2, 101],
        [3, 80],
        [20, 90],
        [33, 80],
        [62, 80],
        [63, 80],
      ],
      ['holding', 'breached', 'breached', 'breached', 'breached', 'breached', 'calm'],
    ],
    [
      'is not released by silence',
      [
        [0, 101],
        [2, 101],
        [3, 80],
        [20, undefined],
        [40, undefined],
        [41, 80],
      ],
      ['holding', 'breached', 'breached', 'breached', 'breached', 'breached'],
    ],
    [
      'is never breached by silence',
      [
        [0, undefined],
        [10, undefined],
      ],
      ['calm', 'calm'],
    ],
  ])('%s', (_, readings, expected) => expect(phases(readings)).toEqual(expected))

  it('acts on one reading when the hold is zero', () => {
    expect(phases([[0, 101]], { ...RULES, holdMs: 0 })).toEqual(['breached'])
  })

  it('keeps the onset, the worst value and the threshold it was worst against', () => {
    const state = play([
      [0, 150],
      [1, 300],
      [2, 120],
      [3, 110],
    ]).at(-1)
    expect(state).toMatchObject({
      phase: 'breached',
      onset: 0,
      confirmedAt: 2000,
      peak: 300,
      threshold: 100,
      eased: false,
    })
  })

  it('is eased while it is under the limit and not yet released', () => {
    expect(
      play([
        [0, 150],
        [2, 150],
        [3, 95],
      ]).at(-1),
    ).toMatchObject({ phase: 'breached', eased: true })
    expect(
      play([
        [0, 150],
        [2, 150],
        [3, 95],
        [4, 101],
      ]).at(-1),
    ).toMatchObject({ phase: 'breached', eased: false })
  })

  it('returns the same object while nothing changes, so that calm costs nothing', () => {
    expect(judgeLimit(ok(50), LIMIT, RULES, BELOW, CALM, 5)).toBe(CALM)
    const breached = play([
      [0, 150],
      [2, 150],
    ]).at(-1)
    if (breached === undefined) throw new Error('no state')
    expect(judgeLimit(ok(140), LIMIT, RULES, BELOW, breached, 3000)).toBe(breached)
    expect(judgeLimit(unknown, LIMIT, RULES, BELOW, breached, 3000)).toBe(breached)
  })
})

describe('whatever is observed', () => {
  const readings = fc.array(
    fc.record({
      gapMs: fc.integer({ min: 1, max: 5000 }),
      value: fc.option(fc.double({ min: 0, max: 200, noNaN: true }), { nil: undefined }),
    }),
    { maxLength: 60 },
  )

  it('a breach is confirmed only by readings past the limit that span the hold time without a gap', () => {
    fc.assert(
      fc.property(readings, (steps) => {
        let state: LimitState = CALM
        let now = 0
        let pastSince: number | undefined
        for (const { gapMs, value } of steps) {
          now += gapMs
          const before = state
          state = judgeLimit(value === undefined ? unknown : ok(value), LIMIT, RULES, BELOW, state, now)
          pastSince = value !== undefined && value > LIMIT ? (pastSince ?? now) : undefined
          if (before.phase !== 'breached' && state.phase === 'breached')
            expect(pastSince !== undefined && now - pastSince >= RULES.holdMs).toBe(true)
        }
      }),
    )
  })

  it('a breach ends only after known readings below the release share for the release time', () => {
    fc.assert(
      fc.property(readings, (steps) => {
        let state: LimitState = {
          phase: 'breached',
          onset: 0,
          confirmedAt: 0,
          peak: 150,
          threshold: LIMIT,
          eased: false,
        }
        let now = 0
        let lowSince: number | undefined
        for (const { gapMs, value } of steps) {
          now += gapMs
          const before = state
          state = judgeLimit(value === undefined ? unknown : ok(value), LIMIT, RULES, BELOW, state, now)
          lowSince = value !== undefined && value <= LIMIT * BELOW ? (lowSince ?? now) : undefined
          if (before.phase === 'breached' && state.phase !== 'breached')
            expect(lowSince !== undefined && now - lowSince >= RULES.releaseForMs).toBe(true)
        }
      }),
    )
  })
})
