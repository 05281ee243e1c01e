// How much load there is at a moment: a day in short, and a spike on top of it. Pure.

/** Requests per second over the time since `startedAt`; all times are of one monotonic clock. */
export interface Curve {
  /** The middle of the day. */
  readonly base: number
  /** How far the day goes up and down, as a share of the base. */
  readonly amplitude: number
  /** How long a day takes. */
  readonly dayMs: number
  readonly startedAt: number
  readonly spike: Spike
}

/** The factor goes from one value to another, evenly over the ramp. */
export interface Spike {
  readonly from: number
  readonly to: number
  readonly since: number
  readonly rampMs: number
}

export const noSpike = (now: number): Spike => ({ from: 1, to: 1, since: now, rampMs: 0 })

/** Requests per second wanted at `now`. */
export function rateAt({ base, amplitude, dayMs, startedAt, spike }: Curve, now: number): number {
  const day = 1 + amplitude * Math.sin((2 * Math.PI * (now - startedAt)) / dayMs)
  return base * day * factorAt(spike, now)
}

export function factorAt({ from, to, since, rampMs }: Spike, now: number): number {
  const done = rampMs > 0 ? Math.min(1, Math.max(0, (now - since) / rampMs)) : 1
  return from + (to - from) * done
}

/** The spike goes to `to` from where it is, so that one that is still rising can be called off without a jump. */
export function turnSpike(spike: Spike, to: number, now: number, rampMs: number): Spike {
  return to === spike.to ? spike : { from: factorAt(spike, now), to, since: now, rampMs }
}
