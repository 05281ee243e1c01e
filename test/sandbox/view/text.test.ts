// Styled text: measured in columns of the terminal, cut and folded, and free of other people's control characters.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ASCII, glyphsFor, UNICODE } from '../../../sandbox/view/glyphs.ts'
import {
  bold,
  clean,
  cut,
  dim,
  fitLine,
  fold,
  lineWidth,
  shorten,
  span,
  spread,
  toAnsi,
  toText,
  widthOf,
} from '../../../sandbox/view/text.ts'
import { formatClock, formatSignal, formatSpan, readRatio, readSeconds } from '../../../sandbox/view/units.ts'

describe('widths', () => {
  it.each([
    ['checkout', 8],
    ['●●○ →', 5],
    ['日本', 4],
    ['🚀', 2],
    ['e\u0301', 1],
  ])('%s takes %i columns', (text, columns) => {
    expect(widthOf(text)).toBe(columns)
  })

  it('hold for whatever is cut, shortened, folded or fitted', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 1, max: 60 }),
        (raw, other, columns) => {
          const text = clean(raw)
          expect(widthOf(cut(text, columns))).toBeLessThanOrEqual(columns)
          expect(widthOf(shorten(text, columns, '…'))).toBeLessThanOrEqual(columns)
          for (const part of fold(text, columns, 3, '…')) expect(widthOf(part)).toBeLessThanOrEqual(columns)
          expect(lineWidth(fitLine([span(text), dim(clean(other)), bold('x')], columns, '…'))).toBeLessThanOrEqual(
            columns,
          )
          expect(lineWidth(spread([span(text)], [span('12:34')], columns, '…'))).toBeLessThanOrEqual(columns)
        },
      ),
    )
  })
})

describe('folding', () => {
  it.each([
    ['short', ['short']],
    ['one two three four five', ['one two', 'three four', 'five']],
    ['load is at 90 % of it', ['load is at', '90 % of it']],
    ['took about 12 ms so', ['took about', '12 ms so']],
    ['abcdefghijklmnopqrst', ['abcdefghijk', 'lmnopqrst']],
    ['one two three four five six seven', ['one two', 'three four', 'five six s…']],
  ])('%s', (text, lines) => {
    expect(fold(text, 11, 3, '…')).toEqual(lines)
  })
})

describe('what others wrote', () => {
  it('can’t move the cursor or break the line', () => {
    expect(clean('a\u001b[2Jb\nc\td\u009b1m\u202e')).toBe('a[2Jb c d1m')
  })
})

describe('colours', () => {
  const line = [span('calm ', { color: 'green' }), span('past', { color: 'red', bold: true }), dim(' why'), span('.')]
  it('are ANSI, only bold and dim, or nothing', () => {
    expect(toAnsi(line, 'colors')).toBe('\u001b[32mcalm \u001b[0m\u001b[1;31mpast\u001b[0m\u001b[2m why\u001b[0m.')
    expect(toAnsi(line, 'no-colors')).toBe('calm \u001b[1mpast\u001b[0m\u001b[2m why\u001b[0m.')
    expect(toText(line)).toBe('calm past why.')
  })
})

describe('signs', () => {
  it.each([
    [{ LANG: 'en_US.UTF-8' }, UNICODE],
    [{ LANG: 'C.utf8' }, UNICODE],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, ASCII],
    [{ LANG: 'de_DE.ISO-8859-1' }, ASCII],
    [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, ASCII],
    [{}, ASCII],
  ])('for %j', (env, glyphs) => {
    expect(glyphsFor(env)).toBe(glyphs)
  })

  it('are one column each', () => {
    for (const set of [UNICODE, ASCII])
      for (const sign of [
        ...set.levels,
        set.past,
        set.podReady,
        set.podWaiting,
        set.podCrashing,
        set.podRoom,
        set.calm,
        set.holding,
        set.breached,
        set.recovering,
        set.exhausted,
        set.refused,
        set.rule,
      ])
        expect(widthOf(sign)).toBe(1)
  })
})

describe('numbers', () => {
  it.each([
    ['rps', 0, '0/s'],
    ['rps', 4.26, '4.3/s'],
    ['rps', 1_840, '1840/s'],
    ['rps', 18_400, '18.4k/s'],
    ['errors', 0.0721, '7.2 %'],
    ['errors', 0.5, '50 %'],
    ['p99', 0.0049, '4.9 ms'],
    ['p99', 0.612, '612 ms'],
    ['p99', 1.44, '1.4 s'],
    ['queue', 12_040, '12,040'],
  ] as const)('%s of %d is %s', (name, value, text) => {
    expect(formatSignal(name, value)).toBe(text)
  })
  it.each([
    [350, '350 ms'],
    [2_000, '2 s'],
    [2_460, '2.5 s'],
    [59_990, '1 m'],
    [74_000, '1 m 14 s'],
    [3_900_000, '1 h 5 m'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatSpan(ms)).toBe(text)
  })
  it.each([
    [-5, '00:00'],
    [74_900, '01:14'],
    [3_723_000, '1:02:03'],
  ])('%d ms on the clock is %s', (ms, text) => {
    expect(formatClock(ms)).toBe(text)
  })
  it.each([
    ['500ms', 0.5],
    ['1.5m', 90],
    ['500', undefined],
    [undefined, undefined],
  ])('the duration %s is %s s', (text, seconds) => {
    expect(readSeconds(text)).toBe(seconds)
  })
  it.each([
    ['90%', 0.9],
    ['90', undefined],
  ])('the percentage %s is %s', (text, ratio) => {
    expect(readRatio(text)).toBe(ratio)
  })
})
