// Starts the load generator as a process, keeps it running, and gathers what it counts.
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs'
import { extname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createTemporaryFolder } from '../processes/temporary-folder.ts'
import { spawnTethered, type TetheredProcess } from '../processes/tethered.ts'
import type { CurveChange } from './control.ts'
import type { LoadSecond } from './seconds.ts'

export interface LoadGeneratorOptions {
  /** "http://127.2.0.10:8080" */
  readonly gatewayUrl: string
  /** Of its control on 127.0.0.1; default: any. */
  readonly port?: number
  /** Requests per second in the middle of the day; default 20. */
  readonly base?: number
  /** How long a day takes; default 2 minutes. */
  readonly dayMs?: number
  /** How far the day goes up and down, as a share of the base; default 0.08. */
  readonly amplitude?: number
  /** How long a spike takes to rise and to fall; default 250 ms. */
  readonly rampMs?: number
  /** When a user goes away; default 4 s. */
  readonly timeoutMs?: number
  /** Hears of what went wrong; the load goes on by itself. Default: one line on stderr. */
  readonly onProblem?: (problem: Error) => void
}

export interface LoadHandle {
  /** The seconds so far, oldest first, at most 600; seconds in which no generator ran are missing. */
  stats(): readonly LoadSecond[]
  /** Holds over restarts. Rejects when the generator could not be told; it is told again until it knows. */
  setCurve(change: CurveChange): Promise<void>
  /** How often it had to be started again. */
  restarts(): number
  /** Its process; undefined while it is being started again. */
  pid(): number | undefined
  /** Ends the load; requests under way are answered first. */
  stop(): Promise<void>
}

const POLL_MS = 250
const RESTART_MS = 250
const KEEP_SECONDS = 600
const CALL_TIMEOUT_MS = 2_000
const STOP_GRACE_MS = 4_000
/** A generator that did not come up by then never will. */
const START_TIMEOUT_MS = 20_000
/** Short-lived garbage is most of what it makes: in a small young generation it is collected before it is much. */
const SMALL = ['--max-old-space-size=96', '--max-semi-space-size=4']
const GENERATOR = fileURLToPath(new URL(`./generator${extname(fileURLToPath(import.meta.url))}`, import.meta.url))

/** Resolves when the load has begun. Throws, with what it said, when it can't be started. */
export async function startLoadGenerator(options: LoadGeneratorOptions): Promise<LoadHandle> {
  const { onProblem = warn } = options
  const folder = createTemporaryFolder('evenkeel-load-')
  const [logFile, controlFile] = [join(folder.path, 'log'), join(folder.path, 'control')]
  const seconds: LoadSecond[] = []
  let curve: CurveChange = { base: options.base ?? 20, spike: 1 }
  let running: { readonly process: TetheredProcess; readonly control: string; told: CurveChange } | undefined
  let restarts = 0
  let isStopping = false

  async function start(): Promise<void> {
    rmSync(controlFile, { force: true })
    const told = curve
    const child = spawnGenerator(options, told, logFile, controlFile)
    const deadline = performance.now() + START_TIMEOUT_MS
    while (!existsSync(controlFile)) {
      if (child.exit() !== undefined || performance.now() > deadline) {
        await child.stop(0)
        throw new Error(`the load generator did not start: ${readFileSync(logFile, 'utf8').slice(-2_000)}`)
      }
      await sleep(20)
    }
    running = { process: child, control: readFileSync(controlFile, 'utf8'), told }
    void child.exited.then(() => {
      running = undefined
    })
  }

  /** Tells it the curve unless it knows. */
  async function tell(): Promise<void> {
    if (running === undefined || running.told === curve) return
    const [told, to] = [curve, running]
    const headers = { 'content-type': 'application/json' }
    await ask(`${to.control}/curve`, { method: 'POST', headers, body: JSON.stringify(told) })
    to.told = told
  }

  async function poll(): Promise<void> {
    if (running === undefined) return
    const since = seconds.at(-1)?.at ?? 0
    const text = await ask(`${running.control}/stats?since=${since}`)
    for (const line of text.split('\n')) if (line !== '') seconds.push(JSON.parse(line))
    if (seconds.length > KEEP_SECONDS) seconds.splice(0, seconds.length - KEEP_SECONDS)
  }

  async function keepRunning(): Promise<void> {
    while (!isStopping) {
      try {
        if (running === undefined) {
          onProblem(new Error(`the load generator ended by itself; starting it again`))
          restarts += 1
          await start()
        }
        await tell()
        await poll()
        await sleep(POLL_MS)
      } catch (cause) {
        // It may have died meanwhile, which the next round sees.
        if (running?.process.exit() === undefined) onProblem(new Error('the load generator is not heard', { cause }))
        await sleep(RESTART_MS)
      }
    }
  }

  try {
    await start()
  } catch (error) {
    await folder.remove()
    throw error
  }
  const keeping = keepRunning()

  return {
    stats: () => [...seconds],
    restarts: () => restarts,
    pid: () => running?.process.pid,
    async setCurve(change) {
      curve = { ...curve, ...change }
      await tell()
    },
    async stop() {
      isStopping = true
      await keeping
      await running?.process.stop(STOP_GRACE_MS)
      await folder.remove()
    },
  }
}

function spawnGenerator(
  options: LoadGeneratorOptions,
  curve: CurveChange,
  logFile: string,
  controlFile: string,
): TetheredProcess {
  const wanted = {
    GATEWAY_URL: options.gatewayUrl,
    CONTROL_PORT: options.port,
    CONTROL_FILE: controlFile,
    BASE_RPS: curve.base,
    SPIKE: curve.spike,
    AMPLITUDE: options.amplitude,
    DAY_MS: options.dayMs,
    RAMP_MS: options.rampMs,
    TIMEOUT_MS: options.timeoutMs,
  }
  const given = Object.entries(wanted).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  const env: Record<string, string> = { PATH: process.env.PATH ?? '', ...Object.fromEntries(given) }
  const logFd = openSync(logFile, 'a')
  try {
    return spawnTethered({ command: [process.execPath, ...SMALL, GENERATOR], env, logFd })
  } finally {
    closeSync(logFd)
  }
}

async function ask(url: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.trim()}`)
  return text
}

function warn(problem: Error): void {
  console.warn(`load: ${problem.message}${problem.cause instanceof Error ? `: ${problem.cause.message}` : ''}`)
}
