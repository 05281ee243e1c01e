// The ledger's definitions: every row of the table of edge cases, and what must hold of any list of intervals.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ledgerOf, quantile } from '../../../controller/evaluate/ledger/figures.ts'
import { responseOf } from '../../../controller/evaluate/ledger/response.ts'
import { INTERVAL_KINDS, type Interval, type LedgerFigures } from '../../../controller/model/ledger.ts'
import { bruteForce, type Question } from './brute-force.ts'

const DAY = 86_400_000
const MINUTE = 60_000
/** The window is an hour, and ends at this moment. */
const AT = 30 * DAY
const HOUR: Question = { windowMs: 60 * MINUTE, at: AT }

/** Minutes into the hour; an interval without an end is still going on. */
function from(kind: Interval['kind'], start: number, end?: number, weight?: number): Interval {
  const moment = (minutes: number) => AT - (60 - minutes) * MINUTE
  return {
    kind,
    start: moment(start),
    ...(end === undefined ? {} : { end: moment(end) }),
    ...(weight === undefined ? {} : { weight }),
  }
}

function figures(intervals: readonly Interval[], { mergeGapMs = 0, minDurationMs = 0, ...question }: Question = HOUR) {
  return ledgerOf(intervals, { ...question, rules: { mergeGapMs, minDurationMs } })
}

