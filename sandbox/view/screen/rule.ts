// A thin line with a title, which parts the sections of the screen.
import type { Glyphs } from '../glyphs.ts'
import { fitLine, type Line, lineWidth, span } from '../text.ts'

export function rule(title: Line, width: number, glyphs: Glyphs): Line {
  const line = [span(`${glyphs.rule.repeat(2)} `, { dim: true }), ...title, span(' ')]
  const rest = width - lineWidth(line)
  return rest > 0 ? [...line, span(glyphs.rule.repeat(rest), { dim: true })] : fitLine(line, width, glyphs.ellipsis)
}
