// The degrade remedy: which Features are switched off next, and which one comes back first.
import type { DegradeProposal } from '../../model/command.ts'
import { objectionToShed } from '../../model/demand.ts'
import { type Feature, isUsable, type StoredFeature } from '../../model/feature.ts'
import { selects } from '../../model/label-selector.ts'
import { LABELS } from '../../model/names.ts'
import { type DegradeSpec, SHEDDABLE_TIERS } from '../../model/remedies.ts'
import type { EpochMs } from '../../model/units.ts'

export interface DegradeInput {
  /** The Guard, under whose name Features keep what it asks for. */
  readonly guard: string
  /** The Features of its namespace. */
  readonly features: readonly StoredFeature[]
  /** The dependency that the evidence points to. */
  readonly suspect: string | undefined
  readonly now: EpochMs
}

/** Whether the remedy is about this Feature at all. */
export function isOf({ tiers, selector }: DegradeSpec, feature: StoredFeature): feature is Feature {
  if (!isUsable(feature)) return false
  const { tier } = feature.spec
  return tiers.some((one) => one === tier) && selects(selector, feature.labels)
}

/**
 * The next to switch off: the lowest tier that has any left; of those, the ones that need the suspected dependency when there
 * are such, else all. One that a person has overridden is passed over, as nothing would come of it. Undefined when none is left.
 */
export function proposeShed(
  spec: DegradeSpec,
  input: DegradeInput,
  reasons: readonly string[],
): DegradeProposal | undefined {
  const { guard, features, suspect, now } = input
  for (const tier of SHEDDABLE_TIERS) {
    const left = features
      .filter((feature) => isOf(spec, feature))
      .filter((feature) => feature.spec.tier === tier && objectionToShed(feature, guard, now) === undefined)
    if (left.length === 0) continue
    const dependent = left.filter(({ labels }) => suspect !== undefined && labels[LABELS.dependency] === suspect)
    const [chosen, why] =
      dependent.length > 0 && dependent.length < left.length
        ? [dependent, `${tier} features that depend on ${suspect}`]
        : [left, `${tier} features`]
    const names = chosen.map(({ name }) => name).sort()
    return {
      remedy: 'degrade',
      direction: 'up',
      from: 1,
      to: 0,
      features: names,
      reasons: [...reasons, `${why}: ${names.join(', ')}`],
    }
  }
  return undefined
}

/** The one to switch on again: the last that was switched off. Undefined when none of these is held. */
export function proposeRestore(
  held: readonly StoredFeature[],
  guard: string,
  reasons: readonly string[],
): DegradeProposal | undefined {
  const [last] = held.toSorted((a, b) => tierOf(b) - tierOf(a) || byTime(b, a, guard))
  if (last === undefined) return undefined
  return { remedy: 'degrade', direction: 'down', from: 0, to: 1, features: [last.name], reasons }
}

/** A Feature whose tier can't be read, or was raised meanwhile, should not be off at all. */
function tierOf({ spec }: StoredFeature): number {
  const at = SHEDDABLE_TIERS.findIndex((tier) => spec !== undefined && tier === spec.tier)
  return at < 0 ? SHEDDABLE_TIERS.length : at
}

function byTime(a: StoredFeature, b: StoredFeature, guard: string): number {
  const since = ({ status }: StoredFeature) => status.demandedBy?.[guard]?.since ?? ''
  if (since(a) !== since(b)) return since(a) < since(b) ? -1 : 1
  return a.name < b.name ? -1 : 1
}
