// The ladder: the remedies of a Guard in the order in which they are climbed, and the point where none is left.
import type { Assessment } from '../model/assessment.ts'
import type { Proposal } from '../model/command.ts'
import { describeLimit } from '../model/describe.ts'
import type { GuardSpec } from '../model/guard.ts'
import { proposeScale, type ScaleInput } from './remedies/scale.ts'
import type { ScaleInState } from './remedies/scale-in.ts'

/** What the remedies remember between ticks. */
export interface LadderState {
  readonly scaleIn: ScaleInState
}

export interface LadderOutcome {
  readonly proposal: Proposal | undefined
  readonly state: LadderState
  /** Why nothing is left to do about a breach; undefined while something is, or there is none. */
  readonly exhausted: string | undefined
}

export const BOTTOM_OF_LADDER: LadderState = { scaleIn: {} }

/** Pure: the proposal of the first remedy that has one. */
export function climb(
  remedies: GuardSpec['remedies'],
  input: Omit<ScaleInput, 'spec'>,
  previous: LadderState,
): LadderOutcome {
  const [first] = remedies
  const breached = pressing(input.assessment)
  if (first === undefined) {
    const exhausted =
      breached === undefined ? undefined : `${breached} past the limit, and the Guard declares no remedy`
    return { proposal: undefined, state: previous, exhausted }
  }
  const { proposal, state, spent } = proposeScale({ ...input, spec: first.scale }, previous.scaleIn)
  const exhausted = spent ? `${breached} past the limit at the maximum of ${first.scale.max} replicas` : undefined
  return { proposal, state: state === previous.scaleIn ? previous : { scaleIn: state }, exhausted }
}

/** The limits that are passed, or were when they were last seen, by name. */
function pressing({ findings }: Assessment): string | undefined {
  if (findings.length === 0) return undefined
  const passed = findings.filter((finding) => !finding.eased)
  return passed.length === 0 ? undefined : passed.map((finding) => describeLimit(finding.limit)).join(', ')
}