describe('the ledger', () => {
  it.each<[string, Interval[], Partial<Question>, Partial<LedgerFigures>]>([
    [
      'three outages of 20 minutes in 30 days give the availability of IEC 60050-191, and no other',
      [1, 2, 3].map((day) => ({ kind: 'down', start: day * DAY, end: day * DAY + 20 * MINUTE })),
      { windowMs: 30 * DAY },
      {
        outages: 3,
        down: 3600,
        availability: (30 * 86_400 - 3600) / (30 * 86_400),
        mttrSeconds: 1200,
        mtbfSeconds: 862_800,
      },
    ],
    [
      'MTTR is from impact to service restored',
      [from('down', 10, 20)],
      {},
      { mttrSeconds: 600, mttrClosedSeconds: 600, mtbfSeconds: 3000, availability: 50 / 60, openIncidents: 0 },
    ],
    [
      'an open incident is down until now; the closed ones are kept apart',
      [from('down', 10, 14), from('down', 50)],
      {},
      { down: 840, outages: 2, openIncidents: 1, mttrSeconds: 420, mttrClosedSeconds: 240 },
    ],
    [
      'an incident that is the only one and open has no closed MTTR',
      [from('down', 50)],
      {},
      { mttrSeconds: 600, mttrClosedSeconds: null, openIncidents: 1 },
    ],
    ['an end after now is an open end', [from('down', 50, 70)], {}, { down: 600, openIncidents: 1 }],
    ['an end that is now is an end', [from('down', 50, 60)], {}, { down: 600, openIncidents: 0 }],
    [
      'what has not begun yet is not there',
      [from('down', 60), from('maintenance', 61, 70)],
      {},
      { down: 0, outages: 0, maintenance: 0 },
    ],
    [
      'an outage that straddles the window’s edge is clipped, and counts',
      [from('down', -10, 5)],
      {},
      { down: 300, outages: 1, mttrSeconds: 300 },
    ],
    ['one that ended at the edge does not', [from('down', -10, 0)], {}, { down: 0, outages: 0 }],
    [
      'overlapping intervals are merged before they are counted',
      [from('down', 10, 20), from('down', 15, 25)],
      {},
      { down: 900, outages: 1 },
    ],
    ['so are those that touch', [from('down', 10, 20), from('down', 20, 25)], {}, { down: 900, outages: 1 }],
    [
      'flapping: a gap shorter than the merge gap is no gap',
      [from('down', 10, 12), from('down', 14, 16)],
      { mergeGapMs: 2 * MINUTE + 1 },
      { down: 360, outages: 1 },
    ],
    [
      'flapping: a gap as long as it is one',
      [from('down', 10, 12), from('down', 14, 16)],
      { mergeGapMs: 2 * MINUTE },
      { down: 240, outages: 2 },
    ],
    [
      'flapping: what is shorter than the minimum is none',
      [from('down', 10, 11), from('down', 20, 22)],
      { minDurationMs: 2 * MINUTE },
      { down: 120, outages: 1 },
    ],
    [
      'flapping: the minimum is asked of the merged whole',
      [from('down', 10, 11), from('down', 12, 13)],
      { mergeGapMs: 2 * MINUTE, minDurationMs: 3 * MINUTE },
      { down: 180, outages: 1 },
    ],
    [
      'flapping: and of the whole outage, not of what the window shows of it',
      [from('down', -10, 1)],
      { minDurationMs: 2 * MINUTE },
      { down: 60, outages: 1 },
    ],
    [
      'no outage: A is 1, and MTBF and MTTR are none',
      [],
      {},
      {
        outages: 0,
        availability: 1,
        mtbfSeconds: null,
        mttrSeconds: null,
        mttrMedianSeconds: null,
        mttrP90Seconds: null,
      },
    ],
    [
      'always down: A and MTBF are 0',
      [from('down', -5)],
      {},
      { availability: 0, availabilityWeighted: 0, mtbfSeconds: 0, mttrSeconds: 3600 },
    ],
    [
      'neither up nor down: A is none',
      [from('unknown', 0)],
      {},
      { availability: null, availabilityWeighted: null, coverage: 0, mtbfSeconds: null },
    ],
    [
      'nothing but maintenance: coverage is none too',
      [from('maintenance', 0)],
      {},
      { availability: null, coverage: null, maintenance: 3600 },
    ],
    [
      'unknown is neither up nor down',
      [from('unknown', 10, 40), from('down', 50, 55)],
      {},
      { unknown: 1800, availability: 25 / 30, coverage: 0.5, mtbfSeconds: 1500 },
    ],
    ['coverage leaves maintenance out', [from('unknown', 10, 20), from('maintenance', 30, 50)], {}, { coverage: 0.75 }],
    [
      'maintenance goes before down',
      [from('down', 10, 20), from('maintenance', 15, 25)],
      {},
      { down: 300, maintenance: 600, outages: 1 },
    ],
    ['down goes before unknown', [from('unknown', 10, 20), from('down', 15, 25)], {}, { down: 600, unknown: 300 }],
    [
      'maintenance goes before unknown',
      [from('unknown', 10, 20), from('maintenance', 10, 25)],
      {},
      { unknown: 0, maintenance: 900 },
    ],
    [
      'unknown goes before degraded',
      [from('unknown', 10, 20), from('degraded', 10, 30, 1)],
      {},
      { unknown: 600, availability: 1, availabilityWeighted: 0.8 },
    ],
    [
      'history shorter than the window: the observed time counts',
      [from('down', 40, 45)],
      { since: AT - 30 * MINUTE },
      { window: 3600, observed: 1800, availability: 25 / 30, coverage: 1 },
    ],
    [
      'and what is told of the time before it does not',
      [from('down', 10, 45)],
      { since: AT - 30 * MINUTE },
      { observed: 1800, down: 900, outages: 1 },
    ],
    ['nothing observed: there is no figure', [], { since: AT }, { observed: 0, availability: null, coverage: null }],
    [
      'degraded counts for the binary A as up, for the weighted with 0.3',
      [from('degraded', 0, 30)],
      {},
      { availability: 1, availabilityWeighted: 0.85, down: 0, outages: 0 },
    ],
    ['the weight is what the interval says', [from('degraded', 0, 30, 0.5)], {}, { availabilityWeighted: 0.75 }],
    [
      'of several degraded intervals the heaviest counts',
      [from('degraded', 0, 30, 0.5), from('degraded', 0, 60, 0.2), from('degraded', 10, 20)],
      {},
      { availabilityWeighted: 1 - (15 + 6) / 60 },
    ],
    [
      'while down the weight is 1',
      [from('down', 0, 30), from('degraded', 0, 60, 0.5)],
      {},
      { availability: 0.5, availabilityWeighted: 0.25 },
    ],
    [
      'maintenance is left out',
      [from('maintenance', 0, 30), from('down', 10, 20)],
      {},
      { availability: 1, outages: 0, down: 0, coverage: 1 },
    ],
    [
      'an overrun of it counts',
      [from('maintenance', 0, 30), from('down', 10, 45)],
      {},
      { outages: 1, down: 900, availability: 0.5 },
    ],
    [
      'an outage that maintenance interrupts is one',
      [from('down', 10, 40), from('maintenance', 20, 30)],
      {},
      { outages: 1, down: 1200, mttrSeconds: 1200 },
    ],
    [
      'median and p90 stand beside the mean',
      [from('down', 0, 1), from('down', 10, 11), from('down', 20, 21), from('down', 30, 47)],
      {},
      { mttrSeconds: 300, mttrMedianSeconds: 60, mttrP90Seconds: 60 + 0.7 * 960 },
    ],
    ['an interval without length is none', [from('down', 10, 10)], {}, { outages: 0, down: 0 }],
  ])('%s', (_, intervals, question, expected) => {
    const found = figures(intervals, { ...HOUR, ...question })
    const wanted = Object.entries(expected).map(([key, value]) => [
      key,
      value === null ? null : expect.closeTo(value, 9),
    ])
    expect(found).toMatchObject(Object.fromEntries(wanted))
    expect(close(found, bruteForce(intervals, { ...HOUR, ...question }))).toBe(true)
  })

  it('has exactly the keys that are promised', () => {
    expect(Object.keys(figures([]))).toEqual([
      'window',
      'observed',
      'unknown',
      'maintenance',
      'down',
      'outages',
      'availability',
      'availabilityWeighted',
      'mtbfSeconds',
      'mttrSeconds',
      'mttrClosedSeconds',
      'mttrMedianSeconds',
      'mttrP90Seconds',
      'openIncidents',
      'coverage',
    ])
  })
})

