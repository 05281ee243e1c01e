// Did it help? Each act is judged once by the signals it was made for: when they are well again, or when its time is over.
import { isClimb } from '../model/action.ts'
import { type Assessment, type Finding, SIGNAL_OF_LIMIT } from '../model/assessment.ts'
import type { Action, ActionEffect } from '../model/guard-status.ts'
import type { Milliseconds } from '../model/units.ts'

/** Changes smaller than this are noise. */
const TOLERANCE = 0.1

/** The breached signals as they are now, to be compared with what they are after the act. */
export function effectToCome(findings: readonly Finding[]): ActionEffect[] {
  return findings.flatMap(({ limit, threshold, value, eased }) =>
    value === undefined || eased ? [] : [{ limit, threshold, before: value }],
  )
}

/**
 * The actions with verdicts added; the same array while there is nothing to judge. Pure.
 *
 * | verdict | when |
 * |---|---|
 * | Improved | nothing is past its limit any more, at any time; or, when its time is over, one of the signals is better and none is worse |
 * | NotImproved | its time is over, all are seen, and that is not so |
 * | Inconclusive | its time is over and one is not seen |
 *
 * An act that no breach asked for is judged by whether anything is past its limit when its time is over. A bad pod may be out
 * a moment before its errors are a breach: then the end of that breach is what it was for.
 */
export function verifyActions(
  actions: readonly Action[],
  assessment: Assessment,
  effectWithinOf: (action: Action) => Milliseconds,
): readonly Action[] {
  if (!actions.some(isOpen)) return actions
  const judged = actions.map((action) => {
    const verdict = isOpen(action) ? judge(action, assessment, effectWithinOf(action)) : undefined
    if (verdict === undefined) return action
    const effect = action.effect === undefined ? {} : { effect: measured(action.effect, assessment) }
    return { ...action, ...effect, verdict, judgedAt: new Date(assessment.at).toISOString() }
  })
  return judged.every((action, index) => action === actions[index]) ? actions : judged
}

function isOpen(action: Action): boolean {
  return action.outcome === 'Done' && action.verdict === undefined && isClimb(action)
}

type Verdict = NonNullable<Action['verdict']>

function judge(
  { at, remedy, effect = [] }: Action,
  assessment: Assessment,
  effectWithinMs: Milliseconds,
): Verdict | undefined {
  const isDue = assessment.at - Date.parse(at) >= effectWithinMs
  if (effect.length === 0) {
    const { findings } = assessment
    if (remedy === 'isolate' && findings.length > 0 && findings.every(({ eased }) => eased)) return 'Improved'
    return isDue ? verdictWithoutCause(assessment) : undefined
  }
  const changes = effect.map((one) => changeOf(one, assessment))
  const isWell = changes.every((change) => change === 'well')
  // One signal may dip for a moment while others get worse: before its time only calm all round is proof.
  if (isWell && (isDue || assessment.findings.every(({ eased }) => eased))) return 'Improved'
  if (!isDue) return undefined
  if (changes.includes('unknown')) return 'Inconclusive'
  const isBetter = changes.includes('well') || changes.includes('better')
  return isBetter && !changes.includes('worse') ? 'Improved' : 'NotImproved'
}

type Change = 'well' | 'better' | 'same' | 'worse' | 'unknown'

/** By how far it is past its limit: of load, the limit itself moves, with the replicas. */
function changeOf({ limit, before, threshold }: ActionEffect, assessment: Assessment): Change {
  const finding = assessment.findings.find((one) => one.limit === limit)
  const value = valueNow(limit, assessment)
  if (value === undefined) return 'unknown'
  if (finding === undefined || finding.eased) return 'well'
  const ratio = value / finding.threshold / (before / threshold)
  if (ratio <= 1 - TOLERANCE) return 'better'
  return ratio >= 1 + TOLERANCE ? 'worse' : 'same'
}

function measured(effect: readonly ActionEffect[], assessment: Assessment): ActionEffect[] {
  return effect.map((one) => {
    const after = valueNow(one.limit, assessment)
    return after === undefined ? one : { ...one, after }
  })
}

function valueNow(limit: string, { observations }: Assessment): number | undefined {
  const name = Object.entries(SIGNAL_OF_LIMIT).find(([one]) => one === limit)?.[1]
  const observation = name === undefined ? undefined : observations[name]
  return observation?.kind === 'ok' ? observation.value : undefined
}

function verdictWithoutCause({ findings, blind }: Assessment): Verdict {
  if (findings.some((finding) => !finding.eased && finding.value !== undefined)) return 'NotImproved'
  return blind.length > 0 || findings.some((finding) => finding.value === undefined) ? 'Inconclusive' : 'Improved'
}
