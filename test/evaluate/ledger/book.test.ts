// The running ledger: fed tick by tick, through restarts and through JSON, it says what the intervals say.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advanceLedger, type BookRules } from '../../../controller/evaluate/ledger/book.ts'
import { ledgerOf } from '../../../controller/evaluate/ledger/figures.ts'
import { readBook } from '../../../controller/evaluate/ledger/read.ts'
import type { Standing } from '../../../controller/evaluate/ledger/standing.ts'
import { type Interval, LEDGER_WINDOW_MS, type LedgerFigures } from '../../../controller/model/ledger.ts'
import { ledgerStatus, restoreLedger } from '../../../controller/record/ledger.ts'
import { advance, type SeenLedger, throughJson } from './support.ts'

const T0 = Date.UTC(2026, 0, 1, 22)
const RULES: BookRules = { mergeGapMs: 30_000, longestTickMs: 10_000, holdMs: 5_000 }
type Kind = Standing['kind']

/** The ledger after ticks at these seconds. */
function run(ticks: readonly (readonly [number, Kind, number?])[], before?: SeenLedger): SeenLedger {
  let ledger = before
  for (const [seconds, kind, since = seconds] of ticks)
    ledger = advance(ledger, { kind, since: at(since) }, undefined, at(seconds), RULES)
  if (ledger === undefined) throw new Error('no tick')
  return ledger
}

const at = (seconds: number) => T0 + seconds * 1000
const secondsOf = (kind: string, { book }: SeenLedger) => [
  ...book.closed.filter((one) => one.kind === kind).map(({ start, end }) => [(start - T0) / 1000, (end - T0) / 1000]),
  ...Object.entries(book.open).flatMap(([name, start]) => (name === kind ? [[(start - T0) / 1000]] : [])),
]
const figures = (ledger: SeenLedger, windowMs = LEDGER_WINDOW_MS) => readBook(ledger.book, ledger.seenAt, windowMs)

describe('a running ledger', () => {
  it('stays the same object while all is calm, and the time that goes on is up', () => {
    const first = run([[0, 'up']])
    const later = run(
      [
        [1, 'up'],
        [2, 'up'],
        [3, 'up'],
      ],
      first,
    )
    expect(later.book).toBe(first.book)
    expect(advanceLedger(later, later.seenAt, { kind: 'up' }, undefined, at(4), RULES)).toBe(later)
    expect(figures(later)).toMatchObject({ observed: 3, availability: 1, outages: 0, unknown: 0 })
  })

  it('begins an outage at its onset, not when it was detected, and ends it at the first reading that is well', () => {
    const ledger = run([
      [0, 'up'],
      [10, 'up'],
      [12, 'up'],
      [14, 'down', 11],
      [15, 'down', 15],
      [20, 'up'],
    ])
    expect(secondsOf('down', ledger)).toEqual([[11, 20]])
    expect(figures(ledger)).toMatchObject({ down: 9, outages: 1, mttrSeconds: 9, openIncidents: 0 })
  })

  it('keeps an outage open while it lasts', () => {
    expect(
      figures(
        run([
          [0, 'up'],
          [5, 'down'],
          [8, 'down'],
        ]),
      ),
    ).toMatchObject({ down: 3, openIncidents: 1 })
  })

  it('takes an outage up again that comes back before its breach is released', () => {
    const ledger = run([
      [0, 'up'],
      [5, 'down'],
      [8, 'up'],
      [17, 'up'],
      [26, 'up'],
      [35, 'down'],
      [37, 'up'],
    ])
    expect(secondsOf('down', ledger)).toEqual([[5, 37]])
  })

  it('counts it as another when it comes back later', () => {
    const ups = [8, 18, 28].map((seconds) => [seconds, 'up'] as const)
    expect(secondsOf('down', run([[0, 'up'], [5, 'down'], ...ups, [38, 'down'], [39, 'up']]))).toEqual([
      [5, 8],
      [38, 39],
    ])
  })

  it('never takes for down, in between, what nobody saw', () => {
    const ledger = run([
      [0, 'up'],
      [5, 'down'],
      [8, 'unknown'],
      [9, 'unknown'],
      [10, 'down'],
      [12, 'up'],
    ])
    expect([secondsOf('down', ledger), secondsOf('unknown', ledger)]).toEqual([
      [
        [5, 8],
        [10, 12],
      ],
      [[8, 10]],
    ])
  })

  it('a reading that is missed right before an outage belongs to it, and two do not', () => {
    const one = run([
      [0, 'up'],
      [5, 'unknown'],
      [6, 'down'],
      [9, 'up'],
    ])
    expect([secondsOf('down', one), secondsOf('unknown', one)]).toEqual([[[5, 9]], []])
    const two = run([
      [0, 'up'],
      [4, 'unknown'],
      [5, 'unknown'],
      [6, 'down'],
      [9, 'up'],
    ])
    expect([secondsOf('down', two), secondsOf('unknown', two)]).toEqual([[[6, 9]], [[4, 6]]])
  })

  it('takes a long time without a tick for unknown', () => {
    const ledger = run([
      [0, 'up'],
      [5, 'down'],
      [100, 'down'],
      [105, 'up'],
      [106, 'up'],
    ])
    expect([secondsOf('down', ledger), secondsOf('unknown', ledger)]).toEqual([[[100, 105]], [[5, 100]]])
    expect(figures(ledger)).toMatchObject({ unknown: 95, down: 5, observed: 106 })
  })

  it('counts no time while the clock is behind what it has seen', () => {
    const ledger = run(
      [
        [0, 'up'],
        [100, 'up'],
      ].map(([seconds]) => [Number(seconds) / 20, 'up'] as const),
    )
    expect(run([[3, 'down']], ledger)).toEqual(ledger)
  })

  it('after a restart the time since the last write is unknown, and an outage that still lasts goes on from now', () => {
    const written = run([
      [0, 'up'],
      [5, 'down', 4],
      [7, 'down'],
    ])
    const ledger = run(
      [
        [12, 'down', 4],
        [13, 'down'],
        [15, 'up'],
      ].map(([s, kind, since]) => [Number(s), kind as Kind, since === 4 ? 12 : Number(s)] as const),
      throughJson(written),
    )
    expect([secondsOf('down', ledger), secondsOf('unknown', ledger)]).toEqual([
      [
        [4, 7],
        [12, 15],
      ],
      [[7, 12]],
    ])
    expect(figures(ledger)).toMatchObject({ observed: 15, unknown: 5, down: 6 })
  })

  it('an onset that a successor hears of counts from when it began to watch', () => {
    const ledger = run(
      [[12, 'down', 4]],
      throughJson(
        run([
          [0, 'up'],
          [3, 'up'],
        ]),
      ),
    )
    expect([secondsOf('down', ledger), secondsOf('unknown', ledger)]).toEqual([[[12]], [[3, 12]]])
  })
})

