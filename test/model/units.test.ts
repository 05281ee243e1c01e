import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration, parsePercent } from '../../controller/model/units.ts'

describe('durations and percentages as people write them', () => {
  it.each([
    ['500ms', 500],
    ['1s', 1000],
    ['1.5h', 5_400_000],
    ['30d', 2_592_000_000],
    ['0s', 0],
    ['5', undefined],
    ['5 s', undefined],
    ['-1s', undefined],
    ['1w', undefined],
    ['', undefined],
  ])('reads the duration %j as %s ms', (text, ms) => expect(parseDuration(text)).toBe(ms))

  it.each([
    ['90%', 0.9],
    ['99.99%', 0.9999],
    ['0.9', undefined],
    ['%', undefined],
  ])('reads the percentage %j as %s', (text, ratio) => {
    const read = parsePercent(text)
    if (ratio === undefined) expect(read).toBeUndefined()
    else expect(read).toBeCloseTo(ratio, 12)
  })

  it.each([
    [0, '0 ms'],
    [350, '350 ms'],
    [2500, '2.5 s'],
    [59_999, '60 s'],
    [60_000, '1 m'],
    [250_000, '4 m 10 s'],
    [11_100_000, '3 h 5 m'],
    [187_200_000, '2 d 4 h'],
  ])('writes %i ms as %j', (ms, text) => expect(formatDuration(ms)).toBe(text))
})
