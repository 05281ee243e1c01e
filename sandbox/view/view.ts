// Chooses how the state is shown: the live screen in a terminal, plain lines everywhere else.
import { glyphsFor } from './glyphs.ts'
import { startPlain } from './plain.ts'
import { paletteFor, type Screen, type ScreenOptions, startScreen } from './screen.ts'
import type { Palette } from './text.ts'

export interface ViewOptions extends ScreenOptions {
  /** `--plain`: plain lines even in a terminal. */
  readonly plain?: boolean
}

export function startView(options: ViewOptions): Screen {
  const { read, onQuit, stdout = process.stdout, stdin = process.stdin, env = process.env, plain = false } = options
  if (!plain && stdout.isTTY && stdin.isTTY && env.TERM !== 'dumb') return startScreen(options)
  const palette: Palette = stdout.isTTY && env.TERM !== 'dumb' && !env.NO_COLOR ? paletteFor(env) : 'plain'
  let isClosed = false
  // `| head` closes the pipe: that is how one says that one has seen enough.
  stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    isClosed = true
    stdout.on('error', () => {})
    onQuit()
  })
  const write = (text: string) => {
    if (!isClosed) stdout.write(text)
  }
  return startPlain(read, { write, glyphs: glyphsFor(env), palette })
}
