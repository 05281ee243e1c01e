// From a reading to an Assessment: each limit judged, the findings collected, and what could not be seen named.
import {
  type Assessment,
  type Finding,
  LIMITS,
  type LimitName,
  type LimitRules,
  type LimitState,
  type LimitStates,
  SIGNAL_OF_LIMIT,
} from '../model/assessment.ts'
import type { Observation, Observations } from '../model/signal.ts'
import type { EpochMs } from '../model/units.ts'
import { CALM, judgeLimit } from './limits.ts'

const NONE: readonly never[] = []

/**
 * Judges every limit of a Guard. Pure, and allocates next to nothing while all is calm: it runs for every Guard on every tick.
 * `now` is the moment of the reading.
 */
export function evaluate(
  observations: Observations,
  rules: LimitRules,
  previous: LimitStates,
  now: EpochMs,
): Assessment {
  let changed: Partial<Record<LimitName, LimitState>> | undefined
  let findings: Finding[] | undefined
  let blind: { limit: LimitName; why: string }[] | undefined
  for (const name of LIMITS) {
    const observation = observations[SIGNAL_OF_LIMIT[name]]
    const why = whyBlind(observation)
    if (why !== undefined) {
      blind ??= []
      blind.push({ limit: name, why })
    }
    const threshold = thresholdOf(name, rules, observations)
    const before = previous[name] ?? CALM
    const judgeable = threshold !== undefined && observation !== undefined
    if (!judgeable && before.phase === 'calm') continue
    // Capacity that fits is enough: a service that fills its replicas well is not in trouble.
    const releaseBelow = name === 'rps' ? 1 : rules.releaseBelow
    const after = judgeLimit(judgeable ? observation : undefined, threshold ?? 0, rules, releaseBelow, before, now)
    if (after !== before) {
      changed ??= { ...previous }
      changed[name] = after
    }
    if (after.phase === 'breached') {
      findings ??= []
      findings.push({
        limit: name,
        onset: after.onset,
        confirmedAt: after.confirmedAt,
        value: knownValue(observation),
        threshold: threshold ?? after.threshold,
        peak: after.peak,
        eased: after.eased,
      })
    }
  }
  return { at: now, observations, limits: changed ?? previous, findings: findings ?? NONE, blind: blind ?? NONE }
}

/** Drops every timer that a jump of the clock would make wrong; confirmed breaches stay. */
export function forgetTimers(states: LimitStates): LimitStates {
  const kept: Partial<Record<LimitName, LimitState>> = {}
  for (const name of LIMITS) {
    const state = states[name]
    if (state?.phase !== 'breached') continue
    const { releasingSince: _, ...rest } = state
    kept[name] = rest
  }
  return kept
}

function thresholdOf(name: LimitName, rules: LimitRules, observations: Observations): number | undefined {
  if (name !== 'rps') return rules.thresholds[name]
  const ready = knownValue(observations.replicasReady)
  return rules.perReplicaRps === undefined || ready === undefined || ready < 1 ? undefined : rules.perReplicaRps * ready
}

function knownValue(observation: Observation | undefined): number | undefined {
  return observation?.kind === 'ok' ? observation.value : undefined
}

/** A quiet service is not a blind observer: too few requests is knowledge about the load. */
function whyBlind(observation: Observation | undefined): string | undefined {
  if (observation === undefined) return undefined
  if (observation.kind === 'ok') return observation.missing
  return observation.idle === true ? undefined : observation.why
}
