// A fresh read must confirm what the decision was based on.
import type { Interlock } from '../../model/command.ts'
import { formatDuration, type Milliseconds } from '../../model/units.ts'
import { allow, veto } from './ruling.ts'

const MAX_AGE_MS: Milliseconds = 5_000

export const freshness: Interlock = (_command, proposal, { scale, now }) => {
  if (scale.kind === 'unread') return veto('freshness', `the target's scale could not be read: ${scale.why}`)
  if (now - scale.at > MAX_AGE_MS)
    return veto('freshness', `the target's scale was read ${formatDuration(now - scale.at)} ago`)
  const { replicas } = scale.value
  return replicas === proposal.from
    ? allow('freshness', `a fresh read shows ${replicas} replicas`)
    : veto('freshness', `a fresh read shows ${replicas} replicas, not ${proposal.from}: decided again on the next tick`)
}
