// The ladder as status keeps it, and back: a successor goes on exactly where the last leader stopped.
import type { LadderStatus, LadderTimers } from '../model/ladder.ts'
import type { EpochMs } from '../model/units.ts'
import { timestamp } from './status.ts'

export type Standing = Pick<LadderStatus, 'rung' | 'why' | 'rungs'>

/** Undefined for a Guard that has no remedies. */
export function ladderStatus(timers: LadderTimers, standing: Standing): LadderStatus | undefined {
  if (standing.rungs.length === 0) return undefined
  const { since, calmSince, restoredAt, relapses, baseline } = timers
  return {
    ...standing,
    ...(since === undefined ? {} : { since: timestamp(since) }),
    ...(calmSince === undefined ? {} : { calmSince: timestamp(calmSince) }),
    ...(restoredAt === undefined ? {} : { restoredAt: timestamp(restoredAt) }),
    ...(relapses === 0 ? {} : { relapses }),
    ...(baseline === undefined ? {} : { baseline: baselineStatus(baseline) }),
  }
}

function baselineStatus({ rps, at, trial }: NonNullable<LadderTimers['baseline']>) {
  const learned = { rps, at: timestamp(at) }
  return trial === undefined ? learned : { ...learned, trial: { rps: trial.rps, since: timestamp(trial.since) } }
}

/** The foot of the ladder when there is no status, or none that can be read. */
export function restoreLadder(status: LadderStatus | undefined): LadderTimers {
  return {
    since: timeOf(status?.since),
    calmSince: timeOf(status?.calmSince),
    restoredAt: timeOf(status?.restoredAt),
    relapses: status?.relapses ?? 0,
    baseline: restoreBaseline(status?.baseline),
  }
}

function restoreBaseline(status: LadderStatus['baseline']): LadderTimers['baseline'] {
  const at = timeOf(status?.at)
  if (status === undefined || at === undefined) return undefined
  const since = timeOf(status.trial?.since)
  const trial = status.trial === undefined || since === undefined ? {} : { trial: { rps: status.trial.rps, since } }
  return { rps: status.rps, at, ...trial }
}

function timeOf(text: string | undefined): EpochMs | undefined {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) ? undefined : at
}
