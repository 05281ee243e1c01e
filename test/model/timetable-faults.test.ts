// A Guard's times that come again are judged before they are used.
import { describe, expect, it } from 'vitest'
import { describeFaults } from '../../controller/model/faults.ts'
import { validateGuardSpec } from '../../controller/model/validate.ts'

const target = { name: 'checkout' }
const remedies = [{ scale: { min: 2, max: 10 } }]
const faultsOf = (spec: object) => {
  const validation = validateGuardSpec({ target, ...spec })
  return validation.ok ? [] : validation.faults.map(({ field, message, remedy }) => `${field} ${message}: ${remedy}`)
}

describe('maintenance', () => {
  it.each<[string, object, RegExp]>([
    [
      'an impossible day',
      { cron: '0 0 30 2 *', for: '1h' },
      /^spec\.maintenance\[0\]\.cron never comes: there is no such day: correct the day of month/,
    ],
    [
      'six fields',
      { cron: '0 0 3 * * 0', for: '1h' },
      /^spec\.maintenance\[0\]\.cron is not a cron expression of five fields: write minute, hour/,
    ],
    [
      'a bad hour',
      { cron: '0 25 * * *', for: '1h' },
      /^spec\.maintenance\[0\]\.cron is not a cron expression \(Invalid value for hour: 25\): write/,
    ],
    [
      'an unknown time zone',
      { cron: '0 3 * * 0', timezone: 'Europe/Berln', for: '1h' },
      /^spec\.maintenance\[0\]\.timezone is not a time zone that is known here: write a name of the IANA/,
    ],
    [
      'one that reaches into the next',
      { cron: '0 3 * * *', for: '25h' },
      /^spec\.maintenance\[0\]\.for is longer than the shortest time from one to the next, which is 1 d: shorten it/,
    ],
    ['the shortest of unequal gaps', { cron: '0 0 1,28 * *', for: '2d' }, /which is 1 d/],
    [
      'one that never ends',
      { cron: '0 * * * *', for: '1h' },
      /^spec\.maintenance\[0\]\.for leaves no time between one and the next, which begins after 1 h/,
    ],
    [
      'more than a week',
      { cron: '0 3 1 * *', for: '8d' },
      /^spec\.maintenance\[0\]\.for must be at least 1m and at most 7d/,
    ],
    ['no length', { cron: '0 3 1 * *' }, /^spec\.maintenance\[0\]\.for is missing: add it/],
  ])('with %s is refused', (_, entry, expected) => {
    expect(faultsOf({ maintenance: [entry] })).toEqual([expect.stringMatching(expected)])
  })

  it.each([
    { cron: '0 3 * * 0', for: '1h' },
    { cron: '0 3 1 * *', for: '7d' },
    { cron: '0 0 * * 1-5', for: '24h' },
    { cron: '*/15 0-22 * * *', for: '15m' },
  ])('is accepted: %j', (entry) => {
    expect(faultsOf({ maintenance: [entry, entry] })).toEqual([])
  })

  it('that is wrong is told in one sentence, with its value', () => {
    const validation = validateGuardSpec({ target, maintenance: [{ cron: '0 3 * * *', for: '30h' }] })
    expect(validation.ok ? '' : describeFaults(validation.faults)).toBe(
      'spec.maintenance[0].for ("1 d 6 h") is longer than the shortest time from one to the next, which is 1 d: shorten it, or have the cron expression come less often.',
    )
  })
})

describe('a schedule', () => {
  const entry = { cron: '0 9 * * 1-5', timezone: 'Asia/Shanghai', for: '10h', scale: { min: 6 } }

  it('is accepted', () => {
    expect(faultsOf({ remedies, schedules: [entry] })).toEqual([])
  })

  it.each<[string, object, RegExp]>([
    [
      'above max',
      { remedies, schedules: [{ ...entry, scale: { min: 11 } }] },
      /^spec\.schedules\[0\]\.scale\.min is above max of the scale remedy, which is 10: make it at most max$/,
    ],
    [
      'without a scale remedy',
      { schedules: [entry] },
      /^spec\.schedules\[0\]\.scale\.min asks for replicas, and the Guard has no scale remedy: add one to spec\.remedies$/,
    ],
    ['with a wrong cron', { remedies, schedules: [{ ...entry, cron: 'x' }] }, /^spec\.schedules\[0\]\.cron is not/],
  ])('%s is refused', (_, spec, expected) => {
    expect(faultsOf(spec)).toEqual([expect.stringMatching(expected)])
  })
})
