// What to do about a group: every rule of failover, in order, on one look.
import type { GroupDecision, GroupInput } from '../../model/failover.ts'

export function judgeGroup(input: GroupInput): GroupDecision {
  return { step: { kind: 'none' }, verdict: 'act', why: [], memory: input.memory, conditions: [] }
}