/** Equal but for the dust of floating point. */
function close(a: LedgerFigures, b: LedgerFigures): boolean {
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))]
  const differing = left.filter(([key, value]) => {
    const other = right.get(key)
    return typeof value === 'number' && typeof other === 'number'
      ? Math.abs(value - other) > 1e-9 * Math.max(1, Math.abs(value))
      : value !== other
  })
  if (differing.length > 0) console.error(differing.map(([key, value]) => [key, value, right.get(key)]))
  return differing.length === 0
}

const second = fc.integer({ min: -60, max: 260 }).map((seconds) => seconds * 1000)
const interval: fc.Arbitrary<Interval> = fc
  .record({
    kind: fc.constantFrom(...INTERVAL_KINDS),
    start: second,
    length: fc.option(
      fc.integer({ min: 0, max: 80 }).map((seconds) => seconds * 1000),
      { freq: 8, nil: undefined },
    ),
    weight: fc.option(fc.constantFrom(0, 0.1, 0.25, 0.5, 1), { nil: undefined }),
  })
  .map(({ kind, start, length, weight }) => ({
    kind,
    start,
    end: length === undefined ? undefined : start + length,
    weight,
  }))
const intervals = fc.array(interval, { maxLength: 14 })
const question: fc.Arbitrary<Question> = fc.record({
  windowMs: fc.integer({ min: 1, max: 250 }).map((seconds) => seconds * 1000),
  at: fc.integer({ min: 1, max: 250 }).map((seconds) => seconds * 1000),
  since: fc.option(second, { nil: undefined }),
  mergeGapMs: fc.constantFrom(0, 0, 1000, 5000, 20_000),
  minDurationMs: fc.constantFrom(0, 0, 1000, 10_000),
})

