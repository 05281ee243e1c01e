// A token bucket: a burst at once, then a steady rate.
import type { Clock } from '../model/clock.ts'
import type { Milliseconds } from '../model/units.ts'

export interface TokenBucketOptions {
  /** Tokens that come back each second; above 0. */
  readonly perSecond: number
  /** Tokens when full; at least 1. */
  readonly burst: number
  readonly clock: Pick<Clock, 'monotonic'>
}

export interface TokenBucket {
  /** Takes a token if one is there. */
  tryTake(): boolean
  /** Takes a token ahead of time if need be, and returns how long to wait until it is there. */
  reserve(): Milliseconds
  /** No token has been taken that hasn't come back. */
  isFull(): boolean
}

/** A full bucket. Throws RangeError for a rate or burst that would never let anything through. */
export function createTokenBucket({ perSecond, burst, clock }: TokenBucketOptions): TokenBucket {
  if (!(perSecond > 0) || !(burst >= 1)) {
    throw new RangeError(`token bucket: perSecond ${perSecond} must be above 0 and burst ${burst} at least 1`)
  }
  let tokens = burst
  let countedAt = clock.monotonic()

  function refill(): void {
    const now = clock.monotonic()
    tokens = Math.min(burst, tokens + ((now - countedAt) / 1000) * perSecond)
    countedAt = now
  }

  return {
    tryTake() {
      refill()
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
    reserve() {
      refill()
      tokens -= 1
      return tokens >= 0 ? 0 : (-tokens / perSecond) * 1000
    },
    isFull() {
      refill()
      return tokens >= burst
    },
  }
}
