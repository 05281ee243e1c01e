import { describe, expect, it } from 'vitest'
import { parseTime } from '../../controller/model/time.ts'

describe('a time', () => {
  it.each<[unknown, number]>([
    ['2026-01-31T04:00:00Z', Date.UTC(2026, 0, 31, 4)],
    ['2026-01-31t04:00:00z', Date.UTC(2026, 0, 31, 4)],
    ['2026-01-31T04:00:00.250+01:00', Date.UTC(2026, 0, 31, 3, 0, 0, 250)],
    ['2026-01-31T04:00Z', Date.UTC(2026, 0, 31, 4)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    [1_769_832_000, 1_769_832_000_000],
    ['1769832000.5', 1_769_832_000_500],
    [0, 0],
  ])('%j is read', (written, at) => {
    expect(parseTime(written)).toBe(at)
  })

  it.each([
    'tomorrow',
    '',
    '2026-02-30T00:00:00Z',
    '2026-13-01',
    '2026-01-31T25:00:00Z',
    '2026-01-31T04:00:00',
    '31.1.2026',
    1_769_832_000_000,
    -1,
    Number.NaN,
    null,
    undefined,
    {},
    true,
  ])('%j is none', (written) => {
    expect(parseTime(written)).toBeUndefined()
  })
})
