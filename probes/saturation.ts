// How near a service is to its limits, by its Guard's status, and the weight that this leaves its pods: pure.
import { numberAt, textAt } from '../controller/kube/json.ts'
import type { RawObject } from '../controller/kube/resources.ts'
import { SIGNAL_OF_LIMIT } from '../controller/model/assessment.ts'
import type { GuardSpec } from '../controller/model/guard.ts'
import type { EpochMs, Milliseconds, Ratio } from '../controller/model/units.ts'

/** The signals that say how full a service is. Errors don't: a service that fails may well be idle. */
const FILLING = ['cpu', 'pool', 'latency'] as const

/** Each signal as a share of its limit, as it was last known. */
export type Saturation = Readonly<Partial<Record<(typeof FILLING)[number], Ratio>>>

/** Up to this share of a limit the weight is whole; from there it falls to the least of it at LOWEST_AT. */
const FALLS_FROM: Ratio = 0.7
const LOWEST_AT: Ratio = 1.3
const LOWEST: Ratio = 0.1

/** Status is written every 10 s while it changes at all, and not for longer than a few intervals more. */
const STALE_AFTER_MS: Milliseconds = 60_000

/** What the status tells, over what was known `before`: a signal that is unknown, or was read too long ago, stays as it was. */
export function readSaturation(
  guard: RawObject,
  limits: GuardSpec['limits'],
  before: Saturation,
  now: EpochMs,
): Saturation {
  const readAt = Date.parse(textAt(guard.raw, 'status', 'signalsAt') ?? '')
  if (!(Math.abs(now - readAt) <= STALE_AFTER_MS)) return before
  const thresholds = { cpu: limits.cpu, pool: limits.pool, latency: limits.latency / 1000 }
  const next = { ...before }
  for (const limit of FILLING) {
    const value = numberAt(guard.raw, 'status', 'signals', SIGNAL_OF_LIMIT[limit], 'value')
    if (value !== undefined) next[limit] = value / thresholds[limit]
  }
  return next
}

/** The share of its requests that a pod should get: 1 with nothing known, falling while the fullest signal nears and passes its limit. */
export function loadShare(saturation: Saturation): Ratio {
  const fullest = Math.max(0, ...Object.values(saturation))
  const over = Math.min(1, Math.max(0, (fullest - FALLS_FROM) / (LOWEST_AT - FALLS_FROM)))
  return 1 - over * (1 - LOWEST)
}
