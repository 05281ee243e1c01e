// What an observer has counted of a service since it was last asked: the ground of availability by requests and of objectives.
import type { Milliseconds } from './units.ts'

/** The shortest time that counts are told apart by. */
export const SLOT_MS: Milliseconds = 5 * 60_000

/** Requests, by the increases of counters, and those of them that went wrong. */
export interface Count {
  readonly events: number
  readonly bad: number
  /** The time in which they were watched. What a counter went on to count while nobody could read it is in `events` all the same. */
  readonly watchedMs: Milliseconds
}

export interface Counts {
  /** Requests whose outcome is known. Bad: failed. */
  readonly requests: Count
  /** Requests whose duration is known. Bad: not within the duration of the latency objective; without one none are counted. */
  readonly timed: Count
  /** Seconds: where that duration lies between two bounds of the histogram, which count as evenly filled. */
  readonly between?: readonly [number, number] | undefined
}

export const NOTHING_COUNTED: Count = { events: 0, bad: 0, watchedMs: 0 }

export const NO_COUNTS: Counts = { requests: NOTHING_COUNTED, timed: NOTHING_COUNTED }

function addCount(one: Count, other: Count): Count {
  return {
    events: one.events + other.events,
    bad: one.bad + other.bad,
    watchedMs: one.watchedMs + other.watchedMs,
  }
}

/** The bounds are those of the later counts. */
export function addCounts(earlier: Counts, later: Counts): Counts {
  const requests = addCount(earlier.requests, later.requests)
  const timed = addCount(earlier.timed, later.timed)
  return later.between === undefined ? { requests, timed } : { requests, timed, between: later.between }
}
