// Whom a switch would choose, and everything that stands against it: asked by the rules, and by a dry run.
import type { GroupInput } from '../../model/failover.ts'
import type { SwitchKind } from '../../model/failover-group-status.ts'

/** A switch that is needed or asked for. */
export interface Want {
  readonly kind: SwitchKind
  readonly by: string
  /** Asked for by name. */
  readonly to?: string | undefined
}

export interface Candidate {
  readonly name: string
  /** Behind the primary, in the unit of the method; undefined when nobody knows. */
  readonly lag: number | undefined
  /** Why not, each a sentence; empty when it could. */
  readonly objections: readonly string[]
}

export interface SwitchOutlook {
  /** Whom it would choose; undefined when nobody could. */
  readonly to: string | undefined
  /** All but the active member: the best first, those that could not last. */
  readonly candidates: readonly Candidate[]
  /** Everything that stands against it, each a sentence; empty when it can be made. */
  readonly against: readonly string[]
}

export type OutlookInput = Pick<GroupInput, 'spec' | 'status' | 'look' | 'memory' | 'now' | 'acknowledgedEpoch'>

/** `memory` has this look in it. */
export function planSwitch(input: OutlookInput, want: Want): SwitchOutlook {
  return { to: undefined, candidates: [], against: [] }
}