describe('whatever the intervals', () => {
  it('a count second by second finds the same', () => {
    fc.assert(
      fc.property(intervals, question, (list, asked) => {
        expect(close(figures(list, asked), bruteForce(list, asked))).toBe(true)
      }),
      { numRuns: 1500 },
    )
  })

  it('A = MTBF ÷ (MTBF + MTTR), to 1e-12', () => {
    let held = 0
    const ms = fc.integer({ min: 0, max: 30 * DAY })
    const outage = fc
      .tuple(ms, fc.integer({ min: 1, max: DAY }))
      .map(([start, length]): Interval => ({ kind: 'down', start, end: start + length }))
    const other = fc
      .tuple(fc.constantFrom('unknown', 'maintenance', 'degraded'), ms, fc.integer({ min: 1, max: DAY }))
      .map(([kind, start, length]): Interval => ({ kind, start, end: start + length }))
    fc.assert(
      fc.property(fc.array(fc.oneof(outage, other), { maxLength: 40 }), (list) => {
        const { availability, mtbfSeconds, mttrSeconds } = figures(list, { windowMs: 30 * DAY, at: 30 * DAY })
        if (mtbfSeconds === null || mttrSeconds === null || availability === null) return
        expect(Math.abs(availability - mtbfSeconds / (mtbfSeconds + mttrSeconds))).toBeLessThanOrEqual(1e-12)
        held++
      }),
      { numRuns: 1000 },
    )
    expect(held).toBeGreaterThan(500)
  })

  it('their order, their doubles, and where they are cut in two change nothing', () => {
    const shuffled = intervals.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }), fc.subarray(list), fc.nat()),
    )
    fc.assert(
      fc.property(shuffled, question, ([list, shuffle, doubles, cut], asked) => {
        const halves = shuffle.flatMap((one): Interval[] => {
          if (one.end === undefined || one.end - one.start < 2) return [one]
          const middle = one.start + 1 + (cut % (one.end - one.start - 1))
          return [
            { ...one, start: middle },
            { ...one, end: middle },
          ]
        })
        const expected = figures(list, asked)
        expect(figures([...doubles, ...shuffle], asked)).toEqual(expected)
        expect(close(figures(halves, asked), expected)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('every moment is one thing: maintenance, down, unknown and up add up to what was observed', () => {
    fc.assert(
      fc.property(intervals, question, (list, asked) => {
        const { observed, maintenance, down, unknown, mtbfSeconds, outages, coverage } = figures(list, asked)
        const up = observed - maintenance - down - unknown
        expect(up).toBeGreaterThanOrEqual(0)
        if (mtbfSeconds !== null) expect(mtbfSeconds * outages).toBeCloseTo(up, 6)
        if (coverage !== null) expect(coverage).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe('a quantile', () => {
  it.each([
    [0.5, [], null],
    [0.9, [7], 7],
    [0.5, [1, 2], 1.5],
    [0.9, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 10],
  ])('%d of %j is %j', (q, sorted, expected) => {
    expect(quantile(q, sorted)).toBe(expected)
  })
})

describe('the response', () => {
  const course = (onset: number, detected: number, acted?: number, mitigated?: number) => ({
    onset: onset * 1000,
    detectedAt: (onset + detected) * 1000,
    firstActionAt: acted === undefined ? undefined : (onset + acted) * 1000,
    mitigatedAt: mitigated === undefined ? undefined : (onset + mitigated) * 1000,
  })

  it('is from impact: to detected, to the first act, to mitigated, of the Incidents that came so far', () => {
    const window = { start: 0, end: 1_000_000 }
    expect(responseOf([course(10, 2, 4, 30), course(100, 4), course(-5, 900), course(1000, 9)], window)).toEqual({
      incidents: 2,
      mttdSeconds: 3,
      timeToFirstActionSeconds: 4,
      timeToMitigateSeconds: 30,
    })
  })

  it('of no Incident is none', () => {
    const none = { mttdSeconds: null, timeToFirstActionSeconds: null, timeToMitigateSeconds: null }
    expect(responseOf([], { start: 0, end: 1 })).toEqual({ incidents: 0, ...none })
  })
})
