// The recovery block: after an automatic failover none follows for a while, unless a person has looked into it.
import type { GroupInput } from '../../model/failover.ts'
import type { FailoverGroupStatus } from '../../model/failover-group-status.ts'
import { needsAcknowledging, timestamp } from './history.ts'

type Facts = Pick<GroupInput, 'status' | 'now' | 'acknowledgedEpoch'>

function isBlocked({ status: { block }, now, acknowledgedEpoch }: Facts): boolean {
  if (block === undefined || block.acknowledgedAt !== undefined) return false
  return now < Date.parse(block.until) && acknowledgedEpoch !== block.epoch
}

export function whyBlocked(facts: Facts): string | undefined {
  const { block } = facts.status
  if (block === undefined || !isBlocked(facts)) return undefined
  return `The last failover, epoch ${block.epoch}, has not been acknowledged: none is made by itself until ${block.until}.`
}

/** A person's acknowledgement, written down: it holds after the annotation is gone. */
export function acknowledgeBlock({ status, now, acknowledgedEpoch }: Facts): FailoverGroupStatus {
  const { block } = status
  if (block === undefined || block.acknowledgedAt !== undefined || block.epoch !== acknowledgedEpoch) return status
  return { ...status, block: { ...block, acknowledgedAt: timestamp(now) } }
}

/** The epoch of the last automatic failover while no person has looked into it, also when its block is over. */
export function unacknowledgedEpoch({ status, acknowledgedEpoch }: Omit<Facts, 'now'>): number | undefined {
  const { block, history = [] } = status
  const last = history.findLast(needsAcknowledging)
  if (last === undefined || last.epoch === acknowledgedEpoch) return undefined
  return block?.epoch === last.epoch && block.acknowledgedAt !== undefined ? undefined : last.epoch
}
