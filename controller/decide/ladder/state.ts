// What the ladder remembers between ticks, and how time passes over it: calm, steps back, and those that were taken back.
import { type Assessment, isAnyLimit, type LimitRules } from '../../model/assessment.ts'
import type { LadderTimers } from '../../model/ladder.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'
import { learnBaseline } from '../remedies/baseline.ts'
import type { ScaleInState } from '../remedies/scale-in.ts'

export interface LadderState extends LadderTimers {
  /** How long fewer replicas would have done. It is not kept in status: a successor waits anew. */
  readonly scaleIn: ScaleInState
}

export const BOTTOM_OF_LADDER: LadderState = {
  scaleIn: {},
  since: undefined,
  calmSince: undefined,
  restoredAt: undefined,
  relapses: 0,
  baseline: undefined,
}

/** Calm never has to last longer than 32 times the release time. */
const MOST_RELAPSES = 5

/** How long all must be calm before a step back: twice as long for each step that had to be taken back. */
export function steadyMs({ releaseForMs }: Pick<LimitRules, 'releaseForMs'>, relapses: number): Milliseconds {
  return releaseForMs * 2 ** relapses
}

/** Nothing is passed or about to be, and all is seen. */
export function isCalm({ findings, blind, limits }: Assessment): boolean {
  return findings.length === 0 && blind.length === 0 && !isAnyLimit('holding', limits)
}

export interface Passing {
  readonly assessment: Assessment
  readonly rules: LimitRules
  readonly ready: number
  /** Something is shed or limited. */
  readonly isHolding: boolean
  /** The Guard has a limit whose baseline must be learned. */
  readonly isLearning: boolean
}

/** The state at this reading; the same one while nothing changed, which is most of the time. Pure. */
export function passTime(previous: LadderState, passing: Passing): LadderState {
  const { assessment, rules, ready, isHolding, isLearning } = passing
  if (isAtRest(previous) && !isHolding && !isLearning && assessment.findings.length === 0) return previous
  const now = Math.floor(assessment.at)
  const isBreached = assessment.findings.length > 0
  const { relapses, restoredAt } = afterStepBack(previous, passing, now)
  const isWatched = isHolding || relapses > 0
  const since = isBreached || isHolding ? (previous.since ?? now) : undefined
  // A clock that is behind the last leader's must not wait for what has not come yet.
  const calmSince = isWatched && isCalm(assessment) ? Math.min(previous.calmSince ?? now, now) : undefined
  const baseline = isLearning ? learnBaseline(previous.baseline, assessment, ready, rules) : undefined
  if (
    since === previous.since &&
    calmSince === previous.calmSince &&
    restoredAt === previous.restoredAt &&
    relapses === previous.relapses &&
    baseline === previous.baseline
  )
    return previous
  return { scaleIn: previous.scaleIn, since, calmSince, restoredAt, relapses, baseline }
}

function isAtRest({ since, calmSince, restoredAt, relapses, baseline }: LadderState): boolean {
  const hasTimers = since !== undefined || calmSince !== undefined || restoredAt !== undefined
  return !hasTimers && relapses === 0 && baseline === undefined
}

/**
 * A breach within the steady time after a step back takes that back. When the last step back stood for as long again, all
 * that is forgotten.
 */
function afterStepBack(
  { restoredAt, relapses, calmSince }: LadderState,
  { assessment, rules, isHolding }: Passing,
  now: EpochMs,
): Pick<LadderTimers, 'relapses' | 'restoredAt'> {
  const steady = steadyMs(rules, relapses)
  if (restoredAt !== undefined) {
    const isOver = now - restoredAt > steady + rules.holdMs
    if (assessment.findings.length > 0 && !isOver)
      return { relapses: Math.min(MOST_RELAPSES, relapses + 1), restoredAt: undefined }
    return { relapses, restoredAt: isOver || now < restoredAt ? undefined : restoredAt }
  }
  const isForgotten = relapses > 0 && !isHolding && calmSince !== undefined && now - calmSince >= 2 * steady
  return { relapses: isForgotten ? 0 : relapses, restoredAt }
}

/** Drops every timer that a jump of the clock would make wrong; what is in use, and what was learned, stays. */
export function forgetLadderTimers(state: LadderState): LadderState {
  return { ...state, scaleIn: {}, calmSince: undefined, restoredAt: undefined }
}
