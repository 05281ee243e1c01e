// `evenkeel status`: every Guard on a line.
import { isObject, textAt } from '../kube/json.ts'
import { GUARD_STATUS, type GuardStatus } from '../model/guard-status.ts'
import { CONDITIONS } from '../model/names.ts'
import { formatDuration } from '../model/units.ts'
import { circuitCell } from './circuit.ts'
import { columns } from './columns.ts'

const HEADER = [
  'NAMESPACE',
  'GUARD',
  'MODE',
  'HEALTHY',
  'RPS',
  'ERRORS',
  'P99',
  'CPU',
  'POOL',
  'QUEUE',
  'REPLICAS',
  'CIRCUIT',
  'INCIDENT',
  'LAST DECISION',
]

/** The table of all Guards; raw objects as the API lists them. `now` in epoch milliseconds. */
export function statusTable(guards: readonly unknown[], now: number): string {
  if (guards.length === 0) return 'No Guards found.'
  const rows = guards.map((guard) => row(guard, now)).sort((a, b) => (`${a[0]}/${a[1]}` < `${b[0]}/${b[1]}` ? -1 : 1))
  return columns([HEADER, ...rows]).join('\n')
}

function row(guard: unknown, now: number): string[] {
  const status = (isObject(guard) ? GUARD_STATUS.safeParse(guard.status).data : undefined) ?? {}
  const signal = (name: string) => status.signals?.[name]?.text ?? '-'
  const { replicas, circuit, lastDecision, incident, isolations = [] } = status
  return [
    textAt(guard, 'metadata', 'namespace') ?? '',
    textAt(guard, 'metadata', 'name') ?? '',
    textAt(guard, 'spec', 'mode') ?? 'Observe',
    health(status.conditions ?? []),
    ...['rps', 'errors', 'latencyP99', 'cpu', 'pool', 'queue'].map(signal),
    replicas === undefined ? '-' : `${replicas.ready}/${replicas.wanted}${outCell(isolations)}`,
    circuit === undefined ? '-' : circuitCell(circuit),
    incident ?? '-',
    lastDecision === undefined
      ? '-'
      : `${lastDecision.verdict} ${formatDuration(Math.max(0, now - Date.parse(lastDecision.at)))} ago`,
  ]
}

/** " (1 out)": pods that are taken out of load balancing. */
function outCell(isolations: NonNullable<GuardStatus['isolations']>): string {
  const out = isolations.filter(({ phase }) => phase === 'Out').length
  return out === 0 ? '' : ` (${out} out)`
}

function health(conditions: readonly { type: string; status: string; reason: string }[]): string {
  const find = (type: string) => conditions.find((one) => one.type === type)
  const accepted = find(CONDITIONS.accepted)
  if (accepted?.status === 'False') return 'Refused'
  if (find(CONDITIONS.exhausted)?.status === 'True') return 'Exhausted'
  const healthy = find(CONDITIONS.healthy)
  if (healthy === undefined) return '-'
  return healthy.status === 'True'
    ? 'Yes'
    : healthy.status === 'False'
      ? `No (${healthy.reason})`
      : `Unknown (${healthy.reason})`
}
