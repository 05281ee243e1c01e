// The live screen through Ink, on a terminal that is a stream: what is drawn, the keys, a resize, and that the terminal is given back.
import type { EventEmitter } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ViewState } from '../../../sandbox/view/model.ts'
import { paletteFor, type Screen, startScreen } from '../../../sandbox/view/screen.ts'
import { breach, calm, over } from './support/states.ts'

const WITHIN = { timeout: 5_000, interval: 20 }

/** A terminal of which we see what is written to it. */
class Terminal extends Writable {
  readonly isTTY = true
  columns = 100
  rows = 30
  written = ''
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.written += chunk.toString()
    done()
  }
}

class Keyboard extends PassThrough {
  readonly isTTY = true
  isRaw = false
  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
}

let screen: Screen | undefined
afterEach(() => screen?.stop())

function start(initial: ViewState, env: Record<string, string> = { LANG: 'C.UTF-8' }) {
  const [terminal, keyboard] = [new Terminal(), new Keyboard()]
  const asked: string[] = []
  const shown = { state: initial }
  screen = startScreen({
    read: () => shown.state,
    onQuit: () => asked.push('quit'),
    onFault: () => asked.push('fault'),
    footer: { kubeconfig: '/tmp/evenkeel-x/kubeconfig' },
    stdout: terminal as unknown as NodeJS.WriteStream,
    stdin: keyboard as unknown as NodeJS.ReadStream,
    env,
  })
  const press = (keys: string) => keyboard.write(keys)
  const sees = (pattern: RegExp) => vi.waitFor(() => expect(terminal.written).toMatch(pattern), WITHIN)
  return { terminal, keyboard, asked, shown, press, sees }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what a terminal gets
const ANSI = /\u001b\[[\d;?]*[A-Za-z]/g

/** Frames are put between the marks of a synchronized update. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what a terminal gets
const FRAME_OR_LINE = /\n|\u001b\[\?2026[hl]|\u001b\[\d*E/

describe('the live screen', () => {
  it('draws the state into the alternate screen, and follows it', async () => {
    const { terminal, shown, sees } = start(calm)
    await sees(/none: no limit has been passed/)
    expect(terminal.written).toContain('\u001b[?1049h')
    shown.state = breach
    await sees(/▲ breached/)
    expect(terminal.written).toContain('\u001b[31m▲ breached')
  })

  it('draws nothing while nothing changes, and only what changed when something does', async () => {
    const { terminal, shown, sees } = start(calm)
    await sees(/q/)
    const before = terminal.written.length
    shown.state = { ...calm, phase: 'quiet for long' }
    await sees(/quiet for long/)
    expect(terminal.written.length - before).toBeLessThan(500)
  })

  it('hands keys on: q and Ctrl-C quit, f switches the fault', async () => {
    const { asked, press, sees } = start(calm)
    await sees(/q/)
    press('f')
    await vi.waitFor(() => expect(asked).toEqual(['fault']), WITHIN)
    press('q')
    await vi.waitFor(() => expect(asked).toEqual(['fault', 'quit']), WITHIN)
    press('\u0003')
    await vi.waitFor(() => expect(asked).toEqual(['fault', 'quit', 'quit']), WITHIN)
  })

  it('shows help, and the summary as soon as there is one', async () => {
    const { terminal, shown, press, sees } = start(calm)
    press('?')
    await sees(/could not be measured/)
    press('?')
    terminal.written = ''
    shown.state = over
    await sees(/✔ healed/)
  })

  it('fits a terminal that changes its size', async () => {
    const { terminal, sees } = start(breach)
    await sees(/QUEUE/)
    terminal.written = ''
    Object.assign(terminal, { columns: 60, rows: 20 })
    terminal.emit('resize')
    await sees(/SERVICE/)
    await vi.waitFor(() => {
      const lines = terminal.written.split(FRAME_OR_LINE).map((line) => line.replace(ANSI, ''))
      expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(60)
    }, WITHIN)
  })

  it('gives the terminal back when it is stopped, and prints the summary to it', async () => {
    const { terminal, keyboard, sees } = start(over)
    await sees(/✔/)
    expect(keyboard.isRaw).toBe(true)
    screen?.stop()
    const end = terminal.written.slice(terminal.written.lastIndexOf('\u001b[?1049l'))
    expect(end).toContain('\u001b[?25h')
    expect(end.replace(ANSI, '')).toMatch(/✔ healed {2}spike[\s\S]*148 failed/)
    expect(keyboard.isRaw).toBe(false)
    const { length } = terminal.written
    screen?.stop()
    expect(terminal.written).toHaveLength(length)
  })

  it('holds what is written to the console until the terminal is free again', async () => {
    const { terminal, sees } = start(calm)
    await sees(/q/)
    console.error('a warning of %s', 'somebody')
    expect(terminal.written).not.toMatch(/a warning/)
    screen?.stop()
    expect(terminal.written.slice(terminal.written.lastIndexOf('\u001b[?1049l'))).toMatch(/a warning of somebody\n/)
  })

  it('gives the terminal back before a crash is reported', async () => {
    const { terminal, sees } = start(calm)
    await sees(/q/)
    const process_: EventEmitter = process
    process_.emit('uncaughtExceptionMonitor', new Error('boom'), 'uncaughtException')
    expect(terminal.written).toContain('\u001b[?1049l')
  })

  it('has no colour with NO_COLOR, and no Unicode without UTF-8', async () => {
    const { terminal, sees } = start(breach, { LANG: 'C', NO_COLOR: '1' })
    await sees(/! breached/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what a terminal gets
    expect(terminal.written).not.toMatch(/\u001b\[[\d;]*3[1-7]m/)
    expect(terminal.written.replace(ANSI, '')).toMatch(/^[\x20-\x7e\r\n]*$/)
  })
})

describe('NO_COLOR', () => {
  it.each([
    [{}, 'colors'],
    [{ NO_COLOR: '' }, 'colors'],
    [{ NO_COLOR: '1' }, 'no-colors'],
  ])('%j', (env, palette) => {
    expect(paletteFor(env)).toBe(palette)
  })
})
