// The incident: its milestones on one line, then its story.
import type { Glyphs } from '../glyphs.ts'
import type { IncidentView, TimelineEntry } from '../model.ts'
import { bold, clean, dim, fitLine, fold, type Line, lineWidth, type Span, type Style, span } from '../text.ts'
import { formatClock, formatSpan } from '../units.ts'
import { rule } from './rule.ts'

const PHASES: Readonly<Record<IncidentView['phase'], { readonly word: string; readonly style: Style }>> = {
  Open: { word: 'open', style: { color: 'red', bold: true } },
  Mitigated: { word: 'mitigated', style: { color: 'yellow', bold: true } },
  Resolved: { word: 'resolved', style: { color: 'green' } },
}

const ENTRIES: Readonly<Record<TimelineEntry['kind'], { readonly word: string; readonly style: Style }>> = {
  onset: { word: 'onset', style: { color: 'yellow' } },
  detected: { word: 'detected', style: { color: 'red' } },
  act: { word: 'act', style: { color: 'cyan', bold: true } },
  mitigated: { word: 'mitigated', style: { color: 'green' } },
  resolved: { word: 'resolved', style: { color: 'green' } },
  note: { word: '', style: {} },
}
const WORD_WIDTH = 9

/** At most `rows` lines. */
export function incidentPanel(
  incident: IncidentView | undefined,
  startedAt: number,
  width: number,
  rows: number,
  glyphs: Glyphs,
): readonly Line[] {
  if (incident === undefined)
    return [
      rule([dim('incident')], width, glyphs),
      [dim('none: no limit has been passed for long enough to count')],
    ].slice(0, rows)
  const { word, style } = PHASES[incident.phase]
  const title = rule(
    [dim('incident '), bold(clean(incident.guard)), span(' '), span(word, style), dim(`  ${clean(incident.name)}`)],
    width,
    glyphs,
  )
  const finding = [span(glyphs.words(clean(incident.finding)))]
  const lines = [title, milestones(incident, startedAt, width, glyphs), finding]
  return [...lines, ...story(incident.timeline, startedAt, width, rows - lines.length, glyphs)]
    .slice(0, rows)
    .map((line) => fitLine(line, width, glyphs.ellipsis))
}

/** "onset 00:12 → detected +2 s → acted +2 s → mitigated +3 s → resolved": what has not come yet is dim. */
function milestones(incident: IncidentView, startedAt: number, width: number, glyphs: Glyphs): Line {
  const { onset, detected, firstAct, mitigated, resolved } = incident
  const steps = [
    ['detected', detected],
    ['acted', firstAct],
    ['mitigated', mitigated],
    ['resolved', resolved],
  ] as const
  const arrow = dim(` ${glyphs.arrow} `)
  const line: Span[] = [dim('onset '), bold(formatClock(onset - startedAt))]
  for (const [word, at] of steps) {
    line.push(arrow)
    if (at === undefined) line.push(dim(word))
    else line.push(span(`${word} `), bold(`+${formatSpan(Math.max(0, at - onset))}`))
  }
  return fitLine(line, width, glyphs.ellipsis)
}

/** The last entries that fit; each may take two lines. */
function story(
  timeline: readonly TimelineEntry[],
  startedAt: number,
  width: number,
  rows: number,
  glyphs: Glyphs,
): readonly Line[] {
  const lines: Line[] = []
  for (const { at, kind, what } of timeline.toReversed()) {
    const clock = formatClock(at - startedAt)
    const { word, style } = ENTRIES[kind]
    const prefix = [dim(`${clock}  `), span(word.padEnd(WORD_WIDTH), style), span('  ')]
    const indent = lineWidth(prefix)
    const folded = fold(glyphs.words(clean(what)), Math.max(1, width - indent), 2, glyphs.ellipsis)
    if (lines.length + folded.length > rows) break
    const own = folded.map((text, index): Line => [...(index === 0 ? prefix : [span(' '.repeat(indent))]), span(text)])
    lines.unshift(...own)
  }
  return lines
}
