// Debian's Prometheus for tests: with a history of its own, with targets to scrape, and killed and started again at will.
import { execFile, execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Agent, request } from 'undici'
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
  /** Texts of whole rule files, beside those. */
  readonly ruleFiles?: readonly string[]
  /** Where alerts are sent, anew each second while they last: "127.0.0.1:9093". */
  readonly alertmanager?: string
  /** What it lets nobody in without, and how its certificate looks. */
  readonly web?: {
    readonly username: string
    readonly password: string
    readonly tls?: { readonly certificate: string; readonly key: string }
  }
}

export async function startTestPrometheus({
  history,
  targets = [],
  discovery,
  rules = [],
  ruleFiles = [],
  alertmanager,
  web,
}: PrometheusSetup): Promise<TestPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-prometheus-'))
  const address = `127.0.0.1:${await freePort()}`
  const url = `${web?.tls === undefined ? 'http' : 'https'}://${address}`
  const dispatcher = new Agent(web?.tls === undefined ? {} : { connect: { ca: web.tls.certificate } })
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['rules*.yml'],
    ...(alertmanager === undefined
      ? {}
      : { alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] } }),
    scrape_configs: [
      {
        job_name: 'test',
        honor_labels: true,
        ...(discovery ?? {
          static_configs: targets.map((target) => ({ targets: [target.address], labels: target.labels })),
        }),
      },
    ],
  }
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config))
  writeFileSync(join(folder, 'rules.yml'), JSON.stringify({ groups: [{ name: 'test', rules }] }))
  for (const [index, text] of ruleFiles.entries()) writeFileSync(join(folder, `rules-${index}.yml`), text)
  if (history !== undefined) {
    writeFileSync(join(folder, 'history.txt'), history)
    const args = ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'history.txt'), join(folder, 'data')]
    await promisify(execFile)(BINARIES.promtool, args)
  }
  if (web !== undefined) writeFileSync(join(folder, 'web.yml'), JSON.stringify(webConfig(folder, web)))
  const logFile = join(folder, 'log')
  const logFd = openSync(logFile, 'a')
  let child: TetheredProcess | undefined

  async function start(): Promise<void> {
    const flags = [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--storage.tsdb.retention.time=100y',
      '--rules.alert.resend-delay=1s',
      `--web.listen-address=${address}`,
      ...(web === undefined ? [] : [`--web.config.file=${join(folder, 'web.yml')}`]),
    ]
    child = spawnTethered({ command: [BINARIES.prometheus, ...flags], env: { PATH: '/usr/bin:/bin' }, logFd })
    const deadline = performance.now() + READY_WITHIN_MS
    for (;;) {
      const isReady = await request(`${url}/-/ready`, { dispatcher, headers: headersOf(web) }).then(
        async ({ statusCode, body }) => {
          await body.dump()
          return statusCode === 200
        },
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
      await dispatcher.destroy()
      closeSync(logFd)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Web = NonNullable<PrometheusSetup['web']>

function headersOf(web: Web | undefined): Record<string, string> {
  if (web === undefined) return {}
  return { authorization: `Basic ${Buffer.from(`${web.username}:${web.password}`).toString('base64')}` }
}

function webConfig(folder: string, { username, password, tls }: Web): object {
  // Perl is on every Debian, and its crypt() knows bcrypt; the least cost, since it is worked out for each request.
  const hash = execFileSync('/usr/bin/perl', ['-e', 'print crypt(<STDIN>, q{$2b$04$} . q{abcdefghijklmnopqrstuu})'], {
    input: password,
    encoding: 'utf8',
  })
  const users = { basic_auth_users: { [username]: hash } }
  if (tls === undefined) return users
  writeFileSync(join(folder, 'certificate'), tls.certificate)
  writeFileSync(join(folder, 'key'), tls.key, { mode: 0o600 })
  return { ...users, tls_server_config: { cert_file: 'certificate', key_file: 'key' } }
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
