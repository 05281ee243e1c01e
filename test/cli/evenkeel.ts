// Runs the real `evenkeel` command as a process of its own.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `evenkeel` with these arguments to its end. Only PATH, and what `env` says, is passed on. */
export function evenkeel(
  args: readonly string[],
  options: { readonly stdin?: string; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<Finished> {
  return runNode(process.execPath, [`${ROOT}/bin/evenkeel.js`, ...args], options)
}

/** Runs a Node to its end, at the latest after 20 s. Rejects when it can't be started or dies of a signal. */
export function runNode(
  node: string,
  args: readonly string[],
  options: { readonly stdin?: string; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<Finished> {
  const env = { PATH: process.env.PATH, ...options.env }
  return new Promise((resolve, reject) => {
    const child = execFile(node, args, { env, cwd: options.cwd ?? ROOT, timeout: 20_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      if (typeof code === 'number') resolve({ code, stdout, stderr })
      else reject(error ?? new Error('the process ended without a code'))
    })
    child.stdin?.end(options.stdin ?? '')
  })
}
