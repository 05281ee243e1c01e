// Long commands, one after another, with progress on stderr: which step, for how long, and what it last said.
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawnTethered } from '../../sandbox/processes/tethered.ts'

const PROGRESS_EVERY_MS = 10_000
const LINES_IN_ERRORS = 25
const LINE_WIDTH = 100

export interface Steps {
  /** Runs one command to its end. Throws when it fails, with the last lines of its output. */
  run(what: string, command: readonly [string, ...string[]], options?: StepOptions): Promise<void>
  /** Says one line of progress. */
  say(line: string): void
}

export interface StepOptions {
  readonly cwd?: string
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** `title` starts every line; the commands' output goes to `<folder>/output.log`. */
export function startSteps(title: string, folder: string): Steps {
  const startedAt = performance.now()
  const logFile = join(folder, 'output.log')
  const say = (line: string) => process.stderr.write(`[${title} ${elapsed(startedAt)}] ${line}\n`)

  async function run(what: string, command: readonly [string, ...string[]], options: StepOptions = {}): Promise<void> {
    say(what)
    const logFd = openSync(logFile, 'w')
    const child = spawnTethered({ command, env: { ...ownEnvironment(), ...options.env }, cwd: options.cwd, logFd })
    closeSync(logFd)
    const timer = setInterval(() => say(`${what} … ${lastLines(logFile, 1).slice(0, LINE_WIDTH)}`), PROGRESS_EVERY_MS)
    try {
      const exit = await child.exited
      if (exit.code === 0) return
      throw new Error(
        `${what}: \`${command.join(' ')}\` ended with ${exit.signal ?? `code ${exit.code}`}; its last lines:\n${lastLines(logFile, LINES_IN_ERRORS)}`,
      )
    } finally {
      clearInterval(timer)
    }
  }
  return { run, say }
}

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

function lastLines(file: string, count: number): string {
  if (!existsSync(file)) return ''
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
}

function elapsed(since: number): string {
  const seconds = Math.round((performance.now() - since) / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
