// `evenkeel replay`: what a Guard would have done over what a Prometheus remembers.
import type { Command } from 'commander'
import { CommandError, ConfigError } from '../model/errors.ts'
import { rangesOf } from '../model/pace.ts'
import { scaleOf } from '../model/remedies.ts'
import { limitRulesOf } from '../model/rules.ts'
import { type EpochMs, type Milliseconds, parseDuration } from '../model/units.ts'
import { createPrometheusApi } from '../observe/prometheus/api.ts'
import { staleAfter } from '../observe/prometheus/batch.ts'
import { type HistoryStep, historyQueries, readHistory } from '../observe/prometheus/history.ts'
import { createSignalReader, type KnownPods } from '../observe/prometheus/read.ts'
import type { PrometheusSpec } from '../observe/prometheus/spec.ts'
import { createCatalog } from '../observe/scrape/catalog.ts'
import { planOf, targetOf } from '../reconcile/guard-plan.ts'
import type { NamedGuard } from './guard-files.ts'
import { type GuardAndFeatures, readGuardFile } from './replay/guard-file.ts'
import { formatReplay, type ReplayReport } from './replay/report.ts'
import { planSides, readSides } from './replay/sides.ts'
import { createSimulation, type Simulation } from './replay/simulate.ts'

interface ReplayFlags {
  readonly file: string
  readonly prometheus?: string
  readonly from: string
  readonly to: string
  readonly step: string
  readonly interval?: string
  readonly replicas?: string
  readonly cores: string
  readonly output: string
}

/** Far below the 11,000 points a series that servers give, so that answers stay small. */
const POINTS_A_QUERY = 2_000
const MOST_STEPS = 5_000_000
const QUERY_TIMEOUT_MS: Milliseconds = 60_000

export function addReplayCommand(root: Command): void {
  root
    .command('replay')
    .summary("run a Guard over a Prometheus's history")
    .description(
      'Runs a Guard over what a Prometheus remembers, and prints what it would have done and why. Replicas follow the acts of the replay; load and use are those of history, so that what an act would have eased stays as it was. Nothing is written anywhere.',
    )
    .requiredOption('-f, --file <file>', 'file with the Guard; - reads standard input')
    .option('--prometheus <url>', 'base URL of the server (default: that of the Guard)')
    .requiredOption('--from <time>', 'RFC 3339 time, like 2026-01-31T08:00:00Z, or Unix seconds')
    .requiredOption('--to <time>', 'the same, later')
    .option('--step <duration>', 'time from one judgement to the next', '5s')
    .option('--interval <duration>', "how often that server scrapes (default: the Guard's, else the step)")
    .option('--replicas <count>', 'replicas at the start (default: the pods that are seen then)')
    .option('--cores <count>', 'cores that each pod may use', '1')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (flags: ReplayFlags) => {
      if (flags.output !== 'text' && flags.output !== 'json')
        throw new ConfigError(`--output ${flags.output} is not known: write text or json`)
      const report = await replay(flags, (line) => console.error(`evenkeel: ${line}`))
      console.log(flags.output === 'json' ? JSON.stringify(report, undefined, 2) : formatReplay(report))
    })
}

/** Throws ConfigError for flags that can't be used, CommandError when the Guard or the history can't. */
async function replay(flags: ReplayFlags, onProgress: (line: string) => void): Promise<ReplayReport> {
  const fromMs = expectTime('--from', flags.from)
  const toMs = expectTime('--to', flags.to)
  const stepMs = expectDuration('--step', flags.step)
  if (fromMs >= toMs) throw new ConfigError(`--from ${flags.from} is not before --to ${flags.to}`)
  const steps = Math.floor((toMs - fromMs) / stepMs) + 1
  if (steps > MOST_STEPS)
    throw new ConfigError(`that is ${steps} steps, and ${MOST_STEPS} is the most: lengthen --step`)
  const guard = await readGuardFile(flags.file)
  if (guard.spec.mode === 'Paused')
    throw new CommandError(`the Guard ${guard.name} is paused, which does nothing: give it another mode to replay it`)

  const spec = specOf(guard, flags, stepMs)
  const { windowMs, minimumRequests, optional = [] } = spec
  const reading = { windowMs, minimumRequests, optional, staleMs: staleAfter(spec) }
  const reader = createSignalReader(createCatalog(spec.sources), reading)
  const sides = planSides(guard.spec, spec, flags.prometheus)
  const cores = expectNumber('--cores', flags.cores, 0.001)
  const api = createPrometheusApi()
  let simulation: Simulation | undefined
  let pods = podsOf(cores, 1)
  let rowsSeen = 0
  let toldPercent = 0
  try {
    for (let done = 0; done < steps; done += POINTS_A_QUERY) {
      const count = Math.min(POINTS_A_QUERY, steps - done)
      const span = { fromMs: fromMs + done * stepMs, toMs: fromMs + (done + count - 1) * stepMs, stepMs }
      const history = await readHistory(api, guard.namespace, spec, span, QUERY_TIMEOUT_MS)
      if (history.kind === 'failed') throw new CommandError(`the history can't be read: ${history.why}`)
      const fromSides = await readSides(api, guard.namespace, sides, span, QUERY_TIMEOUT_MS)
      if (simulation === undefined) {
        const start =
          flags.replicas === undefined
            ? podsAtFirst(history.steps)
            : expectNumber('--replicas', flags.replicas, 1, true)
        const replicas = start ?? scaleOf(guard.spec.remedies)?.min ?? 1
        pods = podsOf(cores, replicas)
        simulation = simulationOf(guard, spec, stepMs, replicas)
      }
      rowsSeen += fromSides.rowsSeen
      for (const [step, { atMs, rows }] of history.steps.entries()) {
        for (const one of rows) rowsSeen += one?.kind === 'ok' ? one.rows.length : 0
        simulation.step(atMs, fromSides.add(reader.read(rows, pods), step, pods))
      }
      const percent = Math.floor((100 * (done + count)) / steps)
      if (steps > POINTS_A_QUERY && (percent >= toldPercent + 5 || percent === 100)) {
        toldPercent = percent
        onProgress(`replayed ${percent} %, up to ${timeOf(span.toMs)}`)
      }
    }
  } finally {
    await api.close()
  }
  if (simulation === undefined || rowsSeen === 0) throw noData(guard, [spec, ...sides.map((side) => side.spec)], flags)
  return {
    guard: `${guard.namespace}/${guard.name}`,
    mode: guard.spec.mode,
    source: spec.server.url,
    from: timeOf(fromMs),
    to: timeOf(fromMs + (steps - 1) * stepMs),
    stepSeconds: stepMs / 1000,
    ...simulation.totals(),
    timeline: simulation.timeline.map((event) => ({ ...event, at: timeOf(event.at) })),
  }
}

