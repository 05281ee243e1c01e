// The Feature: one thing of a service that can be switched off, who asks for that, and what services are told of it.
import { z } from 'zod'
import { CONDITION, TIMESTAMP } from './conditions.ts'
import { parseTime } from './time.ts'
import type { EpochMs } from './units.ts'
import type { ObjectRef } from './workload.ts'

/** In the order in which they are shed. The loop never sheds the last two. */
export const TIERS = ['Sheddable', 'SheddablePlus', 'Critical', 'CriticalPlus'] as const
export type Tier = (typeof TIERS)[number]
export const FEATURE_STATES = ['Normal', 'Degraded', 'Overridden'] as const
export type FeatureState = (typeof FEATURE_STATES)[number]

const value = z.union([z.boolean(), z.number(), z.string().max(1024)], {
  error: 'is neither true or false, nor a number, nor text',
})
export type FeatureValue = z.output<typeof value>

const override = z
  .strictObject({
    value: value.meta({ description: 'What services are told, whatever Guards ask for.' }),
    until: TIMESTAMP.refine((text) => text.includes('T') && parseTime(text) !== undefined, {
      error: 'is not a time like 2026-01-31T04:00:00Z',
    })
      .transform((text): EpochMs => parseTime(text) ?? 0)
      .meta({ description: 'When it ends by itself.' }),
    reason: z.string().min(1).max(1024).meta({ description: 'Why, for those who meet it.' }),
    by: z.string().max(256).optional().meta({ description: 'Who asked for it.' }),
  })
  .meta({ description: 'The will of a person, which wins over Guards until it ends.' })

const FIELDS = {
  tier: z.enum(TIERS).meta({
    description: 'How soon it may be shed: Sheddable first, then SheddablePlus. Guards never shed the other two.',
  }),
  description: z.string().max(1024).optional().meta({ description: 'What it is, for people.' }),
  owner: z.string().max(256).optional().meta({ description: 'Who answers for it.' }),
  normal: value.prefault(true).meta({ description: 'The value when all is well: true or false, a number, or text.' }),
  degraded: value.prefault(false).meta({ description: 'The value while a Guard asks for it, of the same type.' }),
  override: override.optional(),
}

export const FEATURE_SPEC = z
  .strictObject(FIELDS)
  .meta({ description: 'What can be switched off, and what services are told of it then.' })
export type FeatureSpec = Readonly<z.output<typeof FEATURE_SPEC>>

/** What can be used of a spec that has faults: unknown fields are left out, and so is an override that can't be read. */
export const USABLE_FEATURE_SPEC = z.object({ ...FIELDS, override: FIELDS.override.catch(undefined) })

const DEMAND = z.object({
  since: TIMESTAMP.meta({ description: 'When the Guard began to ask for it.' }),
  reason: z.string().meta({ description: 'Why it asks for it.' }),
})

export const FEATURE_STATUS = z
  .object({
    observedGeneration: z.int().optional().meta({ description: 'The generation of the spec this status speaks of.' }),
    conditions: z.array(CONDITION).optional().meta({ description: 'Accepted: whether the spec can be used as it is.' }),
    state: z.enum(FEATURE_STATES).optional().meta({
      description: 'Normal, Degraded while a Guard asks for it, or Overridden by a person.',
    }),
    since: TIMESTAMP.optional().meta({ description: 'When this state began.' }),
    reason: z.string().optional().meta({ description: 'Why it is in this state, in one sentence.' }),
    demandedBy: z
      .record(z.string(), DEMAND)
      .optional()
      .meta({ description: 'The Guards that ask for it to be degraded, by name.' }),
  })
  .meta({ description: 'What Evenkeel makes of it.' })
export type FeatureStatus = Readonly<z.output<typeof FEATURE_STATUS>>
export type Demand = Readonly<z.output<typeof DEMAND>>

/** A Feature as it is kept of the API server's answers. */
export interface StoredFeature extends ObjectRef {
  readonly labels: Readonly<Record<string, string>>
  readonly resourceVersion: string
  readonly generation: number
  /** Undefined when it has faults that leave nothing to use. */
  readonly spec: FeatureSpec | undefined
  readonly status: FeatureStatus
  /** What is wrong with the spec, in one sentence; undefined when nothing is. */
  readonly fault: string | undefined
}

/** One that can be used. */
export interface Feature extends StoredFeature {
  readonly spec: FeatureSpec
}

export function isUsable(feature: StoredFeature): feature is Feature {
  return feature.spec !== undefined
}

/** What services are told of a Feature, and why. */
export interface EffectiveFeature {
  readonly value: FeatureValue
  readonly state: FeatureState
  /** When the state began; undefined until that is recorded. */
  readonly since: EpochMs | undefined
  readonly reason: string
  /** Who wants it so: the person of the override, or the Guards; empty when nobody does. */
  readonly by: string
  /** When it ends by itself. */
  readonly until: EpochMs | undefined
}

/** The value that holds at `now`: the override's until it ends, else the degraded one while any Guard asks for it, else the normal one. */
export function effectiveFeature(
  { spec, status }: { readonly spec: FeatureSpec; readonly status: FeatureStatus },
  now: EpochMs,
): EffectiveFeature {
  const sinceOf = (state: FeatureState) =>
    status.state === state && status.since !== undefined ? parseTime(status.since) : undefined
  const { override } = spec
  if (override !== undefined && isInForce(override, now)) {
    const { by = 'unknown', reason, until } = override
    return { value: override.value, state: 'Overridden', since: sinceOf('Overridden'), reason, by, until }
  }
  const demands: [string, Demand][] = Object.entries(status.demandedBy ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  if (demands.length > 0)
    return {
      value: spec.degraded,
      state: 'Degraded',
      since: sinceOf('Degraded'),
      reason: demands.map(([guard, { reason }]) => `${guard}: ${reason}`).join('; '),
      by: demands.map(([guard]) => guard).join(', '),
      until: undefined,
    }
  return {
    value: spec.normal,
    state: 'Normal',
    since: sinceOf('Normal'),
    reason: 'No Guard asks for less',
    by: '',
    until: undefined,
  }
}

/** Whether an override still has its way. */
function isInForce({ until }: { readonly until: EpochMs }, now: EpochMs): boolean {
  return now < until
}

/** The state as status tells it at `now`: its beginning stays while the state does. */
export function featureStateAt(
  feature: { readonly spec: FeatureSpec; readonly status: FeatureStatus },
  now: EpochMs,
): { readonly state: FeatureState; readonly since: string; readonly reason: string } {
  const { state, since, reason, by, until } = effectiveFeature(feature, now)
  const who = until === undefined ? '' : ` (${by}, until ${new Date(until).toISOString()})`
  return { state, since: new Date(since ?? now).toISOString(), reason: `${reason}${who}` }
}
