// Styled text as data: a line is a list of spans, measured and cut in columns of the terminal, and turned into ANSI at the very end.

/** Only the 16 colours of the terminal's own theme, so that light and dark backgrounds both work. */
export type Color = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan'

export interface Style {
  readonly color?: Color
  readonly bold?: boolean
  readonly dim?: boolean
}

export interface Span extends Style {
  readonly text: string
}

export type Line = readonly Span[]

export const span = (text: string, style: Style = {}): Span => ({ text, ...style })
export const dim = (text: string): Span => ({ text, dim: true })
export const bold = (text: string): Span => ({ text, bold: true })

const segments = new Intl.Segmenter('en', { granularity: 'grapheme' })
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6])/u
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
const PLAIN = /^[\x20-\x7e]*$/

/** Text of others, fit to be shown: a message must not move the cursor. */
export const clean = (text: string): string =>
  PLAIN.test(text) ? text : text.replace(/\s+/g, ' ').replace(INVISIBLE, '')

/** Columns the text takes. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const { segment } of segments.segment(text)) width += WIDE.test(segment) ? 2 : 1
  return width
}

export const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + widthOf(text), 0)

/** The first `columns` columns of the text. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let kept = ''
  let width = 0
  for (const { segment } of segments.segment(text)) {
    width += widthOf(segment)
    if (width > columns) break
    kept += segment
  }
  return kept
}

/** Text that is at most so wide; what was cut off is marked. */
export function shorten(text: string, columns: number, mark: string): string {
  if (widthOf(text) <= columns) return text
  return columns <= widthOf(mark) ? cut(text, columns) : `${cut(text, columns - widthOf(mark)).trimEnd()}${mark}`
}

export const padEnd = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - widthOf(text)))
export const padStart = (text: string, columns: number): string =>
  ' '.repeat(Math.max(0, columns - widthOf(text))) + text

/** A line that is at most so wide. */
export function fitLine(line: Line, columns: number, mark: string): Line {
  if (lineWidth(line) <= columns) return line
  const fitted: Span[] = []
  let left = columns
  for (const one of line) {
    const width = widthOf(one.text)
    if (width <= left && (width < left || one === line.at(-1))) {
      fitted.push(one)
      left -= width
      continue
    }
    fitted.push({
      ...one,
      text: left > widthOf(mark) ? `${cut(one.text, left - widthOf(mark))}${mark}` : cut(one.text, left),
    })
    break
  }
  return fitted
}

/** Left and right on one line of exactly this width; the left gives way. */
export function spread(left: Line, right: Line, columns: number, mark: string): Line {
  const rightWidth = lineWidth(right)
  if (rightWidth + 12 > columns) return fitLine(left, columns, mark)
  const fitted = fitLine(left, columns - rightWidth - 2, mark)
  return [...fitted, span(' '.repeat(columns - rightWidth - lineWidth(fitted))), ...right]
}

/** Breaks text at spaces into at most `most` lines of this width; what is left over is cut off and marked. */
export function fold(text: string, columns: number, most: number, mark: string): readonly string[] {
  const lines: string[] = []
  let rest = text
  while (lines.length < most - 1 && widthOf(rest) > columns) {
    const space = lastBreak(rest, cut(rest, columns + 1).length)
    const end = space > columns / 2 ? space : cut(rest, columns).length
    lines.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return [...lines, shorten(rest, columns, mark)]
}

/** The last space before `end` that does not part a number from its unit: "90 %" stays in one piece. */
function lastBreak(text: string, end: number): number {
  for (let space = text.lastIndexOf(' ', end - 1); space > 0; space = text.lastIndexOf(' ', space - 1))
    if (!/\d$/.test(text.slice(0, space)) || !/^(%|ms|s|m|h|req\/s)(?![\w])/.test(text.slice(space + 1))) return space
  return -1
}

const CODES: Readonly<Record<Color, number>> = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 }

export type Palette = 'colors' | 'no-colors' | 'plain'

/** `no-colors` keeps bold and dim; `plain` has no escape sequence at all. */
export function toAnsi(line: Line, palette: Palette): string {
  return line
    .map(({ text, color, bold: isBold, dim: isDim }) => {
      if (palette === 'plain' || text === '') return text
      const codes = [
        ...(isBold ? [1] : []),
        ...(isDim ? [2] : []),
        ...(color !== undefined && palette === 'colors' ? [CODES[color]] : []),
      ]
      return codes.length === 0 ? text : `\u001b[${codes.join(';')}m${text}\u001b[0m`
    })
    .join('')
}

export const toText = (line: Line): string => toAnsi(line, 'plain')
