// Debian's Prometheus for tests: with a history of its own, with targets to scrape, and killed and started again at will.
import { execFile } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../../sandbox/ports.ts'
import { spawnTethered, type TetheredProcess } from '../../../sandbox/processes/tethered.ts'

const BINARIES = { prometheus: '/usr/bin/prometheus', promtool: '/usr/bin/promtool' }
const READY_WITHIN_MS = 30_000

export interface TestPrometheus {
  readonly url: string
  /** Ends it at once, with SIGKILL. */
  kill(): Promise<void>
  /** Starts it again at the same address, with what it had stored. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface PrometheusSetup {
  /** An exposition in OpenMetrics with timestamps, which becomes its history. */
  readonly history?: string
  /** Addresses to scrape each second, "127.0.0.1:8080", with the labels that service discovery would add. */
  readonly targets?: readonly { readonly address: string; readonly labels: Readonly<Record<string, string>> }[]
  /** Fields of its scrape configuration, such as a service discovery, in place of targets. */
  readonly discovery?: object
  /** Rules of one group, evaluated each second. */
  readonly rules?: readonly object[]
}

export async function startTestPrometheus({
  history,
  targets = [],
  discovery,
  rules = [],
}: PrometheusSetup): Promise<TestPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-prometheus-'))
  const address = `127.0.0.1:${await freePort()}`
  const url = `http://${address}`
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yml'],
    scrape_configs: [
      {
        job_name: 'test',
        ...(discovery ?? {
          static_configs: targets.map((target) => ({ targets: [target.address], labels: target.labels })),
        }),
      },
    ],
  }
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config))
  writeFileSync(join(folder, 'rules.yml'), JSON.stringify({ groups: [{ name: 'test', rules }] }))
  if (history !== undefined) {
    writeFileSync(join(folder, 'history.txt'), history)
    const args = ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'history.txt'), join(folder, 'data')]
    await promisify(execFile)(BINARIES.promtool, args)
  }
  const logFile = join(folder, 'log')
  const logFd = openSync(logFile, 'a')
  let child: TetheredProcess | undefined

  async function start(): Promise<void> {
    const flags = [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=${address}`,
    ]
    child = spawnTethered({ command: [BINARIES.prometheus, ...flags], env: { PATH: '/usr/bin:/bin' }, logFd })
    const deadline = performance.now() + READY_WITHIN_MS
    for (;;) {
      const isReady = await fetch(`${url}/-/ready`).then(
        (response) => response.ok,
        () => false,
      )
      if (isReady) return
      if (child.exit() !== undefined || performance.now() > deadline)
        throw new Error(`Prometheus did not start: ${readFileSync(logFile, 'utf8')}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  await start()
  return {
    url,
    start,
    async kill() {
      child?.signal('SIGKILL')
      await child?.exited
    },
    async stop() {
      await child?.stop(5_000)
      closeSync(logFd)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A counter or gauge that has a value at each moment; undefined: no sample then. */
export interface HistorySeries {
  readonly metric: string
  readonly labels?: Readonly<Record<string, string>>
  readonly valueAt: (seconds: number) => number | undefined
}

/** OpenMetrics with a sample of each series every `everySeconds` from 0 to `seconds`, the first at `startSeconds`. */
export function historyOf(
  all: readonly HistorySeries[],
  span: { readonly startSeconds: number; readonly seconds: number; readonly everySeconds: number },
): string {
  const lines: string[] = []
  for (const metric of new Set(all.map((one) => one.metric))) {
    lines.push(`# TYPE ${metric} unknown`)
    for (const { labels = {}, valueAt } of all.filter((one) => one.metric === metric)) {
      const inner = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      for (let at = 0; at <= span.seconds; at += span.everySeconds) {
        const value = valueAt(at)
        if (value !== undefined) lines.push(`${metric}{${inner.join(',')}} ${value} ${span.startSeconds + at}`)
      }
    }
  }
  return `${lines.join('\n')}\n# EOF\n`
}
