// Which times are on: exactly from their beginning to their end, whichever moments are asked about, and in whatever order.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTimetable, type TimesSpec } from '../../controller/model/timetable.ts'

const HOUR = 3_600_000
const SUNDAYS: TimesSpec = { cron: '0 3 * * 0', timezone: 'UTC', for: HOUR }
const at = (time: string) => Date.parse(time)
const isoOf = (ms: number) => new Date(ms).toISOString().slice(0, 16)

describe('a time that comes again', () => {
  it.each([
    ['2026-01-04T02:59:59.999Z', false],
    ['2026-01-04T03:00:00.000Z', true],
    ['2026-01-04T03:59:59.999Z', true],
    ['2026-01-04T04:00:00.000Z', false],
    ['2026-01-05T03:30:00.000Z', false],
  ])('is on at %s: %s', (time, isOn) => {
    expect(createTimetable([SUNDAYS]).at(at(time)).length > 0).toBe(isOn)
  })

  it('is told with its true beginning and end, whenever it is asked about', () => {
    const [open] = createTimetable([SUNDAYS]).at(at('2026-01-04T03:40:00Z'))
    expect(open).toEqual({ start: at('2026-01-04T03:00:00Z'), end: at('2026-01-04T04:00:00Z'), of: SUNDAYS })
  })

  it.each<[string, TimesSpec, string, string, string]>([
    // An hour is an hour that passes: it ends at 4:00 by the clock, which was 2:00 when it should have begun.
    [
      'in the skipped hour',
      { cron: '30 2 * * *', timezone: 'Europe/Berlin', for: HOUR },
      '2026-03-29T01:30Z',
      '2026-03-29T01:00',
      '2026-03-29T02:00',
    ],
    [
      'over the skipped hour',
      { cron: '0 1 * * *', timezone: 'America/New_York', for: 2 * HOUR },
      '2026-03-08T07:30Z',
      '2026-03-08T06:00',
      '2026-03-08T08:00',
    ],
    [
      'in the repeated hour',
      { cron: '30 2 * * *', timezone: 'Europe/Berlin', for: HOUR },
      '2026-10-25T01:00Z',
      '2026-10-25T00:30',
      '2026-10-25T01:30',
    ],
    [
      'over the repeated hour',
      { cron: '0 0 * * *', timezone: 'America/New_York', for: 3 * HOUR },
      '2026-11-01T06:30Z',
      '2026-11-01T04:00',
      '2026-11-01T07:00',
    ],
  ])('%s lasts as long as ever', (_, entry, now, start, end) => {
    const [open] = createTimetable([entry]).at(at(now))
    expect([isoOf(open?.start ?? 0), isoOf(open?.end ?? 0)]).toEqual([start, end])
  })

  it('in the repeated hour is not on a second time', () => {
    const night = createTimetable([{ cron: '10 2 * * *', timezone: 'Europe/Berlin', for: HOUR / 6 }])
    expect(night.at(at('2026-10-25T00:15:00Z'))).toHaveLength(1)
    expect(night.at(at('2026-10-25T01:15:00Z'))).toHaveLength(0)
  })

  it('is told with those that follow without a gap', () => {
    const weekdays = createTimetable([{ cron: '0 0 * * 1-5', timezone: 'UTC', for: 24 * HOUR }])
    const [monday] = weekdays.at(at('2026-01-05T10:00:00Z'))
    expect(isoOf(monday?.end ?? 0)).toBe('2026-01-10T00:00')
    expect(weekdays.at(at('2026-01-10T10:00:00Z'))).toEqual([])
  })

  it('is the same list while nothing begins or ends, so that nobody need look', () => {
    const table = createTimetable([SUNDAYS])
    const calm = table.at(at('2026-01-04T04:00:00Z'))
    expect(table.at(at('2026-01-11T02:59:59Z'))).toBe(calm)
    expect(table.between(at('2026-01-05T00:00:00Z'), at('2026-01-06T00:00:00Z'))).toBe(calm)
    const open = table.at(at('2026-01-11T03:00:00Z'))
    expect(table.at(at('2026-01-11T03:59:59Z'))).toBe(open)
    expect(open).toHaveLength(1)
  })

  it('that has no entries is never on', () => {
    expect(createTimetable([]).between(0, at('2026-01-11T03:00:00Z'))).toEqual([])
  })
})

describe('several times', () => {
  it('may overlap, and each is told', () => {
    const table = createTimetable([SUNDAYS, { cron: '30 3 * * *', timezone: 'UTC', for: 2 * HOUR }])
    const on = (time: string) => table.at(at(time)).map(({ of }) => of.cron)
    expect(on('2026-01-04T03:10:00Z')).toEqual(['0 3 * * 0'])
    expect(on('2026-01-04T03:45:00Z')).toEqual(['0 3 * * 0', '30 3 * * *'])
    expect(on('2026-01-04T05:00:00Z')).toEqual(['30 3 * * *'])
  })

  it('that are over are told of a time in which nobody looked', () => {
    const table = createTimetable([SUNDAYS])
    const starts = table
      .between(at('2026-01-04T03:30:00Z'), at('2026-01-20T00:00:00Z'))
      .map(({ start }) => isoOf(start))
    expect(starts).toEqual(['2026-01-04T03:00', '2026-01-11T03:00', '2026-01-18T03:00'])
  })
})

describe('what is remembered', () => {
  const ENTRIES: readonly TimesSpec[] = [
    { cron: '30 2 * * *', timezone: 'Europe/Berlin', for: HOUR },
    { cron: '*/20 1-3 * * *', timezone: 'Europe/Berlin', for: 5 * 60_000 },
    { cron: '0 1 * * 0', timezone: 'America/New_York', for: 2 * HOUR },
  ]
  const nights = fc.constantFrom(at('2026-03-28T20:00Z'), at('2026-10-24T20:00Z'), at('2026-10-31T20:00Z'))

  it('never differs from what is found afresh, in any order of moments', () => {
    fc.assert(
      fc.property(
        nights,
        fc.array(fc.integer({ min: 0, max: 16 * HOUR }), { minLength: 1, maxLength: 30 }),
        (night, offsets) => {
          const table = createTimetable(ENTRIES)
          for (const offset of offsets)
            expect(table.at(night + offset)).toEqual(createTimetable(ENTRIES).at(night + offset))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('between two moments lies what is on at one of them', () => {
    fc.assert(
      fc.property(
        nights,
        fc.array(fc.integer({ min: 1, max: HOUR }), { minLength: 1, maxLength: 30 }),
        (night, steps) => {
          const table = createTimetable(ENTRIES)
          let last = night
          for (const step of steps) {
            const now = last + step
            const told = table.between(last, now)
            for (const { start, end } of told) expect(start <= now && end > last).toBe(true)
            for (let moment = now; moment > last; moment -= 60_000)
              for (const { of, end } of createTimetable(ENTRIES).at(moment))
                expect(
                  told.some((one) => one.of === of && one.start <= moment && moment < one.end && one.end <= end),
                ).toBe(true)
            last = now
          }
        },
      ),
      { numRuns: 20 },
    )
  })
})
