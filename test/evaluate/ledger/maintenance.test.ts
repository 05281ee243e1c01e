// Maintenance by cron and by announcement in a running ledger: exact, however the moments fall at which someone looks.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BookRules } from '../../../controller/evaluate/ledger/book.ts'
import { ledgerOf } from '../../../controller/evaluate/ledger/figures.ts'
import { readBook } from '../../../controller/evaluate/ledger/read.ts'
import { type Interval, LEDGER_WINDOW_MS } from '../../../controller/model/ledger.ts'
import { advance, type SeenLedger, throughJson } from './support.ts'

const T0 = Date.UTC(2026, 0, 1)
const RULES: BookRules = { mergeGapMs: 0, longestTickMs: 10_000, holdMs: 0 }
const at = (seconds: number) => T0 + seconds * 1000

interface Look {
  readonly at: number
  readonly kind?: 'up' | 'down'
  /** Announced until then. */
  readonly until?: number
}
type Seconds = readonly [start: number, end: number]

/** The ledger after looks at these seconds, with these windows by cron. */
function run(looks: readonly Look[], windows: readonly Seconds[], before?: SeenLedger): SeenLedger {
  let ledger = before
  for (const { at: now, kind = 'up', until } of looks) {
    const from = ledger?.seenAt ?? at(now)
    const touching = windows
      .map(([start, end]) => ({ start: at(start), end: at(end) }))
      .filter(({ start, end }) => start <= at(now) && end > from)
    const announcedUntil = until === undefined ? undefined : at(until)
    const maintenance = touching.length === 0 && until === undefined ? undefined : { announcedUntil, windows: touching }
    ledger = advance(ledger, { kind, since: at(now) }, maintenance, at(now), RULES)
  }
  if (ledger === undefined) throw new Error('nobody looked')
  return ledger
}

const maintained = ({ book }: SeenLedger) => [
  ...book.closed
    .filter(({ kind }) => kind === 'maintenance')
    .map(({ start, end }) => [(start - T0) / 1000, (end - T0) / 1000]),
  ...(book.open.maintenance === undefined ? [] : [[(book.open.maintenance - T0) / 1000]]),
]
const figures = (ledger: SeenLedger) => readBook(ledger.book, ledger.seenAt, LEDGER_WINDOW_MS)

