// Carries the objectives of a Guard on by what was counted, and tells when an error budget begins or ceases to burn.
import { advanceObjective, figuresOf, isOf } from '../evaluate/objectives/objective.ts'
import type { Counts } from '../model/counts.ts'
import { BURN_PAIRS, describeBurn, describeObjective, type ObjectiveState, pairName } from '../model/objectives.ts'
import type { EpochMs } from '../model/units.ts'
import * as events from '../record/events.ts'
import type { ToldObjective } from '../record/objectives.ts'
import type { GuardLoopDeps } from './guard.ts'
import type { Session } from './session.ts'

type Teller = Pick<GuardLoopDeps, 'log' | 'events'>

/** `at` is where what was counted belongs. An objective that is no longer asked for is forgotten. */
export function carryObjectives(deps: Teller, session: Session, counts: Counts, at: EpochMs): void {
  const { plan, state, seenAt: now } = session
  if (plan.objectives.length === 0) {
    if (state.objectives.length > 0) session.state = { ...state, objectives: [] }
    return
  }
  const objectives = plan.objectives.map((rule) => {
    const before = state.objectives.find((one) => isOf(rule, one))
    const count = rule.name === 'availability' ? counts.requests : counts.timed
    const between = rule.name === 'latency' ? counts.between : undefined
    const next = advanceObjective(before, rule, { count, between, at, now })
    tell(deps, session, before, next)
    return next
  })
  session.state = { ...state, objectives }
}

/** The objectives with the figures that they make. */
export function objectivesNow({ objectives }: Session['state']): ToldObjective[] {
  return objectives.map((state) => ({ state, figures: figuresOf(state) }))
}

function tell(deps: Teller, session: Session, before: ObjectiveState | undefined, next: ObjectiveState): void {
  if (before?.burningSince === next.burningSince) return
  const figures = figuresOf(next)
  for (const [index, pair] of BURN_PAIRS.entries()) {
    const [was, is] = [before?.burningSince[index], next.burningSince[index]]
    if ((was === undefined) === (is === undefined)) continue
    const { long = null, short = null } = figures.burns[index] ?? {}
    const rates = `${describeBurn(long)} and ${describeBurn(short)} times as fast as it may over ${pairName(pair).replace('/', ' and ')}`
    const what = `the error budget of “${describeObjective(next.rule)}” is spent ${rates}`
    const about = { guard: session.key, objective: next.rule.name, pair: pairName(pair) }
    const subject = events.subjectOf(session)
    if (is === undefined) {
      deps.log.info(about, `${session.key}: ${what}: no longer past ${pair.factor}`)
      deps.events.record(events.budgetSteady(subject, `${what}: no longer past ${pair.factor}`))
    } else {
      deps.log.warn(about, `${session.key}: ${what}: past ${pair.factor}`)
      deps.events.record(events.budgetBurning(subject, `${what}: past ${pair.factor}`))
    }
  }
}
