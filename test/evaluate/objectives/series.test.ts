// Counts over time: at the edges of slots, hours and days, through restarts, and against every request kept one by one.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { figuresOf } from '../../../controller/evaluate/objectives/objective.ts'
import { countSince } from '../../../controller/evaluate/objectives/series.ts'
import { BURN_PAIRS, type ObjectiveState } from '../../../controller/model/objectives.ts'
import { restoreObjectives } from '../../../controller/record/objectives.ts'
import { advance, type Came, DAY, HOUR, MINUTE, RULE, run, statusOf, T0, throughJson } from './support.ts'

const SPANS = [5 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY, 30 * DAY]

/** Every request, kept one by one: what reaches into the span by the slot, hour or day in which it came. */
function oracle(all: readonly Came[], now: number, spanMs: number) {
  const stepMs = spanMs <= 6 * HOUR ? 5 * MINUTE : spanMs <= 3 * DAY ? HOUR : DAY
  const inside = all.filter(({ at }) => Math.floor(at / stepMs) * stepMs + stepMs > now - spanMs)
  return {
    events: inside.reduce((sum, one) => sum + one.events, 0),
    bad: inside.reduce((sum, one) => sum + one.bad, 0),
  }
}

/** Requests one by one, now and then after a long time. */
const arrivals = fc.array(
  fc.record({
    afterMs: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: 10 * MINUTE }) },
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 * HOUR }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 * DAY }) },
    ),
    isBad: fc.boolean(),
  }),
  { minLength: 1, maxLength: 150, size: 'max' },
)

function timed(all: readonly { readonly afterMs: number; readonly isBad: boolean }[], from = T0): Came[] {
  let at = from
  return all.map(({ afterMs, isBad }) => {
    at += afterMs
    return { at, events: 1, bad: isBad ? 1 : 0, watchedMs: 1000 }
  })
}

const close = (value: number | null) => (value === null ? null : expect.closeTo(value, 6))

