// The acts of this climb: which one is still to show, and which remedies did not help.
import { isClimb } from '../../model/action.ts'
import type { Action } from '../../model/guard-status.ts'
import { type Remedy, timesOf } from '../../model/remedies.ts'
import type { EpochMs, Milliseconds } from '../../model/units.ts'

/** How long an act of this remedy may take to show. */
export function effectWithinOf(remedies: readonly Remedy[], { rung, remedy: name }: Action): Milliseconds {
  const remedy =
    (rung === undefined ? undefined : remedies[rung]) ?? remedies.find((one) => Object.keys(one).includes(name))
  return remedy === undefined ? 0 : timesOf(remedy).effectWithin
}

/** A bad pod goes before a limit is passed, or is not passed at all: signals are means, and show it when it is gone already. */
const BEFORE_ALL: EpochMs = Number.NEGATIVE_INFINITY

/** The act whose effect is awaited: nothing else is begun until it is judged or its time is over. */
export function awaitedAct(
  remedies: readonly Remedy[],
  actions: readonly Action[],
  since: EpochMs | undefined,
  now: EpochMs,
): Action | undefined {
  return actions.findLast((action) => {
    if (!isOfClimb(action, action.remedy === 'isolate' ? BEFORE_ALL : since) || action.verdict !== undefined)
      return false
    if (action.outcome === 'Pending') return true
    return action.outcome === 'Done' && now - Date.parse(action.at) < effectWithinOf(remedies, action)
  })
}

/** When the last act of this remedy was made, if that did not help or could not be done; undefined else. */
export function failedAt(rung: number, actions: readonly Action[], since: EpochMs | undefined): EpochMs | undefined {
  const last = actions.findLast((action) => action.rung === rung && isOfClimb(action, since))
  const isFailure = last?.outcome === 'Failed' || last?.verdict === 'NotImproved'
  return last !== undefined && isFailure ? Date.parse(last.at) : undefined
}

/** Whether this remedy has acted in this climb. */
export function hasActed(rung: number, actions: readonly Action[], since: EpochMs | undefined): boolean {
  return actions.some((action) => action.rung === rung && action.outcome === 'Done' && isOfClimb(action, since))
}

function isOfClimb(action: Action, since: EpochMs | undefined): boolean {
  return since !== undefined && action.outcome !== 'Abandoned' && isClimb(action) && Date.parse(action.at) >= since
}
