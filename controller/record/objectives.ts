// Objectives as status keeps them, and back.
import { SLOT_MS } from '../model/counts.ts'
import {
  BURN_PAIRS,
  canBurn,
  describeObjective,
  type ObjectiveFigures,
  type ObjectiveRule,
  type ObjectiveState,
  pairName,
  type Series,
  type Slot,
} from '../model/objectives.ts'
import type { ObjectiveStatus } from '../model/objectives-status.ts'
import { formatDuration, type Milliseconds } from '../model/units.ts'
import { timestamp } from './status.ts'

/** An objective with the figures that it makes. */
export interface ToldObjective {
  readonly state: ObjectiveState
  readonly figures: ObjectiveFigures
}

const HOUR_MS: Milliseconds = 3_600_000
const DAY_MS: Milliseconds = 24 * HOUR_MS

export function objectiveStatus({ state, figures }: ToldObjective): ObjectiveStatus {
  const { rule, at, series, burningSince } = state
  const { name, target, withinMs, windowMs } = rule
  const note = noteOf(state)
  return {
    objective: name,
    text: describeObjective(rule),
    target,
    ...(withinMs === undefined ? {} : { within: withinMs / 1000 }),
    window: windowMs / 1000,
    since: timestamp(series.since),
    asOf: timestamp(at),
    requests: Math.round(figures.events),
    bad: Math.round(figures.bad),
    ...(figures.budgetLeft === null ? {} : { budgetLeft: six(figures.budgetLeft) }),
    ...(figures.coverage === null ? {} : { coverage: six(figures.coverage) }),
    burns: BURN_PAIRS.flatMap((pair, index) => {
      if (!canBurn(pair, target)) return []
      const { long = null, short = null } = figures.burns[index] ?? {}
      const since = burningSince[index]
      const rates = { ...(long === null ? {} : { long: six(long) }), ...(short === null ? {} : { short: six(short) }) }
      const burning = since === undefined ? {} : { burningSince: timestamp(since) }
      return [{ pair: pairName(pair), factor: pair.factor, ...rates, ...burning }]
    }),
    ...(note === undefined ? {} : { note }),
    counts: countsOf(series),
  }
}

/** The objectives that this status holds: those that can't be read begin anew. */
export function restoreObjectives(kept: readonly ObjectiveStatus[] | undefined): readonly ObjectiveState[] {
  return (kept ?? []).flatMap((one): ObjectiveState[] => {
    const { objective: name, target, within, window, burns, counts } = one
    const [since, at] = [Date.parse(one.since), Date.parse(one.asOf)]
    const open = slotOf(SLOT_MS)(counts.open)
    const [minutes, hours, days] = [
      counts.minutes.map(slotOf(SLOT_MS)),
      counts.hours.map(slotOf(HOUR_MS)),
      counts.days.map(slotOf(DAY_MS)),
    ]
    const numbers = [open, ...minutes, ...hours, ...days].flatMap((slot) => Object.values(slot))
    if (![since, at, ...numbers].every(Number.isFinite)) return []
    const burningSince = BURN_PAIRS.map((pair) => {
      const burning = burns.find((burn) => burn.pair === pairName(pair))?.burningSince
      return burning === undefined ? undefined : Date.parse(burning)
    })
    const withinMs = within === undefined ? undefined : within * 1000
    const series: Series = { since, open, minutes, hours, days }
    // How many requests a burn takes is asked of the spec.
    const rule: ObjectiveRule = { name, target, withinMs, windowMs: window * 1000, minimumEvents: 1 }
    return [{ rule, at, series, closed: undefined, burningSince, between: undefined }]
  })
}

function countsOf({ open, minutes, hours, days }: Series): ObjectiveStatus['counts'] {
  return {
    open: rowOf(SLOT_MS)(open),
    minutes: minutes.map(rowOf(SLOT_MS)),
    hours: hours.map(rowOf(HOUR_MS)),
    days: days.map(rowOf(DAY_MS)),
  }
}

const rowOf =
  (lengthMs: Milliseconds) =>
  ({ start, events, bad, watchedMs }: Slot): number[] => [
    start / lengthMs,
    events,
    bad,
    ...(watchedMs === lengthMs ? [] : [watchedMs / 1000]),
  ]

const slotOf =
  (lengthMs: Milliseconds) =>
  ([
    start = Number.NaN,
    events = Number.NaN,
    bad = Number.NaN,
    watched = lengthMs / 1000,
  ]: readonly number[]): Slot => ({
    start: start * lengthMs,
    events,
    bad,
    watchedMs: Math.round(watched * 1000),
  })

/** Six digits are more than anyone reads. */
const six = (value: number): number => Number(value.toPrecision(6))

function noteOf({ rule: { withinMs }, between }: ObjectiveState): string | undefined {
  if (withinMs === undefined || between === undefined) return undefined
  const [low, high] = between
  const within = formatDuration(withinMs)
  if (high === Number.POSITIVE_INFINITY)
    return `${within} is past the last bound of the histogram, ${formatDuration(low * 1000)}: every request past that bound counts as slow`
  return `the histogram has no bound at ${within}: requests between ${formatDuration(low * 1000)} and ${formatDuration(high * 1000)} count as evenly spread`
}