describe('maintenance by cron', () => {
  it('begins and ends at its own times, not at those at which someone looks', () => {
    const looks = [0, 4, 8, 12, 16, 20].map((second) => ({ at: second }))
    expect(maintained(run(looks.slice(0, 3), [[5, 13]]))).toEqual([[5]])
    expect(maintained(run(looks, [[5, 13]]))).toEqual([[5, 13]])
  })

  it('that falls between two looks is told', () => {
    expect(maintained(run([{ at: 0 }, { at: 8 }], [[2, 5]]))).toEqual([[2, 5]])
  })

  it('is told though nobody looked when it began, when it ended, or at all', () => {
    const windows: Seconds[] = [
      [50, 80],
      [100, 120],
      [190, 230],
    ]
    const before = run([{ at: 0 }, { at: 5 }], windows)
    const after = run([{ at: 200 }, { at: 205 }], windows, throughJson(before))
    expect(maintained(after)).toEqual([[50, 80], [100, 120], [190]])
    expect(figures(after)).toMatchObject({ maintenance: 65, unknown: 135, observed: 205 })
  })

  it('that was on when the last controller died ends when it ends', () => {
    const before = run([{ at: 0 }, { at: 5 }, { at: 10 }], [[7, 60]])
    expect(maintained(run([{ at: 300 }], [[7, 60]], throughJson(before)))).toEqual([[7, 60]])
  })

  it('is left out from the first observed moment on', () => {
    const ledger = run([{ at: 0 }, { at: 4 }, { at: 8 }], [[-100, 6]])
    expect(maintained(ledger)).toEqual([[0, 6]])
    expect(figures(ledger)).toMatchObject({ observed: 8, maintenance: 6 })
  })

  it('that is overrun counts as what the service is', () => {
    const looks = [0, 4, 8, 12, 16].map((second): Look => ({ at: second, kind: second >= 4 ? 'down' : 'up' }))
    const ledger = run([...looks, { at: 20 }], [[3, 10]])
    expect(figures(ledger)).toMatchObject({ maintenance: 7, down: 10, outages: 1 })
  })

  it('that is taken out of the spec while it is on was until then', () => {
    const before = run([{ at: 0 }, { at: 4 }, { at: 8 }], [[3, 60]])
    expect(maintained(run([{ at: 12 }], [], before))).toEqual([[3, 8]])
  })

  it('leaves the book the same object while nothing begins or ends', () => {
    const before = run([{ at: 0 }, { at: 4 }], [[3, 60]])
    expect(run([{ at: 8 }, { at: 12 }], [[3, 60]], before).book).toBe(before.book)
  })

  it('and an announcement that overlap are one', () => {
    const looks: Look[] = [{ at: 0 }, { at: 4 }, { at: 6, until: 15 }, { at: 10, until: 15 }, { at: 14, until: 15 }]
    expect(maintained(run([...looks, { at: 18, until: 15 }], [[5, 12]]))).toEqual([[5, 15]])
  })

  it('that ended while nobody looked is not stretched to an announcement that came later', () => {
    const before = run([{ at: 0 }, { at: 5 }], [[3, 60]])
    expect(maintained(run([{ at: 100, until: 200 }], [[3, 60]], throughJson(before)))).toEqual([[3, 60], [100]])
  })

  it('that was announced goes on through a restart', () => {
    const before = run([{ at: 0 }, { at: 5, until: 200 }], [])
    expect(maintained(run([{ at: 100, until: 200 }], [], throughJson(before)))).toEqual([[5]])
  })
})

describe('whenever someone looks, and whoever does', () => {
  const window = fc.tuple(fc.integer({ min: -50, max: 400 }), fc.integer({ min: 1, max: 60 }))
  const look = fc.record({
    afterSeconds: fc.integer({ min: 1, max: 40 }),
    isDown: fc.boolean(),
    restarts: fc.boolean(),
  })

  it('the figures are those of the windows themselves', () => {
    fc.assert(
      fc.property(fc.array(window, { maxLength: 6 }), fc.array(look, { minLength: 2, maxLength: 20 }), (raw, looks) => {
        const windows = raw.map(([start, length]) => [start, start + length] as const)
        let ledger = run([{ at: 0 }], windows)
        const intervals: Interval[] = windows.map(([start, end]) => ({
          kind: 'maintenance',
          start: at(start),
          end: at(end),
        }))
        let now = 0
        let wasDown = false
        for (const { afterSeconds, isDown, restarts } of looks) {
          const watched = !restarts && afterSeconds <= 10
          const last = now
          now += afterSeconds
          if (!watched) intervals.push({ kind: 'unknown', start: at(last), end: at(now) })
          else if (wasDown) intervals.push({ kind: 'down', start: at(last), end: at(now) })
          wasDown = isDown
          ledger = run([{ at: now, kind: isDown ? 'down' : 'up' }], windows, restarts ? throughJson(ledger) : ledger)
        }
        const expected = ledgerOf(intervals, { windowMs: LEDGER_WINDOW_MS, at: at(now), since: T0 })
        const { maintenance, down, unknown, observed, availability } = figures(ledger)
        expect({ maintenance, down, unknown, observed }).toEqual({
          maintenance: expected.maintenance,
          down: expected.down,
          unknown: expected.unknown,
          observed: expected.observed,
        })
        if (expected.availability === null) expect(availability).toBeNull()
        else expect(availability).toBeCloseTo(expected.availability, 12)
      }),
      { numRuns: 500 },
    )
  })
})
