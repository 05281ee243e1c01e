// `npm start` as a user types it: its output, its state folder, its processes, and how it ended.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Endpoints, findEndpoints } from '../../../sandbox/state/state-folder.ts'
import type { SummaryJson } from '../../../sandbox/view/summary.ts'
import { until } from './product.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export interface SandboxRun {
  readonly process: ChildProcess
  readonly state: string
  /** All that was printed so far. */
  output(): string
  /** The exit code, or null after a signal. */
  readonly exited: Promise<number | null>
  /** Waits until the sandbox serves. */
  endpoints(): Promise<Endpoints>
  /** What --json wrote. */
  summary(): SummaryJson & { readonly startToFirstTickSeconds: number | null }
}

const runs: { readonly process: ChildProcess; readonly state: string }[] = []

/** A folder for runs that are to be compared. */
export function stateFolder(): string {
  return mkdtempSync(join(tmpdir(), 'evenkeel-e2e-'))
}

/** `npm start -- …`, in plain lines. Its parent dies with the test, and so does it. */
export function npmStart(args: readonly string[], state = stateFolder()): SandboxRun {
  const json = join(state, 'summary.json')
  const child = spawn('npm', ['start', '--silent', '--', '--plain', '--state', state, '--json', json, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  runs.push({ process: child, state })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (process.env.EVENKEEL_E2E_LOG) process.stderr.write(text)
    })
  }
  const exited = once(child, 'exit').then(() => child.exitCode)
  return {
    process: child,
    state,
    output: () => output,
    exited,
    async endpoints() {
      return until('the sandbox serves', () => {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${output}`)
        return findEndpoints(state)
      })
    },
    summary: () => JSON.parse(readFileSync(json, 'utf8')),
  }
}

/** Ends what still runs, and removes the folders. */
export async function endRuns(): Promise<void> {
  for (const { process: child, state } of runs.splice(0)) {
    const pids = processesOf(state)
    const gone = once(child, 'exit')
    // npm does not pass a signal on.
    for (const pid of pids) if (/ sandbox --plain /.test(commandOf(pid))) process.kill(pid, 'SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await gone
    await until('nothing of it runs', () => pids.every((pid) => !isRunning(pid)))
    rmSync(state, { recursive: true, force: true })
  }
}

/** Every process whose command line or environment names this folder, but for the test's own. */
export function processesOf(state: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) =>
        pid !== process.pid && ['cmdline', 'environ'].some((file) => read(`/proc/${pid}/${file}`).includes(state)),
    )
}

/** With all their descendants. */
export function familyOf(pid: number): readonly number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), Number(/\) \S (\d+)/.exec(read(`/proc/${name}/stat`))?.[1])] as const)
  const family = new Set([pid])
  for (let grown = true; grown; ) {
    grown = false
    for (const [child, parent] of parents) {
      if (family.has(parent) && !family.has(child)) {
        family.add(child)
        grown = true
      }
    }
  }
  return [...family]
}

export function isRunning(pid: number): boolean {
  const state = /\) (\S) /.exec(read(`/proc/${pid}/stat`))?.[1]
  return state !== undefined && state !== 'Z'
}

/** Resident memory in MiB. */
export function residentMib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1]) / 1024
}

export const commandOf = (pid: number) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
