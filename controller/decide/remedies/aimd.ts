// AIMD: a limit that falls by a tenth on a breach and grows by a step while it is used, as TCP finds its rate.
import type { EpochMs, Milliseconds } from '../../model/units.ts'
import type { Adaptation, LimitReading } from './limit.ts'

const DECREASE = 0.9

/**
 * The breached signals are means over the window: until it has passed, they tell of the time before the last decrease, and
 * one breach would be answered many times. Pure.
 */
export function adaptByAimd(
  limit: number,
  loweredAt: EpochMs | undefined,
  { isBreached, isCalm, isUsed, step, now }: LimitReading,
  windowMs: Milliseconds,
): Adaptation {
  if (isBreached) {
    if (loweredAt !== undefined && now - loweredAt < windowMs) return { limit }
    return { limit: limit * DECREASE, loweredAt: now }
  }
  return { limit: isCalm && isUsed ? limit + step : limit }
}
