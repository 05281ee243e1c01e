// Debian's Prometheus as a peer: started in a folder of its own, its CPU read from the kernel, stopped by its process id.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const BINARY = process.env.PROMETHEUS_BINARY ?? '/usr/bin/prometheus'
const READY_WITHIN_MS = 60_000

export interface Prometheus {
  /** "prometheus 2.42.0+ds" */
  readonly version: string
  /** "http://127.0.0.1:port" */
  readonly url: string
  /** CPU that the process has used so far. */
  cpuMs(): number
  stop(): Promise<void>
}

/** The installed version. Throws with what to do when Prometheus is not installed. */
function prometheusVersion(): string {
  try {
    const said = execFileSync(BINARY, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    return `prometheus ${/version (\S+)/.exec(said)?.[1]?.replace(/,$/, '') ?? 'of unknown version'}`
  } catch (cause) {
    throw new Error(
      `Prometheus is the peer of this benchmark, and ${BINARY} can't be run: install it (apt-get install -y --no-install-recommends prometheus), or set PROMETHEUS_BINARY to where it is.`,
      { cause },
    )
  }
}

/** Starts Prometheus with `config` (the text of its YAML) and waits until it is ready. `rules` is what it finds as rules.yml. */
export async function startPrometheus(config: string, rules?: string): Promise<Prometheus> {
  const version = prometheusVersion()
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-bench-'))
  writeFileSync(join(folder, 'prometheus.yml'), config)
  if (rules !== undefined) writeFileSync(join(folder, 'rules.yml'), rules)
  const url = `http://127.0.0.1:${await freePort()}`
  const flags = {
    'config.file': join(folder, 'prometheus.yml'),
    'storage.tsdb.path': join(folder, 'data'),
    'web.listen-address': url.slice('http://'.length),
    'log.level': 'error',
  }
  const child = spawn(
    BINARY,
    Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const stop = async () => {
    await ended(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await ready(url, child)
  } catch (error) {
    await stop()
    throw error
  }
  return { version, url, cpuMs: () => cpuMsOf(child), stop }
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS
  let last: unknown
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`Prometheus ended with ${child.exitCode}: its message is above`)
    try {
      if ((await fetch(`${url}/-/ready`)).ok) return
    } catch (error) {
      last = error
    }
    await sleep(100)
  }
  throw new Error(`Prometheus was not ready after ${READY_WITHIN_MS} ms`, { cause: last })
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

/** User and system time, the 14th and 15th field of the process's line; the kernel counts in hundredths of a second. */
function cpuMsOf(child: ChildProcess): number {
  const line = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