describe('announced maintenance', () => {
  function runUntil(ticks: readonly (readonly [number, Kind, number | undefined])[], before?: SeenLedger) {
    let ledger = before
    for (const [seconds, kind, until] of ticks)
      ledger = advance(
        ledger,
        { kind, since: at(seconds) },
        until === undefined ? undefined : { announcedUntil: at(until), windows: [] },
        at(seconds),
        RULES,
      )
    if (ledger === undefined) throw new Error('no tick')
    return ledger
  }

  it('is left out until its announced end, and an overrun counts', () => {
    const ledger = runUntil([
      [0, 'up', undefined],
      [2, 'up', 10],
      [5, 'down', 10],
      [9, 'down', 10],
      [12, 'down', 10],
      [14, 'up', 10],
    ])
    expect(secondsOf('maintenance', ledger)).toEqual([[2, 10]])
    expect(figures(ledger)).toMatchObject({ maintenance: 8, down: 4, outages: 1, availability: 2 / 6 })
  })

  it('ends when it is called off', () => {
    const ledger = runUntil([
      [0, 'up', 60],
      [2, 'up', 60],
      [4, 'up', undefined],
      [5, 'up', undefined],
    ])
    expect(secondsOf('maintenance', ledger)).toEqual([[0, 2]])
  })

  it('that is over before it is seen is none', () => {
    expect(
      figures(
        runUntil([
          [0, 'up', -5],
          [2, 'up', 1],
        ]),
      ),
    ).toMatchObject({ maintenance: 0 })
  })

  it('covers a time in which no controller ran', () => {
    const before = throughJson(
      runUntil([
        [0, 'up', 30],
        [2, 'up', 30],
      ]),
    )
    expect(
      figures(
        runUntil(
          [
            [20, 'up', 30],
            [29, 'up', 30],
            [31, 'up', 30],
          ],
          before,
        ),
      ),
    ).toMatchObject({ maintenance: 30, unknown: 0 })
    expect(figures(runUntil([[40, 'up', 30]], before))).toMatchObject({ maintenance: 30, unknown: 10, observed: 40 })
    expect(figures(runUntil([[40, 'up', undefined]], before))).toMatchObject({ maintenance: 2, unknown: 38 })
  })
})

interface Tick {
  readonly afterMs: number
  readonly kind: Kind
  readonly onsetMs: number
  readonly maintenanceMs: number | undefined
  /** A successor begins here, and finds what was written so many ticks ago. */
  readonly lost: number | undefined
}

type SeenTick = Tick & { readonly at: number; readonly until: number | undefined; readonly isMissed?: boolean }

