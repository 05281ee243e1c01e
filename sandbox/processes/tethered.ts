// Child processes that cannot outlive us: each has its own process group and a watcher that kills the group when we are gone.
import { spawn } from 'node:child_process'
import { Socket } from 'node:net'

/** How a process ended: with a code, or by a signal. Code 127 means that the command was not found. */
export interface ProcessExit {
  readonly code: number | undefined
  readonly signal: NodeJS.Signals | undefined
}

export interface TetheredProcess {
  readonly pid: number
  /** Settles when the command ended; whatever it left behind in its process group is killed then. Never rejects. */
  readonly exited: Promise<ProcessExit>
  /** Undefined while it runs. */
  exit(): ProcessExit | undefined
  /** Signals the command itself, not what it started. Does nothing once it has ended. */
  signal(name: NodeJS.Signals): void
  /** SIGTERM, then SIGKILL after `graceMs`. Resolves when it has ended. */
  stop(graceMs: number): Promise<ProcessExit>
}

export interface TetherOptions {
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string | undefined
  /** An open file for stdout and stderr. */
  readonly logFd: number
}

/**
 * File descriptor 3 is a pipe whose other end only we hold. The watcher reads it: the read returns when we close it or
 * die, kill -9 included. The watcher belongs to the group, so the group's id can't be taken by a stranger meanwhile.
 */
const TETHER = `((read -r _ <&3; kill -s KILL -- "-$$") >/dev/null 2>&1 &); exec "$@" 3<&- </dev/null`

/** Starts `command`. Throws when no process could be started at all. */
export function spawnTethered({ command, env, cwd, logFd }: TetherOptions): TetheredProcess {
  const child = spawn('/bin/sh', ['-c', TETHER, 'sh', ...command], {
    detached: true,
    env,
    stdio: ['ignore', logFd, logFd, 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  })
  const pipe = child.stdio[3]
  const tether = pipe instanceof Socket ? pipe : undefined
  let exit: ProcessExit | undefined
  const exited = new Promise<ProcessExit>((resolve) => {
    const end = (ended: ProcessExit) => {
      exit ??= ended
      tether?.destroy()
      resolve(exit)
    }
    child.once('exit', (code, signal) => end({ code: code ?? undefined, signal: signal ?? undefined }))
    // Only a failed start (no such folder, no more processes) comes here; the caller sees it as pid undefined below.
    child.once('error', () => end({ code: 127, signal: undefined }))
  })
  // A reset means what an end means: the watcher is gone, and with it the promise that this process dies with us.
  tether?.on('error', () => tether.destroy())
  tether?.once('close', () => {
    if (exit === undefined) killGroup(child.pid)
  })
  // Only who reads is told of an end.
  tether?.resume()
  const { pid } = child
  if (pid === undefined) {
    throw new Error(`could not start ${command[0]} in ${cwd ?? process.cwd()}: check that the folder exists`)
  }
  const signal = (name: NodeJS.Signals) => {
    if (exit === undefined) child.kill(name)
  }
  return {
    pid,
    exited,
    exit: () => exit,
    signal,
    async stop(graceMs) {
      signal('SIGTERM')
      const timer = setTimeout(() => signal('SIGKILL'), graceMs)
      try {
        return await exited
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

/** Nobody else would end what it has started. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
}
