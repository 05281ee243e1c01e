// Flags as services read them, made of Features and of what Guards say in their status. Pure.
import { at, listAt, numberAt, textAt } from '../controller/kube/json.ts'
import { effectiveFeature, type Feature, type FeatureState, type FeatureValue } from '../controller/model/feature.ts'
import type { EpochMs } from '../controller/model/units.ts'

type Metadata = Readonly<Record<string, string | number | boolean>>

export interface Flag {
  readonly key: string
  readonly value: FeatureValue
  /** Names the value among the variants. */
  readonly variant: string
  readonly variants: Readonly<Record<string, FeatureValue>>
  /** What it is, since when, by whom and why. */
  readonly metadata: Metadata
}

/** A limit of a flow, as one Guard wants it. */
interface FlowLimit {
  readonly flow: string
  readonly limit: number
  readonly metadata: Metadata
}

/** What a Guard adds to the flags of its namespace. */
export interface GuardFlags {
  readonly circuit: readonly Flag[]
  readonly limits: readonly FlowLimit[]
}

const VARIANTS = { Normal: 'normal', Degraded: 'degraded', Overridden: 'override' } as const satisfies Record<
  FeatureState,
  string
>

/** The flag of a Feature at `now`. */
function flagOfFeature(feature: Feature, now: EpochMs): Flag {
  const { name, spec } = feature
  const { value, state, since, reason, by, until } = effectiveFeature(feature, now)
  return {
    key: name,
    value,
    variant: VARIANTS[state],
    variants: {
      normal: spec.normal,
      degraded: spec.degraded,
      ...(state === 'Overridden' ? { override: value } : {}),
    },
    metadata: {
      kind: 'Feature',
      tier: spec.tier,
      state,
      reason,
      ...(by === '' ? {} : { by }),
      ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
      ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
      ...(spec.owner === undefined ? {} : { owner: spec.owner }),
    },
  }
}

const CIRCUIT_VARIANTS: Readonly<Record<string, string>> = { Closed: 'closed', HalfOpen: 'half-open', Open: 'open' }

/** Reads the circuit and the limits out of a Guard as the API server has it. */
export function flagsOfGuard(guard: { readonly name: string; readonly raw: unknown }): GuardFlags {
  const { name, raw } = guard
  return {
    circuit: circuitFlags(name, raw),
    limits: listAt(raw, 'status', 'flows').flatMap((one) => limitOf(name, one)),
  }
}

/** Whoever only observes directs nobody: its circuit is told as closed, and beside it what it would be. A person's ForcedOpen is an order. */
function circuitFlags(guard: string, raw: unknown): Flag[] {
  const judged = CIRCUIT_VARIANTS[textAt(raw, 'status', 'circuit', 'state') ?? '']
  if (judged === undefined) return []
  const isInForce = textAt(raw, 'spec', 'mode') === 'Enforce' || textAt(raw, 'spec', 'circuit', 'mode') === 'ForcedOpen'
  const variant = isInForce ? judged : 'closed'
  const observed = isInForce ? {} : { observed: judged }
  const metadata = { kind: 'Circuit', by: guard, ...whyOf(at(raw, 'status', 'circuit')), ...observed }
  const share = numberAt(raw, 'status', 'circuit', 'letThrough')
  const variants = { closed: 'closed', 'half-open': 'half-open', open: 'open' }
  const state = { key: `circuit.${guard}`, value: variant, variant, variants, metadata }
  if (share === undefined) return [state]
  return [state, ofOneValue(`circuit.${guard}.share`, isInForce ? share : 1, metadata)]
}

function limitOf(guard: string, raw: unknown): FlowLimit[] {
  const flow = textAt(raw, 'flow')
  const limit = numberAt(raw, 'limit')
  if (flow === undefined || limit === undefined) return []
  return [{ flow, limit, metadata: { kind: 'Limit', by: guard, ...whyOf(raw) } }]
}

function whyOf(raw: unknown): Metadata {
  const since = textAt(raw, 'since')
  const reason = textAt(raw, 'reason')
  return { ...(reason === undefined ? {} : { reason }), ...(since === undefined ? {} : { since }) }
}

/** A number that changes by itself has no variants to name. */
function ofOneValue(key: string, value: number, metadata: Metadata): Flag {
  return { key, value, variant: 'current', variants: { current: value }, metadata }
}

/** All flags of a namespace by key. Of several limits of one flow the lowest holds; a Feature wins over any other flag of its name. */
export function composeFlags(
  features: readonly Feature[],
  guards: Iterable<GuardFlags>,
  now: EpochMs,
): ReadonlyMap<string, Flag> {
  const flags = new Map<string, Flag>()
  for (const { circuit, limits } of guards) {
    for (const flag of circuit) flags.set(flag.key, flag)
    for (const { flow, limit, metadata } of limits) {
      const key = `limit.${flow}`
      const other = flags.get(key)
      if (other === undefined || limit < Number(other.value)) flags.set(key, ofOneValue(key, limit, metadata))
    }
  }
  for (const feature of features) flags.set(feature.name, flagOfFeature(feature, now))
  return new Map([...flags].sort(([a], [b]) => (a < b ? -1 : 1)))
}
