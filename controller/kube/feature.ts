// The projection of Features: what is kept of each, and what of its spec can be used.
import { describeFaults } from '../model/faults.ts'
import { FEATURE_STATUS, type StoredFeature } from '../model/feature.ts'
import { usableFeatureSpec, validateFeatureSpec } from '../model/validate-feature.ts'
import { at, numberAt, textsAt } from './json.ts'
import { projectRef, versionOf } from './resources.ts'

/** A Feature's fields. Throws TypeError when it has no name. */
export function projectFeature(raw: unknown): StoredFeature {
  const spec = at(raw, 'spec')
  const validation = validateFeatureSpec(spec)
  return {
    ...projectRef(raw),
    labels: textsAt(raw, 'metadata', 'labels'),
    resourceVersion: versionOf(raw),
    generation: numberAt(raw, 'metadata', 'generation') ?? 0,
    spec: validation.ok ? validation.spec : usableFeatureSpec(spec),
    status: FEATURE_STATUS.safeParse(at(raw, 'status')).data ?? {},
    fault: validation.ok ? undefined : describeFaults(validation.faults),
  }
}
