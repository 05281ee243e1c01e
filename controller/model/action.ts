// What can be told of an act from its record.
import type { Action } from './guard-status.ts'

/** Whether it applied its remedy, or more of it; else it took a step back. */
export function isClimb({ remedy, from, to }: Pick<Action, 'remedy' | 'from' | 'to'>): boolean {
  if (remedy === 'degrade' || remedy === 'isolate') return to < from
  // A flow without a limit is written as 0.
  if (remedy === 'limit') return to !== 0 && (from === 0 || to < from)
  return to > from
}
