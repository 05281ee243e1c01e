// What a Guard may ask of a Feature, and what the Feature's status says then.
import { type Demand, effectiveFeature, featureStateAt, isUsable, type StoredFeature } from './feature.ts'
import { SHEDDABLE_TIERS } from './remedies.ts'
import type { EpochMs } from './units.ts'

/** Whether the Guard asks for this Feature to be off. A name such as "constructor" is a name like any other. */
export function isHeldBy(guard: string, { status: { demandedBy } }: StoredFeature): boolean {
  return demandedBy !== undefined && Object.hasOwn(demandedBy, guard)
}

/** Why a Guard may not switch it off; undefined when it may. */
export function objectionToShed(feature: StoredFeature, guard: string, now: EpochMs): string | undefined {
  if (!isUsable(feature)) return 'has a spec that can not be used'
  const { tier } = feature.spec
  if (!SHEDDABLE_TIERS.some((one) => one === tier)) return `is ${tier}`
  if (isHeldBy(guard, feature)) return 'is off already'
  return effectiveFeature(feature, now).state === 'Overridden' ? 'is overridden by a person' : undefined
}

/** The Feature as it is once the demand is made, or ended when there is none. */
export function withDemand(feature: StoredFeature, guard: string, demand: Demand | undefined): StoredFeature {
  const { [guard]: _, ...others } = feature.status.demandedBy ?? {}
  const demandedBy = demand === undefined ? others : { ...others, [guard]: demand }
  return { ...feature, status: { ...feature.status, demandedBy } }
}

/** The change of its status that makes the demand, or ends it: a merge patch. */
export function demandPatch(feature: StoredFeature, guard: string, demand: Demand | undefined, now: EpochMs) {
  const next = withDemand(feature, guard, demand)
  // What the state is of a spec that can't be used is not for us to say.
  const state = isUsable(next) ? featureStateAt(next, now) : {}
  return { demandedBy: { [guard]: demand ?? null }, ...state }
}
