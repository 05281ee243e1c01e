// `evenkeel failovers`: every group on a line.
import type { StoredFailoverGroup } from '../../kube/failover-group.ts'
import { textAt } from '../../kube/json.ts'
import type { FailoverGroupStatus } from '../../model/failover-group-status.ts'
import { CONDITIONS, GROUP_CONDITIONS } from '../../model/names.ts'
import { type EpochMs, formatDuration } from '../../model/units.ts'
import { columns } from '../columns.ts'

const HEADER = [
  'NAMESPACE',
  'GROUP',
  'METHOD',
  'MODE',
  'ACTIVE',
  'EPOCH',
  'AVAILABLE',
  'MEMBERS',
  'READY',
  'SWITCH',
  'BLOCK',
  'FAILBACK',
  'LAST',
]

export function failoversTable(groups: readonly StoredFailoverGroup[], now: EpochMs): string {
  if (groups.length === 0) return 'No FailoverGroups found.'
  const rows = groups.map((group) => row(group, now))
  rows.sort((a, b) => (`${a[0]}/${a[1]}` < `${b[0]}/${b[1]}` ? -1 : 1))
  return columns([HEADER, ...rows]).join('\n')
}

function row({ namespace, name, spec, status }: StoredFailoverGroup, now: EpochMs): string[] {
  const { active, epoch, method, members = [] } = status
  const under = status.switch
  const last = status.history?.at(-1)
  return [
    namespace,
    name,
    method ?? '-',
    textAt(spec, 'mode') ?? 'Observe',
    active ?? '-',
    epoch === undefined ? '-' : String(epoch),
    availability(status),
    members.map((member) => memberCell(member, active)).join(', ') || '-',
    standing(status, GROUP_CONDITIONS.failoverReady),
    under === undefined ? '-' : `${under.kind} → ${under.to}: ${under.step}`,
    blockCell(status, now),
    standing(status, GROUP_CONDITIONS.failbackReady),
    last === undefined
      ? '-'
      : `${last.kind} ${last.outcome} ${formatDuration(Math.max(0, now - Date.parse(last.endedAt)))} ago`,
  ]
}

/** "db-0*" is the active one; behind the others stands their lag, or why there is none to tell. */
function memberCell({ name, state, lag }: Members[number], active: string | undefined): string {
  const isWell = state.startsWith('Answers')
  if (name === active) return isWell ? `${name}*` : `${name}* ${state}`
  return isWell ? `${name} ${lag === undefined ? '?' : `+${lag}`}` : `${name} ${state}`
}

type Members = NonNullable<FailoverGroupStatus['members']>

function availability(status: FailoverGroupStatus): string {
  const accepted = conditionOf(status, CONDITIONS.accepted)
  return accepted?.status === 'False' ? 'Refused' : standing(status, GROUP_CONDITIONS.available)
}

function standing(status: FailoverGroupStatus, type: string): string {
  const condition = conditionOf(status, type)
  if (condition === undefined) return '-'
  if (condition.status === 'True') return 'Yes'
  return `${condition.status === 'False' ? 'No' : 'Unknown'} (${condition.reason})`
}

function conditionOf({ conditions }: FailoverGroupStatus, type: string) {
  return conditions?.find((one) => one.type === type)
}

function blockCell({ block }: FailoverGroupStatus, now: EpochMs): string {
  if (block === undefined || block.acknowledgedAt !== undefined) return '-'
  const leftMs = Date.parse(block.until) - now
  return leftMs > 0 ? `${formatDuration(leftMs)} (epoch ${block.epoch})` : '-'
}
