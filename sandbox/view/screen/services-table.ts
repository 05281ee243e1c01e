// The services table: who is well, who is not, how close each signal is to its limit, and below it why.
import type { Glyphs } from '../glyphs.ts'
import type { HealthWord, ReplicasView, ServiceView, SignalName, SignalView } from '../model.ts'
import { colorOf, level, sparkline } from '../sparkline.ts'
import { clean, dim, fitLine, type Line, lineWidth, padStart, type Style, shorten, span } from '../text.ts'
import { type Columns, cellWidth, LIMIT_WIDTH, layOut, PODS_DRAWN, VALUE_WIDTH } from './columns.ts'

const TITLES: Readonly<Record<SignalName, string>> = {
  rps: 'LOAD',
  errors: 'ERRORS',
  p99: 'P99',
  cpu: 'CPU',
  pool: 'POOL',
  queue: 'QUEUE',
}

const HEALTH: Readonly<Record<HealthWord, { readonly word: string; readonly style: Style }>> = {
  calm: { word: 'calm', style: { color: 'green' } },
  holding: { word: 'past limit', style: { color: 'yellow' } },
  breached: { word: 'breached', style: { color: 'red', bold: true } },
  recovering: { word: 'recovering', style: { color: 'yellow' } },
  exhausted: { word: 'needs you', style: { color: 'red', bold: true } },
  unknown: { word: 'unknown', style: { dim: true } },
  refused: { word: 'refused', style: { color: 'red' } },
  unguarded: { word: 'no guard', style: { dim: true } },
}

/** What is worst comes first. */
const SEVERITY: readonly HealthWord[] = [
  'exhausted',
  'breached',
  'refused',
  'holding',
  'recovering',
  'unknown',
  'calm',
  'unguarded',
]

/** At most `rows` lines; the notes under the table are the first to go. */
export function servicesTable(
  services: readonly ServiceView[],
  width: number,
  rows: number,
  glyphs: Glyphs,
): readonly Line[] {
  if (services.length === 0) return [[dim('no services seen yet')]]
  const columns = layOut(services, width)
  const shown = services.slice(0, Math.max(1, rows - 1))
  const table = [header(columns), ...shown.map((service) => row(service, columns, glyphs))]
  return [...table, ...notes(services, rows - table.length, glyphs)].map((line) =>
    fitLine(line, width, glyphs.ellipsis),
  )
}

function header(columns: Columns): Line {
  const cells: Cell[] = [
    { width: columns.name, line: [dim('SERVICE')] },
    { width: columns.tier, line: [dim('TIER')] },
    { width: columns.mode, line: [dim('GUARD')] },
    { width: columns.health, line: [dim('HEALTH')] },
    { width: columns.pods, line: [dim('PODS')] },
    ...columns.signals.map((signal) => ({
      width: cellWidth(signal, columns),
      line: [
        dim(padStart(TITLES[signal], VALUE_WIDTH[signal])),
        ...(columns.detail === 'full' ? [dim(' / limit')] : []),
      ],
    })),
  ]
  return assemble(cells, columns.gap)
}

function row(service: ServiceView, columns: Columns, glyphs: Glyphs): Line {
  const { word, style } = HEALTH[service.health.word]
  const name = shorten(clean(service.name), columns.name, glyphs.ellipsis)
  const isWrong = SEVERITY.indexOf(service.health.word) < SEVERITY.indexOf('unknown')
  const cells: Cell[] = [
    { width: columns.name, line: [span(name, isWrong ? { bold: true } : {})] },
    { width: columns.tier, line: [dim(service.tier ?? '')] },
    { width: columns.mode, line: [dim(service.mode?.toLowerCase() ?? '')] },
    { width: columns.health, line: [span(`${healthSign(service.health.word, glyphs)} ${word}`, style)] },
    { width: columns.pods, line: pods(service.replicas, glyphs) },
    ...columns.signals.map((signal) => ({
      width: cellWidth(signal, columns),
      line: cell(signal, service.signals[signal], columns, glyphs),
    })),
  ]
  return assemble(cells, columns.gap)
}

interface Cell {
  readonly width: number
  readonly line: Line
}

function assemble(cells: readonly Cell[], gap: number): Line {
  const shown = cells.filter(({ width }) => width > 0)
  return shown.flatMap(({ width, line }, index) => [
    ...line,
    span(' '.repeat(Math.max(0, width - lineWidth(line)) + (index < shown.length - 1 ? gap : 0))),
  ])
}

