// The load that one replica carries, learned: the highest at which no limit was breached, forgotten slowly.
import { type Assessment, isAnyLimit, type LimitRules } from '../../model/assessment.ts'
import type { Baseline } from '../../model/ladder.ts'
import type { Milliseconds } from '../../model/units.ts'

/** Steps finer than this are not worth remembering. */
const GRAIN = 1.01
const HALF_LIFE_MS: Milliseconds = 14 * 86_400_000
const MS_PER_GRAIN: Milliseconds = (HALF_LIFE_MS * Math.log(GRAIN)) / Math.LN2
/** A load at which a limit was breached is this much too high. */
const BELOW_BREACH = 0.9

/**
 * The baseline after one reading; the same one while nothing is learned. A higher load counts once it went well for as long as
 * a breach takes to show. A breach that is confirmed at less than the baseline says shows that it has fallen, as it does
 * when a cache dies. Pure.
 */
export function learnBaseline(
  previous: Baseline | undefined,
  assessment: Assessment,
  ready: number,
  { windowMs, holdMs }: Pick<LimitRules, 'windowMs' | 'holdMs'>,
): Baseline | undefined {
  const { observations, findings, blind, limits } = assessment
  const { rps } = observations
  const at = Math.floor(assessment.at)
  const each = rps?.kind === 'ok' && ready > 0 ? rps.value / ready : 0
  if (findings.length > 0) {
    const isNew = findings.some(({ confirmedAt, limit }) => limit !== 'rps' && confirmedAt === assessment.at)
    const below = each * BELOW_BREACH
    if (isNew && previous !== undefined && below > 0 && below < previous.rps) return { rps: rounded(below), at }
    return withoutTrial(previous)
  }
  if (each === 0 || blind.length > 0 || isAnyLimit('holding', limits)) return withoutTrial(previous)
  const known = previous?.rps ?? 0
  if (each >= known * GRAIN) {
    const trial = previous?.trial ?? { rps: each, since: at }
    const least = Math.min(trial.rps, each)
    if (at - trial.since >= windowMs + holdMs) return { rps: rounded(least), at }
    if (previous?.trial !== undefined && least === trial.rps) return previous
    return { rps: known, at: previous?.at ?? at, trial: { rps: least, since: trial.since } }
  }
  const steady = withoutTrial(previous)
  if (steady === undefined) return undefined
  if (at < steady.at) return { ...steady, at }
  return at - steady.at >= MS_PER_GRAIN ? { rps: rounded(steady.rps / GRAIN), at } : steady
}

function withoutTrial(baseline: Baseline | undefined): Baseline | undefined {
  if (baseline?.trial === undefined) return baseline
  return baseline.rps === 0 ? undefined : { rps: baseline.rps, at: baseline.at }
}

function rounded(rps: number): number {
  return Number(rps.toPrecision(4))
}
