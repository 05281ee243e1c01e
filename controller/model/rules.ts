// A Guard's spec made ready for the hot path: thresholds in base units.
import type { LimitRules } from './assessment.ts'
import type { GuardSpec } from './guard.ts'
import { type Pace, paceOf } from './pace.ts'
import { scaleOf } from './remedies.ts'

/** Ticks come a little early or late; a hold of one interval is meant to be the next reading, not the one after. */
const TICK_SLACK = 0.2

/** Thresholds in seconds, ratios and items. */
export function limitRulesOf(
  spec: GuardSpec,
  { intervalMs, windowMs }: Pick<Pace, 'intervalMs' | 'windowMs'> = paceOf(spec),
): LimitRules {
  const { limits, remedies } = spec
  const slackMs = intervalMs * TICK_SLACK
  return {
    thresholds: {
      errors: limits.errors,
      latency: limits.latency / 1000,
      cpu: limits.cpu,
      pool: limits.pool,
      queue: limits.queue,
    },
    perReplicaRps: scaleOf(remedies)?.perReplica?.rps,
    windowMs,
    holdMs: Math.max(0, limits.hold - slackMs),
    releaseBelow: limits.release.below,
    releaseForMs: limits.release.for,
  }
}
