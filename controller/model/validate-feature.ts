// Judges a Feature before it is used, and finds what of a faulty one can be used all the same.
import { type Fault, faultsOf, shorten } from './faults.ts'
import { FEATURE_SPEC, type FeatureSpec, type FeatureValue, USABLE_FEATURE_SPEC } from './feature.ts'

export type FeatureValidation =
  | { readonly ok: true; readonly spec: FeatureSpec }
  | { readonly ok: false; readonly faults: readonly Fault[] }

/** Validates a Feature's `spec` as it came from YAML or the API. */
export function validateFeatureSpec(raw: unknown): FeatureValidation {
  const parsed = FEATURE_SPEC.safeParse(raw ?? {})
  if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error, raw, FEATURE_SPEC) }
  const faults = [...strangers(parsed.data)]
  return faults.length === 0 ? { ok: true, spec: parsed.data } : { ok: false, faults }
}

/**
 * What services are still told of a Feature whose spec has faults: a slip of the pen must not switch a feature on that is
 * degraded. Undefined when its values can't be told.
 */
export function usableFeatureSpec(raw: unknown): FeatureSpec | undefined {
  const parsed = USABLE_FEATURE_SPEC.safeParse(raw ?? {})
  if (!parsed.success) return undefined
  const { override, ...rest } = parsed.data
  if (!isLike(rest.normal, rest.degraded)) return undefined
  return override === undefined || isLike(rest.normal, override.value) ? parsed.data : rest
}

/** Whether a value can stand in for the normal one: the type of a flag never changes. */
export function isLike(normal: FeatureValue, other: FeatureValue): boolean {
  return typeof normal === typeof other
}

function* strangers({ normal, degraded, override }: FeatureSpec): Iterable<Fault> {
  const values = {
    'spec.degraded': degraded,
    ...(override === undefined ? {} : { 'spec.override.value': override.value }),
  }
  for (const [field, value] of Object.entries(values))
    if (!isLike(normal, value))
      yield {
        field,
        value: shorten(value),
        message: `is not of the type of spec.normal, which is ${shorten(normal)}`,
        remedy: `write ${EXAMPLES[typeof normal as keyof typeof EXAMPLES]}`,
      }
}

const EXAMPLES = { boolean: 'true or false', number: 'a number', string: 'text' } as const
