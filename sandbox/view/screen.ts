// The live screen: reads the state a few times a second and shows it in the terminal's alternate screen until it is stopped.
import { Box, render, Text, useInput, useWindowSize } from 'ink'
import { createElement, type ReactNode, useEffect, useState } from 'react'
import { type Glyphs, glyphsFor } from './glyphs.ts'
import { holdConsole } from './held-console.ts'
import type { ViewState } from './model.ts'
import { composeScreen, foldLines, type Panel } from './screen/compose.ts'
import type { FooterOptions } from './screen/footer.ts'
import { summaryLines } from './summary.ts'
import { type Palette, toAnsi } from './text.ts'

const FRAMES_PER_SECOND = 4

export interface ScreenOptions {
  /** The state now; called a few times a second. */
  readonly read: () => ViewState
  /** `q` or Ctrl-C. It may be called again while things are being closed. */
  readonly onQuit: () => void
  /** `f`: switches the fault on or off. Without it, there is no such key. */
  readonly onFault?: () => void
  readonly footer?: FooterOptions
  readonly stdout?: NodeJS.WriteStream
  readonly stdin?: NodeJS.ReadStream
  readonly env?: Readonly<Record<string, string | undefined>>
}

export interface Screen {
  /**
   * Gives the terminal back as it was, and prints the summary to it when there is one, after
   * what was written to the console meanwhile. Once; later calls do nothing.
   */
  stop(): void
}

export function startScreen(options: ScreenOptions): Screen {
  const { read, stdout = process.stdout, stdin = process.stdin, env = process.env } = options
  const [glyphs, palette] = [glyphsFor(env), paletteFor(env)]
  const view = createElement(LiveView, { ...options, glyphs, palette, canRead: stdin.isTTY === true })
  const app = render(view, {
    stdout,
    stdin,
    alternateScreen: true,
    interactive: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: FRAMES_PER_SECOND,
  })
  const heldConsole = holdConsole()
  let isStopped = false
  const stop = () => {
    if (isStopped) return
    isStopped = true
    process.off('uncaughtExceptionMonitor', stop)
    app.unmount()
    const held = heldConsole.release()
    if (held.length > 0) stdout.write(`${held.join('\n')}\n`)
    const { summary } = read()
    if (summary === undefined) return
    const lines = foldLines(summaryLines(summary, glyphs), Math.max(40, (stdout.columns ?? 80) - 2), glyphs)
    stdout.write(`\n${lines.map((line) => ` ${toAnsi(line, palette)}`.trimEnd()).join('\n')}\n\n`)
  }
  // Otherwise the error would be printed to the alternate screen, and vanish with it.
  process.on('uncaughtExceptionMonitor', stop)
  return { stop }
}

/** https://no-color.org: any value but the empty one. */
export function paletteFor(env: Readonly<Record<string, string | undefined>>): Palette {
  return env.NO_COLOR ? 'no-colors' : 'colors'
}

interface LiveViewProps extends ScreenOptions {
  readonly glyphs: Glyphs
  readonly palette: Palette
  /** Whether there is a keyboard. */
  readonly canRead: boolean
}

function LiveView({ read, onQuit, onFault, footer = {}, glyphs, palette, canRead }: LiveViewProps): ReactNode {
  const { columns, rows } = useWindowSize()
  const [state, setState] = useState(read)
  /** What the keys ask for; undefined: the summary once there is one. */
  const [chosen, setChosen] = useState<Panel | undefined>(undefined)
  const shownNow: Panel = chosen ?? (state.summary === undefined ? 'live' : 'summary')

  useEffect(() => {
    const timer = setInterval(() => setState(read()), 1_000 / FRAMES_PER_SECOND)
    return () => clearInterval(timer)
  }, [read])
  useInput(
    (input, key) => {
      if (input === 'q' || (key.ctrl && input === 'c')) onQuit()
      else if (input === 'f') onFault?.()
      else if (input === '?') setChosen(shownNow === 'help' ? undefined : 'help')
      else if (key.escape) setChosen('live')
      else if (input === 's' && state.summary !== undefined) setChosen(shownNow === 'summary' ? 'live' : 'summary')
    },
    { isActive: canRead },
  )

  const lines = composeScreen(state, {
    columns,
    rows,
    glyphs,
    panel: shownNow,
    footer,
    canSwitchFault: onFault !== undefined,
  })
  return createElement(
    Box,
    // As wide as the terminal is by now: while it shrinks, old lines are cut rather than wrapped.
    { flexDirection: 'column', height: rows },
    ...lines.map((line, index) =>
      // A line without text would take no row.
      createElement(Text, { key: index, wrap: 'truncate' }, toAnsi(line, palette) || ' '),
    ),
  )
}
