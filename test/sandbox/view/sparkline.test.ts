// Sparklines: scaled to the limit, always as wide as asked for, and readable without colour.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ASCII, UNICODE } from '../../../sandbox/view/glyphs.ts'
import { colorOf, sparkline } from '../../../sandbox/view/sparkline.ts'
import { lineWidth, toText } from '../../../sandbox/view/text.ts'

const draw = (history: readonly (number | undefined)[], columns: number, limit?: number, glyphs = UNICODE) =>
  toText(sparkline(history, { columns, limit, glyphs }))

describe('a sparkline', () => {
  it.each([
    ['the limit is the full height', [0, 50, 99, 100], 60, 100, '▁▄▇▇'],
    ['past the limit is a sign of its own', [99, 101, 300], 60, 100, '▇██'],
    ['without a limit, the highest value is the full height', [1, 2, 4], 60, undefined, '▂▄▇'],
    ['all zeros are low', [0, 0], 60, undefined, '▁▁'],
    ['unknown is a gap, not zero', [50, undefined, 50], 60, 100, '▄ ▄'],
  ])('%s', (_, history, columns, limit, text) => {
    expect(draw(history, columns, limit).trimStart()).toBe(text)
    expect(draw(history, columns, limit)).toHaveLength(columns)
  })

  it('tells of the last minute on few columns, by the highest of each', () => {
    const history = [...Array.from({ length: 45 }, () => 10), 120, ...Array.from({ length: 14 }, () => 10)]
    expect(draw(history, 4, 100)).toBe('▁▁▁█')
    expect(draw([...history, ...Array.from({ length: 15 }, () => 10)], 4, 100)).toBe('▁▁█▁')
  })

  it('works in ASCII', () => {
    expect(draw([0, 50, 99, 101], 60, 100, ASCII).trimStart()).toBe('_~*#')
  })

  it('is always as wide as asked for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.double({ min: 0, noNaN: true }), { nil: undefined }), { maxLength: 400 }),
        fc.integer({ min: 1, max: 120 }),
        fc.option(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { nil: undefined }),
        (history, columns, limit) => {
          expect(lineWidth(sparkline(history, { columns, limit, glyphs: UNICODE }))).toBe(columns)
        },
      ),
    )
  })
})

describe('the colour of a share of the limit', () => {
  it.each([
    [0, 'green'],
    [0.59, 'green'],
    [0.6, 'yellow'],
    [1, 'yellow'],
    [1.01, 'red'],
    [undefined, undefined],
  ])('%s is %s', (share, color) => {
    expect(colorOf(share)).toBe(color)
  })
})
