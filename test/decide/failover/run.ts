// What a run of a simulated group is made of: its faults, in what order, and what came of it.
import type { Kind } from './store.ts'

export const START = Date.parse('2026-01-01T12:00:00Z')

export const FAULTS = [
  'kill',
  'hang',
  'cut',
  'hide',
  'blind',
  'slow',
  'delete',
  'heal',
  'killLeader',
  'moveLease',
  'twoLeaders',
  'clockJump',
  'switchover',
  'failback',
  'guardAsks',
  'acknowledge',
  'drill',
] as const
export type Fault = (typeof FAULTS)[number]

export interface Event {
  /** In ticks after the one before. */
  readonly after: number
  readonly fault: Fault
  readonly member: number
}

export interface Run {
  readonly kind: Kind
  readonly members: number
  readonly mode: 'Observe' | 'Enforce' | 'Paused'
  readonly failback: 'Manual' | 'Automatic'
  readonly deletePod: boolean
  readonly seed: number
  readonly events: readonly Event[]
  /** A person acknowledges each failover in the end, and sees all come to rest; else it is left as it is. */
  readonly acknowledges?: boolean
  /** The leader dies before its read or write of this number after the first event, and another takes over. */
  readonly killAt?: number
}

export interface Result {
  readonly broken: readonly string[]
  readonly switches: readonly {
    readonly kind: string
    readonly outcome: string
    readonly by: string
    readonly at: number
  }[]
  readonly steps: ReadonlySet<string>
  /** How many reads and writes the leaders made from the first event to the end of the last switch. */
  readonly points: number
  readonly refusals: number
}

/** The same numbers for the same seed. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
