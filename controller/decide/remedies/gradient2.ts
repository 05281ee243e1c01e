// Gradient2: a limit that follows latency against its own long-term mean (Netflix concurrency-limits).
import type { Adaptation, LimitReading } from './limit.ts'

const LONG_WINDOW = 600
const TOLERANCE = 1.5
const LEAST_GRADIENT = 0.5
const SMOOTHING = 0.2
/** A mean that is so far above what is seen now stems from an overload: it is let down faster. */
const OVERLOADED = 2

/** Without a latency nothing changes. It grows only while it is used and nothing is breached. Pure. */
export function adaptByGradient2(
  limit: number,
  usualLatency: number | undefined,
  { latency, isCalm, isUsed, step }: LimitReading,
): Adaptation {
  if (latency === undefined || !(latency > 0)) return usualLatency === undefined ? { limit } : { limit, usualLatency }
  const before = usualLatency ?? latency
  const mean = before + (latency - before) * (2 / (LONG_WINDOW + 1))
  const usual = mean / latency > OVERLOADED ? mean * 0.95 : mean
  const gradient = Math.max(LEAST_GRADIENT, Math.min(1, (TOLERANCE * usual) / latency))
  const wanted = limit * (1 - SMOOTHING) + (limit * gradient + step) * SMOOTHING
  return { limit: wanted > limit && !(isCalm && isUsed) ? limit : wanted, usualLatency: usual }
}
