// What a Guard knows of a FailoverGroup in its namespace, and what stands against asking it for a switch.
import type { ConditionStatus } from './conditions.ts'
import type { FailoverMethodName } from './failover-group.ts'
import type { EpochMs } from './units.ts'

export interface FailoverView {
  readonly name: string
  /** Why its spec or status can't be used. */
  readonly fault: string | undefined
  readonly mode: 'Observe' | 'Enforce' | 'Paused'
  readonly method: FailoverMethodName
  /** What its clients may know it by: its own name, that of its Service, those of its members. */
  readonly names: readonly string[]
  readonly active: string | undefined
  readonly epoch: number | undefined
  readonly available: ConditionStatus
  readonly ready: ConditionStatus
  /** Why it is not ready, as the group says it. */
  readonly notReady: string
  readonly blocked: ConditionStatus
  /** When the block ends by itself. */
  readonly blockedUntil: string | undefined
  readonly isSwitching: boolean
  /** Who waits for an answer. */
  readonly askedBy: string | undefined
}

/** As read for one decision. */
export interface FreshGroup {
  readonly view: FailoverView
  readonly resourceVersion: string
}

/** What nobody has told is not known, and what is not known is no ground to switch. */
export function objectionToSwitch(name: string, view: FailoverView | undefined): string | undefined {
  if (view === undefined) return `there is no FailoverGroup ${name}`
  if (view.fault !== undefined) return `${name} can't be used: ${view.fault}`
  if (view.mode !== 'Enforce') return `the mode of ${name} is ${view.mode}`
  if (view.isSwitching) return `${name} is switching already`
  if (view.askedBy !== undefined) return `${name} has not answered ${view.askedBy} yet`
  if (view.active === undefined || view.epoch === undefined) return `it is not known which member of ${name} is active`
  if (view.blocked !== 'False') return `${name} may not fail over: ${describeBlock(view)}`
  if (view.available === 'Unknown') return `it is not known whether the primary of ${name} answers`
  if (view.available === 'False') return `the primary of ${name} is not well, and ${name} acts on that by its own rules`
  return view.ready === 'True' ? undefined : `${name} is not ready to fail over: ${view.notReady}`
}

function describeBlock({ blocked, blockedUntil }: FailoverView): string {
  if (blocked === 'Unknown') return 'it is not known whether it is blocked'
  return blockedUntil === undefined ? 'blocked' : `blocked until ${blockedUntil}`
}

/** Under this name a Guard asks, so that its requests are known as nobody's word. */
export const guardAsks = (guard: string): string => `${GUARD_PREFIX}${guard}`
export const isByGuard = (by: string): boolean => by.startsWith(GUARD_PREFIX)
const GUARD_PREFIX = 'Guard/'

/** Whether it was not taken up in time. Never so for one that has no end. */
export function hasLapsed({ until }: { readonly until?: string | undefined }, now: EpochMs): boolean {
  return until !== undefined && now > Date.parse(until)
}

/** What an act of a Guard on a group is written down as. */
export const failoverField = (group: string): string => `${FIELD_PREFIX}${group}`
export const isFailoverField = (field: string): boolean => field.startsWith(FIELD_PREFIX)
const FIELD_PREFIX = 'FailoverGroup/'
