// Judges one limit: a breach must hold before it counts, and must stay well below the limit before it is over.
import { type Breached, CALM, type LimitRules, type LimitState } from '../model/assessment.ts'
import type { Observation } from '../model/signal.ts'
import type { EpochMs, Ratio } from '../model/units.ts'

type Rules = Pick<LimitRules, 'holdMs' | 'releaseForMs'>

/**
 * The next state of a limit. Pure: the same reading, state and moment give the same answer.
 * Without a threshold there is nothing to judge by, which is the same as unknown.
 * Unknown neither breaches nor releases: what was only held is dropped, what was breached stays so.
 */
export function judgeLimit(
  observation: Observation | undefined,
  threshold: number | undefined,
  rules: Rules,
  releaseBelow: Ratio,
  previous: LimitState,
  now: EpochMs,
): LimitState {
  if (observation === undefined || observation.kind === 'unknown' || threshold === undefined)
    return whileUnknown(previous)
  return observation.value > threshold
    ? pastLimit(observation.value, threshold, rules, previous, now)
    : underLimit(observation.value, threshold * releaseBelow, rules, previous, now)
}

function whileUnknown(previous: LimitState): LimitState {
  if (previous.phase !== 'breached') return CALM
  return previous.releasingSince === undefined ? previous : withoutRelease(previous)
}

function pastLimit(value: number, threshold: number, rules: Rules, previous: LimitState, now: EpochMs): LimitState {
  if (previous.phase === 'breached') {
    const worse = value > previous.peak
    if (!worse && !previous.eased && previous.releasingSince === undefined) return previous
    const { onset, confirmedAt } = previous
    const worst = worse ? { peak: value, threshold } : { peak: previous.peak, threshold: previous.threshold }
    return { phase: 'breached', onset, confirmedAt, ...worst, eased: false }
  }
  const since = previous.phase === 'holding' ? previous.since : now
  const worst =
    previous.phase === 'holding' && previous.peak >= value
      ? { peak: previous.peak, threshold: previous.threshold }
      : { peak: value, threshold }
  return now - since >= rules.holdMs
    ? { phase: 'breached', onset: since, confirmedAt: now, ...worst, eased: false }
    : { phase: 'holding', since, ...worst }
}

function underLimit(value: number, releaseBelow: number, rules: Rules, previous: LimitState, now: EpochMs): LimitState {
  if (previous.phase !== 'breached') return CALM
  if (value > releaseBelow)
    return previous.eased && previous.releasingSince === undefined
      ? previous
      : { ...withoutRelease(previous), eased: true }
  const releasingSince = previous.releasingSince ?? now
  if (now - releasingSince >= rules.releaseForMs) return CALM
  return previous.eased && previous.releasingSince !== undefined
    ? previous
    : { ...previous, eased: true, releasingSince }
}

function withoutRelease({ releasingSince: _, ...rest }: Breached): Breached {
  return rest
}
