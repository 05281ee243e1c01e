// Carries what a Guard knows of each pod by itself through a reading: which are clearly bad, and what is remembered of those it took out.
import type { IsolateInput } from '../decide/remedies/isolate.ts'
import { settleIsolations } from '../decide/remedies/isolate.ts'
import { convict, NOBODY, type PodEvidence, type Suspicion } from '../evaluate/isolation/convict.ts'
import type { Assessment } from '../model/assessment.ts'
import type { Isolation } from '../model/isolation.ts'
import { isolateOf } from '../model/remedies.ts'
import type { Session } from './session.ts'

export interface IsolationView {
  /** Undefined for a Guard that isolates no pods. */
  readonly input: IsolateInput | undefined
  readonly suspicions: readonly Suspicion[]
}

export const NO_ISOLATION: IsolationView = { input: undefined, suspicions: [] }
const NONE_SEEN: readonly string[] = []
const NONE_LEFT: readonly Isolation[] = []

/** Calm costs a look at the sums of each pod. */
export function carryIsolation(session: Session, { at }: Assessment): void {
  const { plan, name, resources } = session
  const spec = isolateOf(plan.spec.remedies)
  if (spec === undefined) {
    // The pods themselves are given back by their marks.
    if (session.state.isolations.length > 0) session.state = { ...session.state, isolations: NONE_LEFT }
    return
  }
  const { pods } = session.surroundings
  const evidence = resources.evidence()
  const isIdle = evidence === undefined && session.state.isolations.length === 0
  const seen = isIdle ? NONE_SEEN : resources.seenPods()
  const isolations = settleIsolations(session.state.isolations, { pods, seen }, spec, name, at)
  if (isolations !== session.state.isolations) session.state = { ...session.state, isolations }
  const rules = {
    minimumRequests: plan.spec.limits.minimumRequests,
    latencyLimit: plan.rules.thresholds.latency,
  }
  const { suspicions, convicted } =
    evidence === undefined
      ? NOBODY
      : convict(without(evidence, isolations, session.namespace), rules, session.isolation.suspicions, at)
  const before = session.isolation.input
  const isSame =
    before?.pods === pods &&
    before.isolations === isolations &&
    before.convicted === convicted &&
    before.seen === seen &&
    session.isolation.suspicions === suspicions
  if (!isSame) session.isolation = { input: { pods, isolations, convicted, seen }, suspicions }
}

/** Those that are out are neither judged nor the peers of others. */
function without(evidence: PodEvidence, isolations: readonly Isolation[], namespace: string): PodEvidence {
  const out = isolations.filter(({ phase }) => phase === 'Out').map(({ pod }) => `${namespace}/${pod}`)
  if (out.length === 0) return evidence
  const left = (readings: PodEvidence['latest']) => readings.filter(({ pod }) => !out.includes(pod))
  return { latest: left(evidence.latest), quick: left(evidence.quick), steady: left(evidence.steady) }
}
