// `evenkeel ledger`: availability, MTBF and MTTR of a Guard, or of a list of intervals.
import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import type { Command } from 'commander'
import { ledgerOf } from '../evaluate/ledger/figures.ts'
import { readBook } from '../evaluate/ledger/read.ts'
import { type Course, responseOf } from '../evaluate/ledger/response.ts'
import { requestFigures } from '../evaluate/ledger/traffic.ts'
import type { KubeClient } from '../kube/client.ts'
import { textAt } from '../kube/json.ts'
import { getObject, listObjects } from '../kube/objects.ts'
import { GUARDS, INCIDENTS } from '../kube/resource-type.ts'
import { CommandError, ConfigError, messageOf } from '../model/errors.ts'
import { GUARD_STATUS } from '../model/guard-status.ts'
import { INCIDENT_STATUS } from '../model/incident.ts'
import { LEDGER_WINDOW_MS } from '../model/ledger.ts'
import { LABELS } from '../model/names.ts'
import { parseTime, TIME_HINT } from '../model/time.ts'
import { type EpochMs, formatDuration, type Milliseconds, parseDuration } from '../model/units.ts'
import { labelValue } from '../record/labels.ts'
import { restoreLedger } from '../record/ledger.ts'
import { type KubeFlags, withCluster, withKubeFlags } from './kube-flags.ts'
import { readIntervals } from './ledger/read-intervals.ts'
import { ledgerTable } from './ledger/table.ts'
import { maintenanceLines } from './maintenance.ts'
import { objectiveFigures, objectiveLines } from './objectives.ts'

interface LedgerFlags extends KubeFlags {
  readonly from?: string
  readonly window: string
  readonly at?: string
  readonly since?: string
  readonly mergeGap?: string
  readonly minDuration?: string
  readonly output: string
}

export function addLedgerCommand(root: Command): void {
  withKubeFlags(root.command('ledger'))
    .summary('show availability, MTBF and MTTR')
    .description(
      'Shows how much of a window a service was up, down, unknown and under maintenance, and what that makes of availability, MTBF and MTTR: of a Guard, from its status, or of a list of intervals.',
    )
    .argument('[guard]', 'NAMESPACE/NAME')
    .option(
      '--from <file>',
      'a JSON list of { start, end?, kind: down|degraded|maintenance|unknown, weight? }; - reads standard input',
    )
    .option('--window <duration>', 'how far back', '30d')
    .option('-o, --output <format>', 'text or json', 'text')
    .option('--at <time>', 'with --from: where the window ends (default: now)')
    .option('--since <time>', "with --from: the first observed moment (default: the window's start)")
    .option('--merge-gap <duration>', 'with --from: outages with less than this between them are one (default: 0s)')
    .option('--min-duration <duration>', 'with --from: a shorter outage is none (default: 0s)')
    .action(async (guard: string | undefined, flags: LedgerFlags) => {
      if ((guard === undefined) === (flags.from === undefined))
        throw new ConfigError('evenkeel ledger shows one of two: name a Guard, NAMESPACE/NAME, or give --from FILE')
      if (flags.output !== 'text' && flags.output !== 'json')
        throw new ConfigError(`--output ${flags.output} is not known: write text or json`)
      console.log(flags.from === undefined ? await fromCluster(guard ?? '', flags) : await fromFile(flags.from, flags))
    })
}

async function fromFile(file: string, flags: LedgerFlags): Promise<string> {
  const windowMs = windowOf(flags)
  const at = timeOf('--at', flags.at) ?? Date.now()
  const since = timeOf('--since', flags.since)
  if (since !== undefined && since > at)
    throw new ConfigError(`--since ${flags.since} is after the window's end, ${new Date(at).toISOString()}`)
  const rules = {
    mergeGapMs: durationOf('--merge-gap', flags.mergeGap ?? '0s'),
    minDurationMs: durationOf('--min-duration', flags.minDuration ?? '0s'),
  }
  const source = await (file === '-' ? readAll(process.stdin) : readFile(file, 'utf8')).catch((cause: unknown) => {
    throw new CommandError(`${file} can't be read: ${messageOf(cause)}`, { cause })
  })
  const figures = ledgerOf(readIntervals(file, source), { windowMs, at, since, rules })
  return flags.output === 'json' ? JSON.stringify(figures, undefined, 2) : ledgerTable({ at, figures })
}

