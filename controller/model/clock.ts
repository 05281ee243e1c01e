// Time, injected everywhere, so that tests and replays own it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { EpochMs, Milliseconds } from './units.ts'

export interface Clock {
  /** Wall time in milliseconds since the Unix epoch: for records that people and other machines read. It may jump. */
  now(): EpochMs
  /** Milliseconds on a clock that never jumps: for deadlines, leases, rates and holds inside one process. */
  monotonic(): Milliseconds
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: Milliseconds, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
}
