// Who is let in: so many a second, or a share of all.

/** A bucket of one second's worth: asked for each request with what is allowed now, since that may change at any time. */
export function createRate(now: () => number = () => performance.now()): (perSecond: number) => boolean {
  let tokens = Number.POSITIVE_INFINITY
  let countedAt = now()
  return (perSecond) => {
    const at = now()
    tokens = Math.min(Math.max(1, perSecond), tokens + ((at - countedAt) / 1_000) * perSecond)
    countedAt = at
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
}

/** Spread evenly rather than drawn: a half is every second. */
export function createShare(): (share: number) => boolean {
  let credit = 0
  return (share) => {
    credit += share
    if (credit < 1) return false
    credit -= 1
    return true
  }
}