async function fromCluster(guard: string, flags: LedgerFlags): Promise<string> {
  const [namespace, name, more] = guard.split('/')
  if (!namespace || !name || more !== undefined)
    throw new ConfigError(`"${guard}" does not name a Guard: write NAMESPACE/NAME, like shop/checkout`)
  for (const flag of ['at', 'since', 'mergeGap', 'minDuration'] as const)
    if (flags[flag] !== undefined)
      throw new ConfigError(
        `--${flag.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)} is for --from FILE only`,
      )
  const windowMs = windowOf(flags)
  if (windowMs > LEDGER_WINDOW_MS)
    throw new ConfigError(`--window ${flags.window} is longer than a Guard's ledger is kept: write at most 30d`)
  return withCluster(flags, async (client) => {
    const raw = await getObject(client, GUARDS, { namespace, name })
    const status = GUARD_STATUS.safeParse(raw.status).data
    const kept = restoreLedger(status?.ledger)
    if (kept === undefined)
      throw new CommandError(
        `${guard} has no ledger yet: is the controller running and leading, and the Guard accepted?`,
      )
    const { book, seenAt: at, traffic } = kept
    const figures = readBook(book, at, windowMs)
    const courses = await coursesOf(client, namespace, name)
    const window = { start: Math.max(book.since, at - windowMs), end: at + 1 }
    const response = responseOf(courses, window)
    const requests = requestFigures(traffic, window)
    const asOf = new Date(at).toISOString()
    const objectives = status?.objectives === undefined ? {} : { objectives: status.objectives.map(objectiveFigures) }
    const { fault, maintenance: maintenanceNow = [] } = status?.ledger ?? {}
    if (flags.output === 'json') {
      const told = { guard, asOf, ...figures, ...requests, ...response, maintenanceNow, ...objectives }
      return JSON.stringify(told, undefined, 2)
    }
    return [
      `${guard}, as of ${asOf} (${formatDuration(Math.max(0, Date.now() - at))} ago)`,
      ...(fault === undefined ? [] : [`Attention: ${fault}`]),
      ...maintenanceLines(status?.ledger, Date.now()).map((line) => `Maintenance: ${line}`),
      ledgerTable({ at, figures, requests, response }),
      ...objectiveLines(status?.objectives, Date.now()),
    ].join('\n')
  })
}

async function coursesOf(client: KubeClient, namespace: string, guard: string): Promise<Course[]> {
  const labelSelector = `${LABELS.guard}=${labelValue(guard)}`
  const incidents = await listObjects(client, INCIDENTS, { namespace, labelSelector })
  return incidents.flatMap((raw): Course[] => {
    if (textAt(raw, 'spec', 'guard') !== guard) return []
    const status = INCIDENT_STATUS.safeParse(
      typeof raw === 'object' && raw !== null ? Reflect.get(raw, 'status') : {},
    ).data
    if (status === undefined) return []
    const moment = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text))
    const { onset, detectedAt, firstActionAt, mitigatedAt } = status
    return [
      {
        onset: Date.parse(onset),
        detectedAt: Date.parse(detectedAt),
        firstActionAt: moment(firstActionAt),
        mitigatedAt: moment(mitigatedAt),
      },
    ]
  })
}

function windowOf({ window }: LedgerFlags): Milliseconds {
  const ms = durationOf('--window', window)
  if (ms === 0) throw new ConfigError(`--window ${window} is empty: write it like 30d`)
  return ms
}

function durationOf(flag: string, text: string): Milliseconds {
  const ms = text === '0' ? 0 : parseDuration(text)
  if (ms === undefined)
    throw new ConfigError(`${flag} ${text} is not a duration: write a number and a unit, like 30s, 5m or 30d`)
  return ms
}

function timeOf(flag: string, text: string | undefined): EpochMs | undefined {
  if (text === undefined) return undefined
  const at = parseTime(text)
  if (at === undefined) throw new ConfigError(`${flag} ${text} is not a time: ${TIME_HINT}`)
  return at
}
