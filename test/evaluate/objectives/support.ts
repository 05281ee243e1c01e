// Objectives in tests: rules, counts and the reading of figures, through status and back.
import { advanceObjective, figuresOf } from '../../../controller/evaluate/objectives/objective.ts'
import { BURN_PAIRS, type ObjectiveRule, type ObjectiveState, pairName } from '../../../controller/model/objectives.ts'
import { OBJECTIVE_STATUS } from '../../../controller/model/objectives-status.ts'
import { objectiveStatus, restoreObjectives } from '../../../controller/record/objectives.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** A midnight. */
export const T0 = Date.UTC(2026, 0, 10)

export const RULE: ObjectiveRule = {
  name: 'availability',
  target: 0.999,
  withinMs: undefined,
  windowMs: 30 * DAY,
  minimumEvents: 20,
}

/** What came in the time before `at`. */
export interface Came {
  readonly at: number
  readonly events: number
  readonly bad: number
  readonly watchedMs?: number
}

export function advance(
  before: ObjectiveState | undefined,
  { at, events, bad, watchedMs = 0 }: Came,
  rule = RULE,
): ObjectiveState {
  return advanceObjective(before, rule, { count: { events, bad, watchedMs }, at, now: at })
}

export function run(all: readonly Came[], rule = RULE, before?: ObjectiveState): ObjectiveState {
  let state = before
  for (const came of all) state = advance(state, came, rule)
  if (state === undefined) throw new Error('nothing was counted')
  return state
}

export const statusOf = (state: ObjectiveState) => objectiveStatus({ state, figures: figuresOf(state) })

/** As a successor finds it. */
export function throughJson(state: ObjectiveState): ObjectiveState {
  const [kept] = restoreObjectives([OBJECTIVE_STATUS.parse(JSON.parse(JSON.stringify(statusOf(state))))])
  if (kept === undefined) throw new Error('it can’t be restored')
  return kept
}

/** The names of the pairs that burn. */
export const burning = ({ burningSince }: ObjectiveState): string[] =>
  BURN_PAIRS.filter((_, index) => burningSince[index] !== undefined).map(pairName)