/** The same story as plain intervals: each reading counts until the next. */
function intervalsOf(told: readonly SeenTick[], rules: BookRules): Interval[] {
  const isCut = (index: number) => {
    const [before, here] = [told[index - 1], told[index]]
    return (
      before === undefined || here === undefined || here.lost !== undefined || here.at - before.at > rules.longestTickMs
    )
  }
  // One reading that is missed right before an outage belongs to it.
  const ticks = told.map((one, index): SeenTick => {
    const next = told[index + 1]
    const isMissed = one.kind === 'unknown' && next?.kind === 'down' && !isCut(index + 1)
    const wasUnknown = told[index - 1]?.kind === 'unknown' && !isCut(index)
    if (!isMissed || wasUnknown) return one
    return { ...one, isMissed, kind: 'down', onsetMs: Math.max(0, next.onsetMs - (next.at - one.at)) }
  })
  const intervals: Interval[] = []
  const downs: { start: number; end: number; blindSince: boolean }[] = []
  let floor = ticks[0]?.at ?? 0
  let maintenance: number | undefined
  for (const [index, tick] of ticks.entries()) {
    const next = ticks[index + 1]
    const previous = ticks[index - 1]
    if (previous !== undefined && (tick.lost !== undefined || tick.at - previous.at > rules.longestTickMs)) {
      intervals.push({ kind: 'unknown', start: previous.at, end: tick.at })
      floor = tick.at
      for (const down of downs) down.blindSince = true
    }
    const isSeenOn = next !== undefined && next.lost === undefined && next.at - tick.at <= rules.longestTickMs
    const end = isSeenOn ? next.at : tick.at
    const isFirst = previous?.kind !== tick.kind || floor === tick.at || tick.isMissed === true
    const start = isFirst ? Math.max(floor, tick.at - tick.onsetMs) : tick.at
    if (tick.kind === 'unknown') {
      if (end > tick.at) for (const down of downs) down.blindSince = true
      intervals.push({ kind: 'unknown', start: tick.at, end })
    }
    if (tick.kind === 'degraded') intervals.push({ kind: 'degraded', start, end })
    if (tick.kind === 'down') {
      const last = downs.at(-1)
      if (last !== undefined && !last.blindSince && start - last.end < rules.mergeGapMs) {
        last.start = Math.min(last.start, start)
        last.end = end
      } else if (end > start) downs.push({ start, end, blindSince: false })
    }
    // Maintenance lasts on whoever watches.
    const isOn = tick.until !== undefined && tick.until > tick.at
    if (isOn) maintenance ??= tick.at
    else if (maintenance !== undefined) {
      intervals.push({
        kind: 'maintenance',
        start: maintenance,
        end: Math.max(maintenance, Math.min(tick.until ?? previous?.at ?? 0, tick.at)),
      })
      maintenance = undefined
    }
  }
  if (maintenance !== undefined) intervals.push({ kind: 'maintenance', start: maintenance })
  return [...intervals, ...downs.map(({ start, end }): Interval => ({ kind: 'down', start, end }))]
}

const announced = (announcedUntil: number | undefined) =>
  announcedUntil === undefined ? undefined : { announcedUntil, windows: [] }

function tell(ticks: readonly Tick[], rules: BookRules) {
  let ledger: SeenLedger | undefined
  const seen: SeenTick[] = []
  const written: SeenLedger[] = []
  let now = T0
  for (const tick of ticks) {
    now += tick.afterMs
    if (tick.lost !== undefined && ledger !== undefined) {
      const kept = Math.max(1, seen.length - tick.lost)
      seen.length = kept
      written.length = kept
      const last = written.at(-1)
      if (last !== undefined) ledger = throughJson(last)
    }
    const until = tick.maintenanceMs === undefined ? undefined : now + tick.maintenanceMs
    ledger = advance(ledger, { kind: tick.kind, since: now - tick.onsetMs }, announced(until), now, rules)
    seen.push({ ...tick, at: now, until })
    written.push(ledger)
  }
  if (ledger === undefined) throw new Error('no tick')
  return { ledger, intervals: intervalsOf(seen, rules), since: T0 + (ticks[0]?.afterMs ?? 0) }
}

const tick = (longestMs: number, onsets: number, lost: fc.Arbitrary<number | undefined>): fc.Arbitrary<Tick> =>
  fc.record({
    afterMs: fc.integer({ min: 1, max: longestMs }),
    kind: fc.constantFrom<Kind>('up', 'up', 'up', 'down', 'down', 'degraded', 'unknown'),
    onsetMs: fc.integer({ min: 0, max: onsets }),
    maintenanceMs: fc.option(fc.integer({ min: -50_000, max: 50_000 }), { freq: 1, nil: undefined }),
    lost,
  })

