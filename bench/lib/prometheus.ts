// Debian's Prometheus as a peer: started in a folder of its own, its CPU read from the kernel; it can't outlive the benchmark.
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../sandbox/ports.ts'
import { createTemporaryFolder } from '../../sandbox/processes/temporary-folder.ts'
import { spawnTethered, type TetheredProcess } from '../../sandbox/processes/tethered.ts'

const BINARY = process.env.PROMETHEUS_BINARY ?? '/usr/bin/prometheus'
const READY_WITHIN_MS = 60_000
const STOP_GRACE_MS = 10_000

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
  const folder = createTemporaryFolder('evenkeel-bench-')
  const file = (name: string) => join(folder.path, name)
  writeFileSync(file('prometheus.yml'), config)
  if (rules !== undefined) writeFileSync(file('rules.yml'), rules)
  const url = `http://127.0.0.1:${await freePort()}`
  const flags = {
    'config.file': file('prometheus.yml'),
    'storage.tsdb.path': file('data'),
    'web.listen-address': url.slice('http://'.length),
    'log.level': 'error',
  }
  const logFd = openSync(file('log'), 'a')
  const server = spawnTethered({
    command: [BINARY, ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)],
    env: { PATH: process.env.PATH ?? '' },
    logFd,
  })
  closeSync(logFd)
  const stop = async () => {
    await server.stop(STOP_GRACE_MS)
    await folder.remove()
  }
  try {
    await ready(url, server, file('log'))
  } catch (error) {
    await stop()
    throw error
  }
  return { version, url, cpuMs: () => cpuMsOf(server.pid), stop }
}

async function ready(url: string, server: TetheredProcess, logFile: string): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS
  let last: unknown
  while (performance.now() < deadline) {
    if (server.exit() !== undefined) throw new Error(`Prometheus ended: ${readFileSync(logFile, 'utf8').slice(-2_000)}`)
    try {
      if ((await fetch(`${url}/-/ready`)).ok) return
    } catch (error) {
      last = error
    }
    await sleep(100)
  }
  throw new Error(`Prometheus was not ready after ${READY_WITHIN_MS} ms`, { cause: last })
}

/** User and system time, the 14th and 15th field of the process's line; the kernel counts in hundredths of a second. */
function cpuMsOf(pid: number): number {
  const line = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
