// All flags of one namespace at one moment: the unit that is served, compared and pushed.
import { hash } from 'node:crypto'
import type { Feature } from '../controller/model/feature.ts'
import type { EpochMs } from '../controller/model/units.ts'
import { composeFlags, type Flag, type GuardFlags } from './flag.ts'

export interface FlagSet {
  readonly namespace: string
  readonly flags: ReadonlyMap<string, Flag>
  /** The same flags as flagd's JSON. */
  readonly configuration: string
  /** Made of the content alone, so that all replicas agree on it. The values don't hang on the context of an evaluation, nor does this. */
  readonly etag: string
  /** When the first override in it ends; Infinity when none will. */
  readonly holdsUntil: EpochMs
}

/** The flag set of a namespace at `now`. */
export function makeFlagSet(
  namespace: string,
  features: readonly Feature[],
  guards: Iterable<GuardFlags>,
  now: EpochMs,
): FlagSet {
  const flags = composeFlags(features, guards, now)
  const configuration = flagdConfiguration(namespace, flags)
  const ends = features.map(({ spec }) => spec.override?.until ?? 0).filter((until) => until > now)
  return {
    namespace,
    flags,
    configuration,
    etag: `"${hash('sha256', configuration, 'base64url').slice(0, 22)}"`,
    holdsUntil: Math.min(Number.POSITIVE_INFINITY, ...ends),
  }
}

/** https://flagd.dev/schema/v0/flags.json. A flag is never DISABLED: that would give services the default in their code. */
function flagdConfiguration(namespace: string, flags: ReadonlyMap<string, Flag>): string {
  return JSON.stringify({
    $schema: 'https://flagd.dev/schema/v0/flags.json',
    flags: Object.fromEntries(
      Array.from(flags.values(), ({ key, variant, variants, metadata }) => [
        key,
        { state: 'ENABLED', variants, defaultVariant: variant, metadata },
      ]),
    ),
    metadata: { flagSetId: namespace },
  })
}