/** Without an outage still open the figures must be the same to the last digit but float dust. */
function expectSame(ledger: SeenLedger, intervals: readonly Interval[], since: number, windowMs: number) {
  const found = figures(ledger, windowMs)
  const expected = ledgerOf(intervals, {
    windowMs,
    at: ledger.seenAt,
    since: Math.max(since, ledger.seenAt - found.observed * 1000),
  })
  for (const key of Object.keys(expected) as (keyof LedgerFigures)[]) {
    if (key === 'openIncidents' || key === 'mttrClosedSeconds') continue
    const [a, b] = [found[key], expected[key]]
    if (a === null || b === null) expect([key, a]).toEqual([key, b])
    else expect(Math.abs(a - b), `${key}: ${a} against ${b}`).toBeLessThan(1e-6)
  }
}

describe('fed tick by tick, the ledger says what the intervals say:', () => {
  it('with maintenance, retroactive onsets, gaps, and restarts that lose what was not written', () => {
    const lost = fc.option(fc.integer({ min: 0, max: 4 }), { freq: 1, nil: undefined })
    const calm = fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: lost })
    fc.assert(
      fc.property(fc.array(tick(14_000, RULES.holdMs, calm), { minLength: 2, maxLength: 60 }), (ticks) => {
        const { ledger, intervals, since } = tell(ticks, RULES)
        expectSame(ledger, intervals, since, LEDGER_WINDOW_MS)
      }),
      { numRuns: 1000 },
    )
  })

  it('over days, with far more of them than it keeps one by one, in any window', () => {
    const rules: BookRules = { ...RULES, longestTickMs: 3_600_000 }
    const never = fc.constant(undefined)
    const long = tick(1_200_000, RULES.holdMs, never).map((one) => ({ ...one, maintenanceMs: undefined }))
    let settled = 0
    fc.assert(
      fc.property(
        fc.array(long, { minLength: 150, maxLength: 450, size: 'max' }),
        fc.integer({ min: 3600, max: 5 * 86_400 }),
        (ticks, windowSeconds) => {
          const { ledger, intervals, since } = tell(ticks, rules)
          expect(ledger.book.closed.length).toBeLessThanOrEqual(65)
          if (ledger.book.outages.length >= 100) return
          expectSame(ledger, intervals, since, LEDGER_WINDOW_MS)
          expectSame(ledger, intervals, since, windowSeconds * 1000)
          if (ledger.book.days.length > 1) settled++
        },
      ),
      { numRuns: 150 },
    )
    expect(settled).toBeGreaterThan(50)
  })
})

describe('a ledger of very many outages', () => {
  function flapping(hours: number): SeenLedger {
    let ledger: SeenLedger | undefined
    for (let second = 0; second < hours * 3600; second += 5) {
      const kind: Kind = second % 60 < 10 ? 'down' : 'up'
      ledger = advance(ledger, { kind, since: at(second) }, undefined, at(second), { ...RULES, mergeGapMs: 0 })
    }
    return ledger ?? run([])
  }

  it('stays small, and still counts every one', () => {
    const ledger = flapping(60)
    expect(ledger.book.closed.length).toBeLessThanOrEqual(65)
    expect(ledger.book.outages.length).toBe(100)
    expect(JSON.stringify(ledgerStatus(ledger, undefined, [])).length).toBeLessThan(20_000)
    expect(figures(ledger)).toMatchObject({
      outages: 3600,
      down: 36_000,
      mttrSeconds: 10,
      mttrMedianSeconds: 10,
      mttrClosedSeconds: 10,
    })
  })

  it('forgets what is older than a month', () => {
    const old = flapping(30)
    const month = 34 * 86_400
    const ledger = run(
      [
        [month, 'up'],
        [month + 5, 'down'],
        [month + 9, 'up'],
      ],
      old,
    )
    expect([ledger.book.days.length, ledger.book.outages.length]).toEqual([0, 0])
    expect(figures(ledger)).toMatchObject({ outages: 1, down: 4, observed: 30 * 86_400 })
    expect(figures(ledger).coverage).toBeLessThan(0.001)
  })
})

describe('a ledger in status', () => {
  it('is the same again', () => {
    const ledger = run([
      [0, 'unknown'],
      [3, 'up'],
      [5, 'down', 4],
      [9, 'up'],
      [10, 'degraded', 9],
    ])
    expect(throughJson(ledger)).toEqual({ ...ledger, watchedSince: undefined })
  })

  it('that can’t be read is none', () => {
    const kept = ledgerStatus(run([[0, 'up']]), undefined, [])
    expect(restoreLedger(undefined)).toBeUndefined()
    expect(restoreLedger({ ...kept, since: 'soon' })).toBeUndefined()
    expect(restoreLedger({ ...kept, open: [{ kind: 'down', start: 'now' }] })).toBeUndefined()
  })
})
