// The whole screen as lines: exactly as many as there are rows, none wider than the terminal. Pure.
import type { Glyphs } from '../glyphs.ts'
import type { Summary, ViewState } from '../model.ts'
import { summaryLines } from '../summary.ts'
import { bold, dim, fitLine, fold, type Line, lineWidth, span } from '../text.ts'
import { type FooterOptions, footer as footerLine } from './footer.ts'
import { header } from './header.ts'
import { helpPanel } from './help.ts'
import { incidentPanel } from './incident-panel.ts'
import { logPanel } from './log-panel.ts'
import { rule } from './rule.ts'
import { servicesTable } from './services-table.ts'

export type Panel = 'live' | 'help' | 'summary'

export interface ScreenOptions {
  readonly columns: number
  readonly rows: number
  readonly glyphs: Glyphs
  readonly panel: Panel
  readonly footer: FooterOptions
  readonly canSwitchFault: boolean
}

const LEAST = { columns: 40, rows: 10 }
const MARGIN = 1
/** Room for blank lines between the sections. */
const isRoomy = (rows: number): boolean => rows >= 32
/** Longer lines are hard to read. */
const WIDEST = 220

export function composeScreen(state: ViewState, options: ScreenOptions): readonly Line[] {
  const { columns, rows, glyphs } = options
  if (columns < LEAST.columns || rows < LEAST.rows) {
    const words = `too small: ${columns}×${rows}, needs ${LEAST.columns}×${LEAST.rows}`
    return exactly([[span(glyphs.words(words))]], rows).map((line) => fitLine(line, columns, glyphs.ellipsis))
  }
  // Where columns are scarce, the right margin is the first to go.
  const width = Math.min(columns, WIDEST) - (columns < 100 ? MARGIN : 2 * MARGIN)
  const bottom = footerLine(
    {
      fault: state.fault,
      canSwitchFault: options.canSwitchFault,
      hasSummary: state.summary !== undefined,
      options: options.footer,
    },
    width,
    glyphs,
  )
  const above = isRoomy(rows) ? rows - 2 : rows - 1
  const body = exactly(exactly(bodyOf(state, options, width, above), above), rows - 1)
  const margin = span(' '.repeat(MARGIN))
  return [...body, bottom].map((line) =>
    line.length === 0 ? [] : fitLine([margin, ...line], columns, glyphs.ellipsis),
  )
}

function bodyOf(
  state: ViewState,
  { glyphs, panel, footer, rows: terminalRows }: ScreenOptions,
  width: number,
  rows: number,
): readonly Line[] {
  const top = header(state, width, glyphs)
  const roomy = isRoomy(terminalRows)
  const space = roomy ? [[]] : []
  const left = rows - top.length
  const card =
    panel === 'help'
      ? helpPanel(width, footer, glyphs)
      : panel === 'summary' && state.summary
        ? summaryCard(state.summary, width, glyphs)
        : undefined

  const notes = roomy ? 4 : left >= 16 ? 2 : 1
  const services = roomy
    ? state.services
    : state.services.filter(
        ({ health, replicas }) => health.word !== 'unguarded' || replicas?.ready !== replicas?.wanted,
      )
  const table = servicesTable(services, width, Math.min(services.length + 1 + notes, left - 3), glyphs)
  const upper = [...top, ...space, rule([dim('services')], width, glyphs), ...table, ...space]
  if (card !== undefined)
    return rows - upper.length >= card.length
      ? [...upper, ...card, ...rest(state, width, rows - upper.length - card.length, glyphs)]
      : [...top, ...card]

  const under = rows - upper.length
  // Where rows are scarce, the remarks under the table say what the finding and the story would.
  const incidentRows = roomy ? Math.min(Math.floor(under / 2), 14) : under >= 12 ? 3 : 2
  const incident = under >= 5 ? incidentPanel(state.incident, state.startedAt, width, incidentRows, glyphs) : []
  const gap = roomy && incident.length > 0 ? [[]] : []
  const log = logPanel(state.log, state.startedAt, width, under - incident.length - gap.length, glyphs)
  return [...upper, ...incident, ...gap, ...log]
}

/** The log under a card, when there is room for more than its title. */
function rest(state: ViewState, width: number, rows: number, glyphs: Glyphs): readonly Line[] {
  return rows < 4 ? [] : [[], ...logPanel(state.log, state.startedAt, width, rows - 1, glyphs)]
}

function summaryCard(summary: Summary, width: number, glyphs: Glyphs): readonly Line[] {
  return [rule([bold('summary')], width, glyphs), ...foldLines(summaryLines(summary, glyphs), width, glyphs)]
}

/** Lines that are too wide are folded when they are one sentence, and cut otherwise. */
export function foldLines(lines: readonly Line[], width: number, glyphs: Glyphs): readonly Line[] {
  return lines.flatMap((line): readonly Line[] => {
    const last = line.at(-1)
    if (lineWidth(line) <= width || last === undefined) return [line]
    const before = line.slice(0, -1)
    const indent = lineWidth(before)
    if (width - indent < 24) return [fitLine(line, width, glyphs.ellipsis)]
    return fold(last.text, width - indent, 3, glyphs.ellipsis).map((text, index) => [
      ...(index === 0 ? before : [span(' '.repeat(indent))]),
      { ...last, text },
    ])
  })
}

function exactly(lines: readonly Line[], rows: number): readonly Line[] {
  return [...lines.slice(0, rows), ...Array.from({ length: Math.max(0, rows - lines.length) }, (): Line => [])]
}
