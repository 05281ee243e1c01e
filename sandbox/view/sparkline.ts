// Readings as a row of small bars, scaled so that a full one is the limit.
import type { Glyphs } from './glyphs.ts'
import type { History } from './model.ts'
import { type Color, type Line, type Span, span } from './text.ts'

/** From this share of the limit on it is worth a look. */
const AMBER = 0.6

/** Calm below 60 % of the limit, amber from there, red past it. Undefined without a limit. */
export function colorOf(share: number | undefined): Color | undefined {
  if (share === undefined) return undefined
  if (share > 1) return 'red'
  return share >= AMBER ? 'yellow' : 'green'
}

/** One sign for a share of the limit. */
export function level(share: number, { levels, past }: Glyphs): string {
  if (share > 1) return past
  const index = Math.min(levels.length - 1, Math.max(0, Math.floor(share * levels.length)))
  return levels[index] ?? past
}

export interface SparklineOptions {
  readonly columns: number
  /** The value of a full bar that is still within the limit; without one, the highest value shown. */
  readonly limit: number | undefined
  readonly glyphs: Glyphs
}

/** A sparkline tells of the last minute, however narrow it is. */
const SECONDS = 60

/** Always `columns` wide, newest on the right. When a column stands for several values, it shows their highest. */
export function sparkline(history: History, { columns, limit, glyphs }: SparklineOptions): Line {
  const shown = condense(history, columns)
  const scale = limit ?? Math.max(...shown.map((value) => value ?? 0), Number.MIN_VALUE)
  const spans: Span[] = Array.from({ length: columns - shown.length }, () => span(glyphs.gap))
  for (const value of shown) {
    if (value === undefined) spans.push(span(glyphs.gap))
    else {
      const color = limit === undefined ? 'blue' : colorOf(value / scale)
      spans.push(span(level(value / scale, glyphs), color === undefined ? {} : { color }))
    }
  }
  return joined(spans)
}

/** The last minute in at most so many values, or as many of the last values as there is room for. */
function condense(history: History, columns: number): History {
  const each = Math.max(1, Math.floor(SECONDS / columns))
  if (each === 1) return history.slice(-columns)
  const condensed: (number | undefined)[] = []
  for (let end = history.length; end > 0 && condensed.length < columns; end -= each) {
    const known = history.slice(Math.max(0, end - each), end).filter((value) => value !== undefined)
    condensed.unshift(known.length === 0 ? undefined : Math.max(...known))
  }
  return condensed
}

/** Neighbours of the same style become one span. */
function joined(spans: readonly Span[]): Line {
  const line: Span[] = []
  for (const one of spans) {
    const last = line.at(-1)
    if (last !== undefined && last.color === one.color) line[line.length - 1] = { ...last, text: last.text + one.text }
    else line.push(one)
  }
  return line
}
