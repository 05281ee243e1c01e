// A place for the servers of one test: a temporary folder, what runs in it, and an end to all of it.
import { execFile, execFileSync } from 'node:child_process'
import { chownSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { createTemporaryFolder } from '../../../sandbox/processes/temporary-folder.ts'
import { type Server, startServer, waitUntilReady } from '../../cluster/server.ts'
import { program } from './programs.ts'

const STOP_GRACE_MS = 5_000

type Command = readonly [string, ...string[]]

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly ready: () => Promise<boolean>
}

export interface Room {
  /** A folder of its own for `name`, which belongs to the user that servers run as. */
  folder(name: string): string
  /** Starts a server and resolves when it is ready. Throws with the end of its log when it does not get there. */
  start(command: Command, options: StartOptions): Promise<Server>
  /** Runs a command to its end, as the user that servers run as, and returns its output. Throws when it fails. */
  run(command: Command, options?: { env?: Readonly<Record<string, string>>; cwd?: string }): Promise<string>
  /** Ends what `stop` of the room would end, for things that are no server. In reverse order, before the servers. */
  defer(end: () => Promise<void> | void): void
  /** Stops the servers, the last one first, and removes the folder. */
  stop(): Promise<void>
}

/** Servers that refuse to run as root run as `user` when we are root, and as ourselves when not. */
export function createRoom(name: string, user = 'nobody'): Room {
  const temporary = createTemporaryFolder(`evenkeel-${name}-`)
  const owner = process.getuid?.() === 0 ? idsOf(user) : undefined
  const as: readonly string[] =
    owner === undefined
      ? []
      : [program('setpriv'), `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', '--']
  const asUser = ([first, ...rest]: Command): Command => {
    const [head = first, ...more] = [...as, first, ...rest]
    return [head, ...more]
  }
  if (owner !== undefined) chownSync(temporary.path, owner.uid, owner.gid)
  const running: Server[] = []
  const ends: (() => Promise<void> | void)[] = []
  const environment = (env: Readonly<Record<string, string>> = {}) => ({
    HOME: temporary.path,
    LC_ALL: 'C.UTF-8',
    ...env,
  })

  return {
    folder(one) {
      const path = join(temporary.path, one)
      mkdirSync(path, { recursive: true, mode: 0o700 })
      if (owner !== undefined) chownSync(path, owner.uid, owner.gid)
      return path
    },
    async start(command, { env, ready }) {
      const options = { env: environment(env), name: basename(command[0]) }
      const server = startServer(temporary.path, asUser(command), options)
      running.push(server)
      await waitUntilReady(server, ready)
      return server
    },
    async run(command, { env, cwd = temporary.path } = {}) {
      const [file, ...args] = asUser(command)
      const all = { PATH: process.env.PATH ?? '', ...environment(env) }
      return (await promisify(execFile)(file, args, { env: all, cwd, maxBuffer: 16 * 1024 * 1024 })).stdout
    },
    defer: (end) => ends.push(end),
    async stop() {
      for (const end of ends.splice(0).reverse()) await end()
      for (const { process: child } of running.splice(0).reverse()) await child.stop(STOP_GRACE_MS)
      await temporary.remove()
    },
  }
}

/** A readiness check: something answers there with status 200. */
export async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
  await response.arrayBuffer()
  return response.ok
}

function idsOf(user: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }).trim())
  return { uid: id('-u'), gid: id('-g') }
}
