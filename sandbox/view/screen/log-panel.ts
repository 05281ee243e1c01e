// The log, newest at the bottom: what was seen, what was decided and why, what was done.
import type { Glyphs } from '../glyphs.ts'
import type { LogKind, LogLine } from '../model.ts'
import { clean, dim, fitLine, fold, type Line, padEnd, type Style, shorten, span, widthOf } from '../text.ts'
import { formatClock } from '../units.ts'
import { rule } from './rule.ts'

const KINDS: Readonly<Record<LogKind, Style>> = {
  saw: { color: 'blue' },
  decided: { color: 'magenta' },
  did: { color: 'green', bold: true },
  note: { dim: true },
  trouble: { color: 'red', bold: true },
}
const KIND_WIDTH = 7
/** A line of the log may be folded into so many. */
const FOLDED = 3
const NAME_MOST = 16

/** Exactly `rows` lines. */
export function logPanel(
  log: readonly LogLine[],
  startedAt: number,
  width: number,
  rows: number,
  glyphs: Glyphs,
): readonly Line[] {
  if (rows <= 0) return []
  const lines: Line[] = []
  const names = Math.min(NAME_MOST, Math.max(0, ...log.slice(-rows).map(({ service }) => widthOf(service ?? ''))))
  for (const line of log.slice(-rows).toReversed()) {
    const own = entry(line, startedAt, width, names, glyphs)
    // An entry is told whole, or not at all; but the newest is always told.
    if (lines.length > 0 && lines.length + own.length > rows - 1) break
    lines.unshift(...own)
  }
  const shown = lines.slice(0, rows - 1)
  if (rows === 1) return [rule([dim('log')], width, glyphs)]
  const empty = Array.from({ length: rows - 1 - shown.length }, (): Line => [])
  return [rule([dim('log')], width, glyphs), ...shown, ...empty]
}

function entry(
  { at, kind, service, text }: LogLine,
  startedAt: number,
  width: number,
  names: number,
  glyphs: Glyphs,
): readonly Line[] {
  const clock = formatClock(at - startedAt)
  const name = padEnd(shorten(clean(service ?? ''), names, glyphs.ellipsis), names)
  const prefix = [dim(`${clock}  `), span(padEnd(kind, KIND_WIDTH), KINDS[kind]), span(`  ${name}  `)]
  const indent = clock.length + 2 + KIND_WIDTH + 2 + names + 2
  const room = width - indent
  if (room < 20) return [fitLine([...prefix, span(glyphs.words(clean(text)))], width, glyphs.ellipsis)]
  return fold(glyphs.words(clean(text)), room, FOLDED, glyphs.ellipsis).map((part, index) => [
    ...(index === 0 ? prefix : [span(' '.repeat(indent))]),
    span(part, kind === 'note' ? { dim: true } : kind === 'did' ? { bold: true } : {}),
  ])
}
