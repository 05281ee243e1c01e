// The known exporters by name.
import type { ProfileName, TOLD_BY } from '../../model/profiles.ts'
import type { SignalSources } from '../../model/signal-source.ts'
import { fastapi } from './fastapi.ts'
import { generic } from './generic.ts'
import { otel } from './otel.ts'
import { pgbouncer } from './pgbouncer.ts'
import { promClient } from './prom-client.ts'

/** What a profile says: candidates for each signal that the model says it tells, and for no other. */
export type ProfileSources<Name extends ProfileName> = Pick<SignalSources, (typeof TOLD_BY)[Name][number]>

/** Where each known exporter keeps its signals. */
export const PROFILES = {
  'prom-client': promClient,
  otel,
  fastapi,
  generic,
  pgbouncer,
} as const satisfies { readonly [Name in ProfileName]: ProfileSources<Name> }

/** The candidates of a profile for every signal: none for those that it does not tell. */
export function sourcesOf(profile: ProfileName): SignalSources {
  return { ...generic, ...PROFILES[profile] }
}