/** What to ask of which server, over ranges for which it has samples. */
function specOf(
  { spec }: NamedGuard,
  { prometheus: url, interval }: ReplayFlags,
  stepMs: Milliseconds,
): PrometheusSpec {
  const { from } = spec.signals
  const own = planOf(spec)
  const known = own.prometheus ?? {
    ...own.scrape,
    server: { url: '' },
    podLabel: 'pod',
    workload: { kind: spec.target.kind, name: spec.target.name },
  }
  const [elsewhere] = own.sides.flatMap((side) => (side.kind === 'prometheus' ? side.spec.server.url : []))
  const server = { ...known.server, url: url ?? (known.server.url || (elsewhere ?? '')) }
  if (server.url === '') throw new ConfigError('the Guard names no Prometheus: say which with --prometheus URL')
  if (!URL.canParse(server.url) || !/^https?:$/.test(new URL(server.url).protocol))
    throw new ConfigError(`--prometheus ${server.url} is no URL: write one like http://127.0.0.1:9090`)
  const scrapedEveryMs =
    interval === undefined ? (from.prometheus?.interval ?? stepMs) : expectDuration('--interval', interval)
  return { ...known, ...rangesOf(spec.limits, scrapedEveryMs), intervalMs: scrapedEveryMs, server }
}

function simulationOf(
  { namespace, name, spec, features }: GuardAndFeatures,
  { windowMs }: PrometheusSpec,
  stepMs: Milliseconds,
  replicas: number,
): Simulation {
  const rules = limitRulesOf(spec, { intervalMs: stepMs, windowMs })
  return createSimulation({ name, spec, features }, rules, targetOf(namespace, spec.target), replicas)
}

/** Who was there is not known: whoever is seen is all there is. */
function podsOf(cores: number, replicas: number): KnownPods {
  return {
    expected: [],
    isNew: () => false,
    coresOf: (pod) => (pod === '' ? cores * replicas : cores),
    count: replicas,
  }
}

/** Pods that tell any signal at the first step at which one does; undefined when the series don't tell them apart. */
function podsAtFirst(steps: readonly HistoryStep[]): number | undefined {
  for (const { rows } of steps) {
    const all = rows.flatMap((one) => (one?.kind === 'ok' ? one.rows : []))
    const names = new Set(all.map((row) => row.pod).filter((pod) => pod !== ''))
    if (names.size > 0) return names.size
  }
  return undefined
}

function noData(
  { namespace, name }: NamedGuard,
  specs: readonly PrometheusSpec[],
  { from, to }: ReplayFlags,
): CommandError {
  const [first] = specs.flatMap((spec) => historyQueries(namespace, spec)).filter((query) => query !== undefined)
  return new CommandError(
    `${[...new Set(specs.map((spec) => spec.server.url))].join(', ')} has no sample for any signal of ${namespace}/${name} from ${from} to ${to}. Check the times, signals.from.prometheus.match and the profile. The first query was: ${first}`,
  )
}

function expectTime(flag: string, text: string): EpochMs {
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : isTime(text) ? Date.parse(text) : Number.NaN
  if (Number.isFinite(ms) && ms <= LATEST_MS) return Math.round(ms)
  throw new ConfigError(`${flag} ${text} is no time: write it like 2026-01-31T08:00:00Z, or in Unix seconds`)
}

/** With its zone: a time without one would mean something else on another machine. */
function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)
}

/** The last moment that JavaScript has a date for. */
const LATEST_MS = 8.64e15

function expectDuration(flag: string, text: string): Milliseconds {
  const ms = parseDuration(text)
  if (ms !== undefined && ms >= 100) return Math.round(ms)
  throw new ConfigError(`${flag} ${text} is no duration of at least 100ms: write it like 5s`)
}

function expectNumber(flag: string, text: string, least: number, isWhole = false): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isFinite(value) && value >= least && (!isWhole || Number.isInteger(value))) return value
  throw new ConfigError(`${flag} ${text} can't be used: write a ${isWhole ? 'whole ' : ''}number from ${least} on`)
}

function timeOf(ms: EpochMs): string {
  return new Date(ms).toISOString()
}