describe('counts', () => {
  it('agree with requests kept one by one, over every window and at any later time', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 0, max: 2 * DAY }), (all, laterMs) => {
        const came = timed(all)
        const { series } = run(came)
        for (const now of [series.open.start, came.at(-1)?.at ?? T0, (came.at(-1)?.at ?? T0) + laterMs])
          for (const spanMs of SPANS)
            expect([spanMs, countSince(series, now, spanMs)]).toEqual([
              spanMs,
              expect.objectContaining(oracle(came, now, spanMs)),
            ])
      }),
      { numRuns: 300 },
    )
  })

  it('make the same budget and burn rates as requests kept one by one, at every moment', () => {
    const rateOf = ({ events, bad }: { events: number; bad: number }) =>
      events > 0 ? bad / events / (1 - RULE.target) : null
    fc.assert(
      fc.property(arrivals, (all) => {
        const came = timed(all)
        let state: ObjectiveState | undefined
        for (const [index, one] of came.entries()) {
          state = advance(state, one)
          const rates = (spanMs: number) => rateOf(oracle(came.slice(0, index + 1), one.at, spanMs))
          const figures = figuresOf(state)
          for (const [pair, { longMs, shortMs }] of BURN_PAIRS.entries())
            expect(figures.burns[pair]).toMatchObject({ long: close(rates(longMs)), short: close(rates(shortMs)) })
          expect(figures.budgetLeft).toEqual(close(1 - (rates(30 * DAY) ?? 0)))
        }
      }),
      { numRuns: 50 },
    )
  })

  it('are the same when successors took over at any moment', () => {
    fc.assert(
      fc.property(arrivals, fc.array(fc.nat({ max: 149 }), { maxLength: 5 }), (all, restarts) => {
        const came = timed(all).map((one) => ({ ...one, events: 1.1, bad: one.bad * 0.3 }))
        let state: ObjectiveState | undefined
        for (const [index, one] of came.entries()) {
          state = advance(state, one)
          if (restarts.includes(index)) state = throughJson(state)
        }
        // What is worked out from the counts is told in fewer digits, until the next are added.
        const next = { at: (came.at(-1)?.at ?? T0) + 1000, events: 1.1, bad: 0.3 }
        expect(advance(state, next)).toEqual(advance(run(came), next))
      }),
    )
  })

  it.each<[string, number, number, number, number]>([
    ['a slot', T0 + 5 * MINUTE, 5 * MINUTE, 0, 1],
    ['an hour', T0 + HOUR, HOUR, 0, 1],
    ['an hour, told by hours', T0 + HOUR, DAY, 0, 1],
    ['a day', T0, 3 * DAY, 0, 1],
    ['a day, told by days', T0, 30 * DAY, 0, 1],
  ])('at the edge of %s belong to what begins there, and leave the window with it', (_, edge, spanMs) => {
    const stepMs = spanMs <= 6 * HOUR ? 5 * MINUTE : spanMs <= 3 * DAY ? HOUR : DAY
    const { series } = run([
      { at: edge - 1, events: 10, bad: 1 },
      { at: edge, events: 100, bad: 2 },
    ])
    expect(countSince(series, edge, spanMs).events).toBe(110)
    expect(countSince(series, edge + spanMs - 1, spanMs).events).toBe(110)
    expect(countSince(series, edge + spanMs, spanMs).events).toBe(100)
    expect(countSince(series, edge + spanMs + stepMs - 1, spanMs).events).toBe(100)
    expect(countSince(series, edge + spanMs + stepMs, spanMs).events).toBe(0)
  })

  it('that are unknown add nothing: the same value, whatever the time', () => {
    const state = run([{ at: T0, events: 5, bad: 1, watchedMs: 1000 }])
    expect(advance(state, { at: T0 + 3 * HOUR, events: 0, bad: 0 }).series).toBe(state.series)
  })

  it('tell how much of the time was watched', () => {
    const all = Array.from({ length: 60 }, (_, minute) => ({
      at: T0 + (minute + 1) * MINUTE,
      events: minute < 30 ? 10 : 0,
      bad: 0,
      watchedMs: minute < 30 ? MINUTE : 0,
    }))
    const state = run(all, RULE, advance(undefined, { at: T0, events: 0, bad: 0 }))
    expect(figuresOf(state).coverage).toBeCloseTo(0.5)
  })

  it('are never counted twice nor kept waiting in the future when the clock goes back', () => {
    const jump = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: HOUR }) },
      { weight: 1, arbitrary: fc.integer({ min: -3 * DAY, max: 0 }) },
    )
    fc.assert(
      fc.property(fc.array(jump, { minLength: 2, maxLength: 80 }), (jumps) => {
        let at = T0
        let state: ObjectiveState | undefined
        for (const byMs of jumps) {
          at += byMs
          state = advance(state, { at, events: 1, bad: 0, watchedMs: 1000 })
          const { open, minutes, hours, days } = state.series
          expect(open.start).toBeLessThanOrEqual(at)
          for (const list of [[...minutes, open], hours, days])
            for (const [index, slot] of list.entries())
              expect(slot.start).toBeGreaterThan(list[index - 1]?.start ?? Number.NEGATIVE_INFINITY)
          for (const spanMs of SPANS)
            expect(countSince(state.series, at, spanMs).events).toBeLessThanOrEqual(jumps.length)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('lose nothing when the clock goes back by less than it keeps five-minute slots', () => {
    const { series } = run([
      { at: T0 + 90 * MINUTE, events: 3, bad: 1 },
      { at: T0 + 150 * MINUTE, events: 4, bad: 0 },
      { at: T0 + 65 * MINUTE, events: 5, bad: 0 },
      { at: T0 + 200 * MINUTE, events: 1, bad: 0 },
    ])
    for (const spanMs of [6 * HOUR, DAY, 30 * DAY])
      expect(countSince(series, T0 + 200 * MINUTE, spanMs)).toMatchObject({ events: 13, bad: 1 })
  })
})

describe('counts in status', () => {
  it('stay small in a busy service, in any window that may be asked for', () => {
    const rule = { ...RULE, windowMs: 90 * DAY }
    let state: ObjectiveState | undefined
    for (let at = T0; at < T0 + 95 * DAY; at += 5 * MINUTE)
      state = advance(state, { at, events: 3_000_123.25, bad: 1234.75, watchedMs: 299_000 }, rule)
    if (state === undefined) throw new Error('nothing was counted')
    const { minutes, hours, days } = state.series
    expect([minutes.length, hours.length, days.length]).toEqual([72, 72, 90])
    expect(JSON.stringify(statusOf(state)).length).toBeLessThan(10_000)
  })

  it('that can’t be read begin anew', () => {
    const kept = statusOf(run([{ at: T0, events: 5, bad: 1 }]))
    expect(restoreObjectives(undefined)).toEqual([])
    expect(restoreObjectives([{ ...kept, since: 'soon' }])).toEqual([])
    expect(restoreObjectives([{ ...kept, counts: { ...kept.counts, open: [] } }])).toEqual([])
    expect(restoreObjectives([kept])).toHaveLength(1)
  })
})
