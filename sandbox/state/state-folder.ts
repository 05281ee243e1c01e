// The folder of a running sandbox: its kubeconfig, its endpoints and its logs, for people, scripts and tests.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { SandboxError } from '../errors.ts'
import { createTemporaryFolder } from '../processes/temporary-folder.ts'

const PREFIX = 'evenkeel-sandbox-'
const KUBECONFIG = 'kubeconfig'
const ENDPOINTS_FILE = 'endpoints.json'

const ENDPOINTS = z.object({
  /** Of the sandbox's own process. */
  pid: z.number(),
  /** The Kubernetes API. */
  kubernetes: z.string(),
  /** Path of a kubeconfig for it. */
  kubeconfig: z.string(),
  /** The shop, as its customers see it. */
  gateway: z.string(),
  /** Evenkeel's own metrics and health; null without a controller. */
  metrics: z.string().nullable(),
  readyz: z.string().nullable(),
  livez: z.string().nullable(),
  /** Where it tells load balancers which pods to use; null without a controller. */
  probes: z.string().nullable(),
  /** Where faults are switched; needs the token. */
  control: z.string(),
  token: z.string(),
})

/** What `endpoints.json` holds: URLs, and what is needed to use them. */
export type Endpoints = Readonly<z.infer<typeof ENDPOINTS>>

export interface StateFolder {
  readonly path: string
  /** Readable by this user only, since it lets one run commands. */
  writeKubeconfig(text: string): string
  /** Replaces the file in one step. */
  writeEndpoints(endpoints: Endpoints): void
  /** Removes what says that a sandbox runs here, and the folder when it is a temporary one. */
  close(): Promise<void>
}

/** Opens `path`, making it when it is missing, else a temporary folder that goes with this process. Throws SandboxError. */
export function openStateFolder(path: string | undefined): StateFolder {
  if (path === undefined) {
    const temporary = createTemporaryFolder(PREFIX)
    return folderAt(temporary.path, () => temporary.remove())
  }
  const folder = resolve(path)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new SandboxError(`the folder ${folder} can't be made: name another with --state`, { cause })
  }
  const running = readRunning(folder)
  if (running !== undefined)
    throw new SandboxError(
      `a sandbox runs in ${folder} already (process ${running.pid}): stop it, or name another folder with --state`,
    )
  return folderAt(folder, async () => {})
}

function folderAt(path: string, remove: () => Promise<void>): StateFolder {
  const write = (name: string, text: string) => {
    const file = join(path, name)
    writeFileSync(`${file}.new`, text, { mode: 0o600 })
    chmodSync(`${file}.new`, 0o600)
    renameSync(`${file}.new`, file)
    return file
  }
  return {
    path,
    writeKubeconfig: (text) => write(KUBECONFIG, text),
    writeEndpoints: (endpoints) => void write(ENDPOINTS_FILE, `${JSON.stringify(endpoints, undefined, 2)}\n`),
    async close() {
      for (const name of [ENDPOINTS_FILE, KUBECONFIG]) rmSync(join(path, name), { force: true })
      await remove()
    },
  }
}

/** The endpoints of the sandbox that runs in `path`, or else of the only one that this user runs. Throws SandboxError. */
export function findEndpoints(path: string | undefined, base = tmpdir()): Endpoints {
  if (path !== undefined) {
    const found = readRunning(resolve(path))
    if (found === undefined)
      throw new SandboxError(`no sandbox runs in ${resolve(path)}: start one with evenkeel sandbox --state ${path}`)
    return found
  }
  const folders = readdirSync(base)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(base, name))
  const running = folders.filter(isOurs).flatMap((folder) => readRunning(folder) ?? [])
  const [first, second] = running
  if (first === undefined)
    throw new SandboxError('no sandbox was found: start one with npm start, or name its folder with --state')
  if (second !== undefined)
    throw new SandboxError(`${running.length} sandboxes run: name the folder of one with --state`)
  return first
}

function readRunning(folder: string): Endpoints | undefined {
  const file = join(folder, ENDPOINTS_FILE)
  if (!existsSync(file)) return undefined
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
  const { data } = ENDPOINTS.safeParse(content)
  return data !== undefined && isAlive(data.pid) ? data : undefined
}

/** Somebody else's folder may lead us to their sandbox, or worse. */
function isOurs(folder: string): boolean {
  try {
    return statSync(folder).uid === process.getuid?.()
  } catch {
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
