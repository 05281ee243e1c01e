// How long to wait before the next attempt after some in a row have failed.
import type { Milliseconds } from '../model/units.ts'

export interface BackoffPolicy {
  /** Before the second attempt. */
  readonly baseMs: Milliseconds
  readonly maxMs: Milliseconds
  /** The next random number in [0, 1). */
  readonly random: () => number
}

/**
 * Doubles from `baseMs` up to `maxMs` with the number of failures in a row (from 1), then takes a random point in the
 * upper half, so that those that failed together don't come back together.
 */
export function backoffMs(failures: number, policy: BackoffPolicy): Milliseconds {
  // 2^40 is past any maximum; larger exponents would become Infinity.
  const grown = policy.baseMs * 2 ** Math.min(Math.max(failures, 1) - 1, 40)
  const ceiling = Math.min(policy.maxMs, grown)
  return ceiling / 2 + (ceiling / 2) * policy.random()
}

/** `ms` lengthened by up to `share` of itself, so that many timers of one period don't fire at once. */
export function jittered(ms: Milliseconds, share: number, random: () => number): Milliseconds {
  return ms * (1 + share * random())
}
