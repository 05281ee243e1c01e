// Output for pipes, logs and people without a terminal: one line per entry of the log, a line of status now and then, the summary at the end.
import type { Glyphs } from './glyphs.ts'
import type { LogLine, ServiceView, ViewState } from './model.ts'
import { summaryLines } from './summary.ts'
import { clean, dim, type Line, type Palette, span, toAnsi } from './text.ts'
import { formatCount, formatSpan } from './units.ts'

const STATUS_EVERY_MS = 5_000
const READ_EVERY_MS = 250
const KIND_WIDTH = 7

export interface PlainWriter {
  /** Tells what is new in this state; the summary once it is there. */
  tell(state: ViewState): void
}

export interface PlainOptions {
  /** Gets whole lines, with their line ends. */
  readonly write: (text: string) => void
  readonly glyphs: Glyphs
  readonly palette: Palette
}

interface Entry {
  readonly at: number
  readonly kind: string
  readonly words: Line
}

/**
 * Every line begins with the seconds since the start and a word that says what it is, for grep:
 * `saw`, `decided`, `did`, `note`, `trouble` (of the log), `phase`, `fault`, `status`, `summary`.
 */
export function createPlainWriter({ write, glyphs, palette }: PlainOptions): PlainWriter {
  let toldUpTo = 0
  let phase: string | undefined
  let fault: string | undefined
  let statusAt = Number.NEGATIVE_INFINITY
  let summary: ViewState['summary']

  const put = (state: ViewState, entries: readonly Entry[]) => {
    for (const { at, kind, words } of entries) {
      const line = [dim(clockOf(at - state.startedAt)), span(`  ${kind.padEnd(KIND_WIDTH)}  `), ...words]
      write(
        `${toAnsi(
          line.map((one) => ({ ...one, text: glyphs.words(clean(one.text)) })),
          palette,
        ).trimEnd()}\n`,
      )
    }
  }

  function tell(state: ViewState): void {
    const { now } = state
    const entries: Entry[] = state.log
      .filter(({ id }) => id > toldUpTo)
      .map((line) => ({ at: line.at, kind: line.kind, words: wordsOf(line) }))
    toldUpTo = Math.max(toldUpTo, ...state.log.map(({ id }) => id))
    if (state.phase !== phase) entries.push({ at: now, kind: 'phase', words: [span(state.phase)] })
    phase = state.phase
    const nowOn = state.fault?.isOn ? state.fault.name : undefined
    if (nowOn !== fault && state.fault !== undefined) {
      const words = nowOn === undefined ? `${state.fault.name} off` : `${nowOn} on: ${state.fault.summary}`
      entries.push({ at: state.fault.since, kind: 'fault', words: [span(words)] })
    }
    fault = nowOn
    put(
      state,
      entries.sort((a, b) => a.at - b.at),
    )
    if (now - statusAt >= STATUS_EVERY_MS) {
      put(state, [{ at: now, kind: 'status', words: [span(statusOf(state))] }])
      statusAt = now
    }
    if (state.summary !== undefined && state.summary !== summary)
      put(
        state,
        summaryLines(state.summary, glyphs).map((words) => ({ at: now, kind: 'summary', words })),
      )
    summary = state.summary
  }

  return { tell }
}

const wordsOf = ({ service, text, kind }: LogLine): Line => [
  ...(service === undefined ? [] : [span(`${service}: `)]),
  span(text, kind === 'trouble' ? { color: 'red' } : kind === 'did' ? { bold: true } : {}),
]

/** "   14.5s": tenths, so that detection and act can be told apart. */
const clockOf = (ms: number): string => `${(Math.max(0, ms) / 1_000).toFixed(1).padStart(7)}s`

/** "412/s wanted, 398 answered, 14 failed, p99 612 ms; checkout breached 2/4 ready; 5 calm". */
function statusOf({ load, services, shed, controller }: ViewState): string {
  const last = load.at(-1)
  const requests =
    last === undefined
      ? 'no requests yet'
      : `${formatCount(last.wanted)}/s wanted, ${formatCount(last.ok)} answered, ${formatCount(last.failed)} failed, p99 ${last.ok === 0 ? 'unknown' : formatSpan(last.p99Ms)}`
  const isQuiet = ({ health, replicas }: ServiceView) =>
    (health.word === 'calm' || health.word === 'unguarded') &&
    (replicas === undefined || replicas.ready === replicas.wanted)
  const calm = services.filter(isQuiet).length
  const others = services.filter((service) => !isQuiet(service)).map(describe)
  const health = [
    ...others,
    ...(calm > 0 ? [others.length === 0 ? `all ${calm} services well` : `${calm} others well`] : []),
  ]
  const off = shed.length === 0 ? [] : [`off: ${shed.join(', ')}`]
  const loop = controller.kind === 'running' ? [] : [`controller ${controller.kind}`]
  return [requests, ...health, ...off, ...loop].join('; ')
}

const describe = ({ name, health, replicas }: ServiceView): string =>
  `${name} ${health.word}${replicas === undefined ? '' : ` ${replicas.ready}/${replicas.wanted} ready`}`

export interface Running {
  stop(): void
}

/** Reads the state again and again until stopped; then once more. */
export function startPlain(read: () => ViewState, options: PlainOptions): Running {
  const writer = createPlainWriter(options)
  writer.tell(read())
  const timer = setInterval(() => writer.tell(read()), READ_EVERY_MS)
  return {
    stop() {
      clearInterval(timer)
      writer.tell(read())
    },
  }
}
