// From a reading to an Assessment: each limit judged, the findings collected, and what could not be seen named.
import {
  ALL_CALM,
  type Assessment,
  type Finding,
  isAnyLimit,
  LIMITS,
  type LimitName,
  type LimitRules,
  type LimitState,
  type LimitStates,
  SIGNAL_OF_LIMIT,
} from '../model/assessment.ts'
import type { Observation, Observations } from '../model/signal.ts'
import type { EpochMs } from '../model/units.ts'
import { judgeLimit } from './limits.ts'

type Blind = Assessment['blind']
const NO_FINDINGS: readonly Finding[] = []
const NOT_BLIND: Blind = []

/**
 * Judges every limit of a Guard. Pure. It runs for every Guard on every tick, so each limit is spelled out (a property
 * read by a computed name costs more than the judgement), and calm allocates one object.
 */
export function evaluate(
  observations: Observations,
  rules: LimitRules,
  previous: LimitStates,
  now: EpochMs,
): Assessment {
  const { thresholds, releaseBelow } = rules
  // Capacity that fits is enough: a service that fills its replicas well is not in trouble.
  const rps = judgeLimit(observations.rps, capacityOf(rules, observations), rules, 1, previous.rps, now)
  const errors = judgeLimit(observations.errors, thresholds.errors, rules, releaseBelow, previous.errors, now)
  const latency = judgeLimit(observations.latencyP99, thresholds.latency, rules, releaseBelow, previous.latency, now)
  const cpu = judgeLimit(observations.cpu, thresholds.cpu, rules, releaseBelow, previous.cpu, now)
  const pool = judgeLimit(observations.pool, thresholds.pool, rules, releaseBelow, previous.pool, now)
  const queue = judgeLimit(observations.queue, thresholds.queue, rules, releaseBelow, previous.queue, now)
  const isSame =
    rps === previous.rps &&
    errors === previous.errors &&
    latency === previous.latency &&
    cpu === previous.cpu &&
    pool === previous.pool &&
    queue === previous.queue
  const limits = isSame ? previous : { rps, errors, latency, cpu, pool, queue }
  return {
    at: now,
    observations,
    limits,
    findings: isAnyLimit('breached', limits) ? findingsOf(limits, observations, rules) : NO_FINDINGS,
    blind: isBlind(observations) ? blindnessOf(observations) : NOT_BLIND,
  }
}

/** Drops every timer that a jump of the clock would make wrong; confirmed breaches stay. */
export function forgetTimers(states: LimitStates): LimitStates {
  const kept: Record<LimitName, LimitState> = { ...ALL_CALM }
  for (const name of LIMITS) {
    const state = states[name]
    if (state.phase !== 'breached') continue
    const { releasingSince: _, ...rest } = state
    kept[name] = rest
  }
  return kept
}

/** What the ready replicas can serve; undefined when that is not declared or not seen. */
export function capacityOf({ perReplicaRps }: LimitRules, { replicasReady }: Observations): number | undefined {
  if (perReplicaRps === undefined || replicasReady?.kind !== 'ok' || replicasReady.value < 1) return undefined
  return perReplicaRps * replicasReady.value
}

function findingsOf(limits: LimitStates, observations: Observations, rules: LimitRules): Finding[] {
  const findings: Finding[] = []
  for (const limit of LIMITS) {
    const state = limits[limit]
    if (state.phase !== 'breached') continue
    const observation = observations[SIGNAL_OF_LIMIT[limit]]
    const threshold = limit === 'rps' ? capacityOf(rules, observations) : rules.thresholds[limit]
    findings.push({
      limit,
      onset: state.onset,
      confirmedAt: state.confirmedAt,
      value: observation?.kind === 'ok' ? observation.value : undefined,
      threshold: threshold ?? state.threshold,
      peak: state.peak,
      eased: state.eased,
    })
  }
  return findings
}

function isBlind({ rps, errors, latencyP99, cpu, pool, queue }: Observations): boolean {
  return isUnseen(rps) || isUnseen(errors) || isUnseen(latencyP99) || isUnseen(cpu) || isUnseen(pool) || isUnseen(queue)
}

/** A quiet service is not a blind observer: too few requests is knowledge about the load. */
function isUnseen(observation: Observation | undefined): boolean {
  if (observation === undefined) return false
  return observation.kind === 'ok' ? observation.missing !== undefined : observation.idle !== true
}

function blindnessOf(observations: Observations): Blind {
  return LIMITS.flatMap((limit) => {
    const observation = observations[SIGNAL_OF_LIMIT[limit]]
    if (observation === undefined || !isUnseen(observation)) return []
    const why = observation.kind === 'ok' ? observation.missing : observation.why
    return why === undefined ? [] : [{ limit, why }]
  })
}
