// What the acts in a Guard's status say of its remedies: whether one may still be taking effect, and whether they are of any use.
import { isClimb } from './action.ts'
import type { Action } from './guard-status.ts'
import type { EpochMs, Milliseconds } from './units.ts'

/** Acts that took back the one before count for this long. */
const REVERSALS_OVER_MS: Milliseconds = 3_600_000

/** Remedies that come and go by themselves. */
const BY_DESIGN: readonly string[] = ['limit', 'isolate']

/** Whether an act on a breach is inside the time in which it should show. It is judged once, when that is over. */
export function isRemedyPending(actions: readonly Action[]): boolean {
  return actions.some(
    (action) =>
      isClimb(action) && (action.outcome === 'Pending' || (action.outcome === 'Done' && action.verdict === undefined)),
  )
}

/** How many acts on a breach, of the newest that are judged, failed or did not help, one after the other. */
export function failingInARow(actions: readonly Action[]): number {
  const judged = actions.filter((action) => isClimb(action) && isJudged(action))
  const helped = judged.findLastIndex((action) => action.outcome !== 'Failed' && action.verdict !== 'NotImproved')
  return judged.length - 1 - helped
}

/**
 * How many acts of the last hour took back what the one before had done to the same field, of the field that went to and
 * fro the most: a ladder that was climbed and left again has taken back each of its steps once, and that is no flapping.
 * The limit of a flow does not count: it follows its service, up and down; nor does a pod that is given back when its time is
 * over.
 */
export function reversalsUpTo(actions: readonly Action[], now: EpochMs): number {
  const last = new Map<string, { isClimb: boolean; reversals: number }>()
  for (const action of actions) {
    const { outcome, remedy, at, field } = action
    if (outcome !== 'Done' || BY_DESIGN.includes(remedy) || now - Date.parse(at) >= REVERSALS_OVER_MS) continue
    const climbs = isClimb(action)
    const before = last.get(field) ?? { isClimb: climbs, reversals: 0 }
    last.set(field, { isClimb: climbs, reversals: before.reversals + (climbs === before.isClimb ? 0 : 1) })
  }
  return Math.max(0, ...[...last.values()].map(({ reversals }) => reversals))
}

const isJudged = ({ outcome, verdict }: Action): boolean =>
  outcome === 'Failed' || (outcome === 'Done' && verdict !== undefined)
