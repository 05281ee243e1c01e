// When cron expressions come, above all in the nights in which clocks are changed; and what is wrong with those that don't.
import { describe, expect, it } from 'vitest'
import { faultOfCron, parseCron } from '../../controller/model/cron.ts'

function times(cron: string, timezone: string, from: string, count: number): string[] {
  const parsed = parseCron({ cron, timezone })
  const found: string[] = []
  for (let at = Date.parse(from); found.length < count; ) {
    at = parsed.nextAfter(at)
    found.push(new Date(at).toISOString().slice(0, 16))
  }
  return found
}

const BERLIN = 'Europe/Berlin'
const NEW_YORK = 'America/New_York'

describe('a cron expression comes', () => {
  it.each<[string, string, string, string, string[]]>([
    ['on Sundays at 3', '0 3 * * 0', 'UTC', '2026-01-01T00:00:00Z', ['2026-01-04T03:00', '2026-01-11T03:00']],
    ['with 7 for Sunday', '0 3 * * 7', 'UTC', '2026-01-01T00:00:00Z', ['2026-01-04T03:00']],
    ['by the zone’s own clock', '0 9 * * 1-5', 'Asia/Shanghai', '2026-01-02T02:00:00Z', ['2026-01-05T01:00']],
    ['on the first Sunday', '0 3 * * SUN#1', 'UTC', '2026-01-05T00:00:00Z', ['2026-02-01T03:00', '2026-03-01T03:00']],
    ['on the last day', '0 3 L * *', 'UTC', '2026-01-31T12:00:00Z', ['2026-02-28T03:00']],
    ['on a leap day', '0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['after the moment, not at it', '0 3 * * *', 'UTC', '2026-01-01T03:00:00Z', ['2026-01-02T03:00']],
    ['at once after a fraction', '0 3 * * *', 'UTC', '2026-01-01T02:59:59.999Z', ['2026-01-01T03:00']],
    // 29 March 2026 in Berlin: from 2:00 straight to 3:00, which is 1:00 UTC.
    [
      'in Berlin at 2:30 in the skipped hour: once it is over, and the next day as ever',
      '30 2 * * *',
      BERLIN,
      '2026-03-28T12:00:00Z',
      ['2026-03-29T01:00', '2026-03-30T00:30'],
    ],
    [
      'the same for one of several hours',
      '30 2,14 * * *',
      BERLIN,
      '2026-03-28T14:00:00Z',
      ['2026-03-29T01:00', '2026-03-29T12:30', '2026-03-30T00:30'],
    ],
    // 25 October 2026 in Berlin: 2:00 to 3:00 comes twice, from 0:00 and from 1:00 UTC.
    [
      'in Berlin at 2:30 in the repeated hour: the first time only',
      '30 2 * * *',
      BERLIN,
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    [
      'each half hour that passes, when clocks go back',
      '*/30 * * * *',
      BERLIN,
      '2026-10-25T00:15:00Z',
      ['2026-10-25T00:30', '2026-10-25T01:00', '2026-10-25T01:30', '2026-10-25T02:00'],
    ],
    [
      'each hour that passes, when clocks go forward',
      '0 * * * *',
      BERLIN,
      '2026-03-28T23:30:00Z',
      ['2026-03-29T00:00', '2026-03-29T01:00', '2026-03-29T02:00'],
    ],
    // 8 March and 1 November 2026 in New York.
    [
      'in New York at 2:30 in the skipped hour',
      '30 2 * * *',
      NEW_YORK,
      '2026-03-07T12:00:00Z',
      ['2026-03-08T07:00', '2026-03-09T06:30'],
    ],
    [
      'in New York at 1:30 in the repeated hour',
      '30 1 * * *',
      NEW_YORK,
      '2026-10-31T12:00:00Z',
      ['2026-11-01T05:30', '2026-11-02T06:30'],
    ],
  ])('%s', (_, cron, timezone, from, expected) => {
    expect(times(cron, timezone, from, expected.length)).toEqual(expected)
  })
})

describe('a cron expression is refused', () => {
  it.each<[string, string, string, RegExp]>([
    ['with four fields', '0 3 * *', 'UTC', /^is not a cron expression of five fields$/],
    ['with seconds', '0 0 3 * * 0', 'UTC', /of five fields/],
    ['that is empty', '', 'UTC', /of five fields/],
    ['that is a nickname', '@weekly', 'UTC', /of five fields/],
    ['that depends on when it is read', '? 3 * * *', 'UTC', /of five fields/],
    ['with a minute that there is not', '61 * * * *', 'UTC', /Invalid value for minute: 61/],
    ['with words', 'every night at three o’clock', 'UTC', /illegal characters/],
    ['on a day that no year has', '0 0 30 2 *', 'UTC', /^never comes/],
    ['on the 31st of short months', '0 0 31 4,6,9,11 *', 'UTC', /^never comes/],
  ])('%s', (_, cron, timezone, message) => {
    const fault = faultOfCron({ cron, timezone })
    expect(fault).toMatchObject({ field: 'cron', message: expect.stringMatching(message) })
    expect(fault?.remedy).not.toBe('')
  })

  it.each(['Mars/Olympus', '', 'UTC+2'])('in a time zone that there is not: "%s"', (timezone) => {
    expect(faultOfCron({ cron: '0 3 * * 0', timezone })).toMatchObject({ field: 'timezone' })
  })

  it.each(['UTC', 'Etc/UTC', BERLIN, 'Australia/Lord_Howe'])('but not in %s', (timezone) => {
    expect(faultOfCron({ cron: '0 3 * * 0', timezone })).toBeUndefined()
  })
})
