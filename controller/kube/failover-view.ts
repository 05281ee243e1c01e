// What Guards are told of a FailoverGroup: the few fields of its spec and status that a switch of theirs depends on.
import type { ConditionStatus } from '../model/conditions.ts'
import { type FailoverGroupSpec, methodOf } from '../model/failover-group.ts'
import type { FailoverView } from '../model/failover-view.ts'
import { describeFaults } from '../model/faults.ts'
import { GROUP_CONDITIONS } from '../model/names.ts'
import { validateFailoverGroupSpec } from '../model/validate-failover-group.ts'
import type { StoredFailoverGroup } from './failover-group.ts'

export function viewOfGroup({
  name,
  spec: raw,
  status,
  statusFault,
  request,
  requestFault,
}: StoredFailoverGroup): FailoverView {
  const validation = validateFailoverGroupSpec(raw)
  const spec = validation.ok ? validation.spec : undefined
  const condition = (type: string) => status.conditions?.find((one) => one.type === type)
  const statusOf = (type: string): ConditionStatus => condition(type)?.status ?? 'Unknown'
  const { active, epoch, block, switch: underWay, request: answered } = status
  const isUnanswered = request !== undefined && request.id !== answered?.id
  return {
    name,
    fault: validation.ok ? (statusFault ?? requestFault) : describeFaults(validation.faults),
    mode: spec?.mode ?? 'Paused',
    method: spec === undefined ? 'service' : methodOf(spec),
    names: spec === undefined ? [name] : namesOf(name, spec),
    active,
    epoch,
    available: statusOf(GROUP_CONDITIONS.available),
    ready: statusOf(GROUP_CONDITIONS.failoverReady),
    notReady: condition(GROUP_CONDITIONS.failoverReady)?.message ?? 'it has not said so',
    blocked: statusOf(GROUP_CONDITIONS.blocked),
    blockedUntil: block?.until,
    isSwitching: underWay !== undefined,
    askedBy: isUnanswered ? request.by : undefined,
  }
}

function namesOf(name: string, { service, members }: FailoverGroupSpec): string[] {
  return [name, ...(service === undefined ? [] : [service]), ...members.map((one) => one.name)]
}