function cell(signal: SignalName, view: SignalView, { detail, spark }: Columns, glyphs: Glyphs): Line {
  const wide = VALUE_WIDTH[signal]
  if (view.kind === 'absent') return [dim(padStart(glyphs.absent, wide))]
  const limit =
    detail === 'full'
      ? [
          dim(
            view.limitText === undefined
              ? ' '.repeat(LIMIT_WIDTH[signal] + 3)
              : ` / ${shorten(view.limitText, LIMIT_WIDTH[signal], '').padEnd(LIMIT_WIDTH[signal])}`,
          ),
        ]
      : []
  const line = detail === 'gauge' ? [] : sparkline(view.history, { columns: spark, limit: view.limit, glyphs })
  if (view.kind === 'unknown') return [dim(padStart(glyphs.unknown, wide)), ...limit, span(' '), ...line]
  const { share } = view
  const color = colorOf(share)
  const style: Style = color === undefined || color === 'green' ? {} : { color, bold: color === 'red' }
  const value = span(padStart(shorten(view.text, wide, ''), wide), style)
  if (detail !== 'gauge') return [value, ...limit, span(' '), ...line]
  return [
    value,
    span(' '),
    share === undefined || color === undefined ? span(' ') : span(level(share, glyphs), { color }),
  ]
}

/** One sign per replica: ready, crashing, not ready yet; and how many more there may be. */
export function pods(replicas: ReplicasView | undefined, glyphs: Glyphs): Line {
  if (replicas === undefined) return [dim(glyphs.unknown)]
  const { wanted, ready, max = 0, crashing } = replicas
  if (Math.max(wanted, ready, max) > PODS_DRAWN)
    return [span(`${ready}/${wanted}`, ready < wanted ? { color: 'yellow' } : {})]
  const broken = Math.min(crashing, Math.max(0, wanted - ready))
  const waiting = Math.max(0, wanted - ready - broken)
  return [
    span(glyphs.podReady.repeat(ready), { color: 'green' }),
    span(glyphs.podCrashing.repeat(broken), { color: 'red' }),
    span(glyphs.podWaiting.repeat(waiting), { color: 'yellow' }),
    dim(glyphs.podRoom.repeat(Math.max(0, max - Math.max(wanted, ready)))),
  ].filter(({ text }) => text !== '')
}

function healthSign(word: HealthWord, glyphs: Glyphs): string {
  switch (word) {
    case 'unknown':
      return glyphs.unknown
    case 'unguarded':
      return glyphs.absent
    default:
      return glyphs[word]
  }
}

interface Note {
  readonly sign: string
  readonly name: string
  readonly why: string
  readonly style: Style
}

/** Why a service is not calm, worst first, then what is not seen and why. */
function notes(services: readonly ServiceView[], rows: number, glyphs: Glyphs): readonly Line[] {
  const wrong = services
    .filter(({ health }) => health.word !== 'calm' && health.word !== 'unguarded')
    .sort((a, b) => SEVERITY.indexOf(a.health.word) - SEVERITY.indexOf(b.health.word))
    .map(({ name, health: { word, why } }) => ({
      sign: healthSign(word, glyphs),
      name,
      why,
      style: HEALTH[word].style,
    }))
  const unseen = services
    .filter(({ health }) => health.word !== 'unknown' && health.word !== 'refused')
    .flatMap((service) =>
      unseenIn(service).map((why) => ({ sign: glyphs.unknown, name: service.name, why, style: { dim: true } })),
    )
  const all: readonly Note[] = [...wrong, ...unseen]
  const shown = all.length <= rows ? all : all.slice(0, Math.max(0, rows - 1))
  const others = [...new Set(all.slice(shown.length).map(({ name }) => clean(name)))].join(', ')
  const lines = shown.map(
    ({ sign, name, why, style: { bold: _, ...quiet } }): Line => [
      span(`${sign} ${clean(name)}`, quiet),
      dim(`  ${glyphs.words(clean(why))}`),
    ],
  )
  return others === '' || rows <= 0 ? lines : [...lines, [dim(`  and more of ${others}`)]]
}

function unseenIn({ signals }: ServiceView): readonly string[] {
  const byWhy = new Map<string, string[]>()
  for (const [signal, view] of Object.entries(signals)) {
    const why = view.kind === 'unknown' ? view.why : view.kind === 'known' ? view.missing : undefined
    if (why === undefined) continue
    const what = view.kind === 'unknown' ? signal : `part of ${signal}`
    byWhy.set(why, [...(byWhy.get(why) ?? []), what])
  }
  return [...byWhy].map(([why, names]) => `${names.join(', ')} unknown: ${why}`)
}
