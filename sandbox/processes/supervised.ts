// A child process that is started again whenever it ends, until it is stopped; it can't outlive us.
import { closeSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ProcessExit, spawnTethered, type TetheredProcess } from './tethered.ts'

export interface SupervisedOptions {
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  /** Its stdout and stderr are appended here. */
  readonly logFile: string
  /** Told of each end that was not asked for. */
  readonly onExit?: (exit: ProcessExit) => void
  /** Before the first restart; doubles up to `maxPauseMs` while it keeps ending soon. Default 250 ms. */
  readonly pauseMs?: number
  /** Default 5 s. */
  readonly maxPauseMs?: number
}

export interface Supervised {
  /** Undefined while it is being started again. */
  readonly pid: number | undefined
  readonly restarts: number
  /** SIGTERM, SIGKILL after `graceMs`, and no restart. */
  stop(graceMs: number): Promise<void>
}

/** A process that ran this long was well: the next pause is short again. */
const WELL_AFTER_MS = 10_000

/** Starts it at once. Throws when it can't be started at all. */
export function supervise(options: SupervisedOptions): Supervised {
  const { pauseMs = 250, maxPauseMs = 5_000 } = options
  const stopping = new AbortController()
  let current: TetheredProcess | undefined = start(options)
  let restarts = 0
  let soon = 0

  async function run(): Promise<void> {
    for (;;) {
      const startedAt = performance.now()
      const exit = await current?.exited
      current = undefined
      if (stopping.signal.aborted) return
      if (exit !== undefined) options.onExit?.(exit)
      soon = performance.now() - startedAt >= WELL_AFTER_MS ? 0 : soon + 1
      await sleep(Math.min(maxPauseMs, pauseMs * 2 ** Math.max(0, soon - 1)), undefined, {
        signal: stopping.signal,
      }).catch(() => {})
      if (stopping.signal.aborted) return
      restarts += 1
      current = start(options)
    }
  }

  const running = run()
  return {
    get pid() {
      return current?.pid
    },
    get restarts() {
      return restarts
    },
    async stop(graceMs) {
      stopping.abort()
      await current?.stop(graceMs)
      await running
    },
  }
}

function start({ command, env, logFile }: SupervisedOptions): TetheredProcess {
  const logFd = openSync(logFile, 'a', 0o600)
  try {
    return spawnTethered({ command, env, logFd })
  } finally {
    closeSync(logFd)
  }
}
