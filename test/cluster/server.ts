// One server process of a test: its log file, waiting until it is ready, and errors that quote the log.
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawnTethered, type TetheredProcess } from '../../sandbox/processes/tethered.ts'

const LOG_LINES_IN_ERRORS = 20
const READY_WITHIN_MS = 60_000
const POLL_MS = 25

export interface Server {
  readonly process: TetheredProcess
  readonly logFile: string
}

/** Starts a server. Its log goes to `<folder>/<name>.log`, appended when it was there; `env` is added to the PATH. */
export function startServer(
  folder: string,
  command: readonly [string, ...string[]],
  { env = {}, name = basename(command[0]) }: { env?: Readonly<Record<string, string>>; name?: string } = {},
): Server {
  mkdirSync(folder, { recursive: true })
  const logFile = join(folder, `${name}.log`)
  const logFd = openSync(logFile, 'a')
  try {
    const environment = { PATH: process.env.PATH ?? '', ...env }
    return { process: spawnTethered({ command, env: environment, cwd: folder, logFd }), logFile }
  } finally {
    closeSync(logFd)
  }
}

/**
 * Waits until `isReady` answers true. Throws when the server ends first, or after a minute: the error quotes the log's
 * last lines and has what `isReady` last threw as its cause.
 */
export async function waitUntilReady(server: Server, isReady: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS
  let cause: unknown
  for (;;) {
    const exit = server.process.exit()
    if (exit !== undefined) {
      throw notReady(server, `ended with ${exit.signal ?? `code ${exit.code}`} before it was ready`, cause)
    }
    if (performance.now() > deadline) throw notReady(server, `was not ready within ${READY_WITHIN_MS / 1000} s`, cause)
    try {
      if (await isReady()) return
    } catch (error) {
      cause = error
    }
    await sleep(POLL_MS)
  }
}

function notReady({ logFile }: Server, what: string, cause: unknown): Error {
  const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LOG_LINES_IN_ERRORS).join('\n')
  return new Error(`${basename(logFile, '.log')} ${what}; the end of its log says:\n${tail}`, { cause })
}
