// Scaling in: only when every signal has agreed for the release time, and then straight to the number that was enough all along.
import { LIMITS, SIGNAL_OF_LIMIT } from '../../model/assessment.ts'
import type { Proposal } from '../../model/command.ts'
import { type EpochMs, formatDuration } from '../../model/units.ts'
import type { ScaleInput } from './scale.ts'

/** How long fewer replicas would have done, and the numbers that were needed meanwhile (a strictly falling series). */
export interface ScaleInState {
  readonly calm?: {
    readonly since: EpochMs
    /** The replicas this calm is about: another number begins a new one. */
    readonly replicas: number
    readonly needed: readonly { readonly at: EpochMs; readonly replicas: number }[]
  }
}

/** Pure. Proposes fewer replicas, or remembers for how long that would have been right. */
export function proposeScaleIn(
  input: ScaleInput,
  previous: ScaleInState,
): { proposal: Proposal | undefined; state: ScaleInState } {
  const { assessment, rules, replicas, spec } = input
  const now = assessment.at
  const needed = replicasNeeded(input)
  if (needed === undefined || needed >= replicas) return { proposal: undefined, state: {} }

  const before = previous.calm?.replicas === replicas ? previous.calm : undefined
  const since = before?.since ?? now
  const kept = (before?.needed ?? []).filter((one) => one.replicas > needed && one.at > now - rules.releaseForMs)
  const state: ScaleInState = { calm: { since, replicas, needed: [...kept, { at: now, replicas: needed }] } }

  const calmForMs = now - since
  const highest = kept[0]?.replicas ?? needed
  // While load that has just ended is still leaving the windows, the need falls step by step: one act, not many.
  const settled = highest === needed || calmForMs >= rules.releaseForMs + rules.windowMs
  if (calmForMs < rules.releaseForMs || !settled || highest >= replicas) return { proposal: undefined, state }
  const reason = `Every signal has been calm for ${formatDuration(calmForMs)}, and ${highest} replicas are enough (min is ${spec.min})`
  return { proposal: { remedy: 'scale', direction: 'down', from: replicas, to: highest, reasons: [reason] }, state }
}

/**
 * The replicas that would keep every signal below the release share of its limit; undefined when any signal disagrees,
 * is breached or about to be, or can't be seen. A service too quiet to judge by agrees.
 */
function replicasNeeded({ assessment, spec, rules, replicas, ready }: ScaleInput): number | undefined {
  const { observations, limits, findings, blind } = assessment
  if (ready < replicas || findings.length > 0 || blind.length > 0) return undefined
  let known = 0
  let needed: number | undefined
  for (const limit of LIMITS) {
    const observation = observations[SIGNAL_OF_LIMIT[limit]]
    if (observation === undefined) continue
    if (limits[limit]?.phase === 'holding') return undefined
    if (observation.kind === 'unknown') continue
    const threshold = limit === 'rps' ? rules.perReplicaRps : rules.thresholds[limit]
    if (threshold === undefined) continue
    known++
    const share = observation.value / (threshold * rules.releaseBelow)
    if (limit === 'rps') needed = Math.max(needed ?? 0, Math.ceil(share))
    else if (limit === 'cpu' || limit === 'pool') needed = Math.max(needed ?? 0, Math.ceil(share * ready))
    else if (share > 1) return undefined
  }
  if (known === 0) return undefined
  return Math.min(spec.max, Math.max(spec.min, needed ?? replicas - 1))
}
