// A Guard's status: what the loop knows, written so that people can read it and a successor can go on from it.
import type { Assessment, LimitName, LimitState, LimitStates } from '../model/assessment.ts'
import { ALL_CALM, LIMITS } from '../model/assessment.ts'
import type { ConditionStatus, JudgedCondition } from '../model/conditions.ts'
import { describeFinding, describeValue } from '../model/describe.ts'
import type { BreachStatus, GuardStatus, SignalStatus } from '../model/guard-status.ts'
import { CONDITIONS } from '../model/names.ts'
import { type Observation, type Observations, SIGNALS, type SignalName } from '../model/signal.ts'
import type { EpochMs } from '../model/units.ts'

export const timestamp = (at: EpochMs): string => new Date(at).toISOString()

/** The signals as status shows them; `origins` says where those are read that come from elsewhere. */
export function signalsStatus(
  observations: Observations,
  origins: Readonly<Partial<Record<SignalName, string>>> = {},
): Record<string, SignalStatus> {
  const out: Record<string, SignalStatus> = {}
  for (const name of SIGNALS) {
    const observation = observations[name]
    if (observation === undefined) continue
    const from = origins[name]
    out[name] = from === undefined ? signalStatus(name, observation) : { ...signalStatus(name, observation), from }
  }
  return out
}

function signalStatus(name: SignalName, observation: Observation): SignalStatus {
  if (observation.kind === 'unknown') return { text: 'unknown', why: observation.why }
  const { value, missing } = observation
  // Six digits are more than anyone reads, and keep a status from differing by float dust.
  const rounded = Number(value.toPrecision(6))
  return { value: rounded, text: describeValue(name, value), ...(missing === undefined ? {} : { why: missing }) }
}

/** The breached limits as status keeps them. */
export function breachesStatus(limits: LimitStates): BreachStatus[] {
  return LIMITS.flatMap((limit) => {
    const state = limits[limit]
    if (state.phase !== 'breached') return []
    const { peak, threshold } = state
    return [{ limit, onset: timestamp(state.onset), confirmedAt: timestamp(state.confirmedAt), peak, threshold }]
  })
}

/** The limits that were breached when this status was written. Holds and releases begin anew with a new observer. */
export function restoreLimits(status: GuardStatus | undefined): LimitStates {
  const limits: Record<LimitName, LimitState> = { ...ALL_CALM }
  for (const breach of status?.breaches ?? []) {
    const limit = LIMITS.find((name) => name === breach.limit)
    const [onset, confirmedAt] = [Date.parse(breach.onset), Date.parse(breach.confirmedAt)]
    if (limit === undefined || Number.isNaN(onset) || Number.isNaN(confirmedAt)) continue
    const { peak, threshold } = breach
    limits[limit] = { phase: 'breached', onset, confirmedAt, peak, threshold, eased: false }
  }
  return limits
}

/** The conditions Observed, Healthy and Exhausted, from what was just seen and decided. */
export function judgeConditions(
  assessment: Assessment,
  exhausted: string | undefined,
  generation: number,
): JudgedCondition[] {
  const condition = (type: string, status: ConditionStatus, reason: string, message: string): JudgedCondition => ({
    type,
    status,
    reason,
    message,
    observedGeneration: generation,
  })
  return [
    condition(CONDITIONS.accepted, 'True', 'SpecValid', 'The spec is accepted.'),
    condition(CONDITIONS.observed, ...observed(assessment)),
    condition(CONDITIONS.healthy, ...healthy(assessment)),
    exhausted === undefined
      ? condition(CONDITIONS.exhausted, 'False', 'RemediesLeft', 'Nothing is breached, or a remedy is left.')
      : condition(CONDITIONS.exhausted, 'True', 'NoRemedyLeft', `${exhausted}.`),
  ]
}

type Judged = [ConditionStatus, string, string]

function observed({ blind, observations }: Assessment): Judged {
  if (blind.length === 0) return ['True', 'EverySignalSeen', 'Every signal is measured on every pod.']
  const whys = [...new Set(blind.map((one) => one.why))].join('; ')
  const anySeen = Object.entries(observations).some(([name, one]) => !name.startsWith('replicas') && one?.kind === 'ok')
  return ['False', anySeen ? 'PartlySeen' : 'NothingSeen', `Not seen: ${whys}.`]
}

function healthy({ findings, blind }: Assessment): Judged {
  const pressing = findings.filter((finding) => !finding.eased)
  if (pressing.length > 0) return ['False', 'LimitBreached', `${pressing.map(describeFinding).join('; ')}.`]
  if (findings.length > 0) return ['False', 'Recovering', `${findings.map(describeFinding).join('; ')}.`]
  if (blind.length > 0) return ['Unknown', 'NotSeen', 'No limit is known to be breached, but not every signal is seen.']
  return ['True', 'WithinLimits', 'Every signal is within its limit.']
}

/** Conditions of a Guard that can't be observed at all: a refused spec, a missing target, a pause. */
export function unobservedConditions(
  accepted: { readonly status: ConditionStatus; readonly reason: string; readonly message: string },
  why: { readonly reason: string; readonly message: string },
  generation: number,
): JudgedCondition[] {
  const unknown = (type: string): JudgedCondition => ({
    type,
    status: 'Unknown',
    ...why,
    observedGeneration: generation,
  })
  return [
    { type: CONDITIONS.accepted, ...accepted, observedGeneration: generation },
    { type: CONDITIONS.observed, status: 'False', ...why, observedGeneration: generation },
    unknown(CONDITIONS.healthy),
    unknown(CONDITIONS.exhausted),
  ]
}
