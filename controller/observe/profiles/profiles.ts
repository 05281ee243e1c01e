// The known exporters by name.
import type { ProfileName, TOLD_BY } from '../../model/profiles.ts'
import type { SignalSources } from '../../model/signal-source.ts'
import { celery } from './celery.ts'
import { envoy } from './envoy.ts'
import { fastapi } from './fastapi.ts'
import { generic } from './generic.ts'
import { haproxy } from './haproxy.ts'
import { istio } from './istio.ts'
import { mysqld } from './mysqld.ts'
import { nginx } from './nginx.ts'
import { otel } from './otel.ts'
import { pgbouncer } from './pgbouncer.ts'
import { postgres } from './postgres.ts'
import { promClient } from './prom-client.ts'
import { rabbitmq } from './rabbitmq.ts'
import { redis } from './redis.ts'

/** What a profile says: candidates for each signal that the model says it tells, and for no other. */
export type ProfileSources<Name extends ProfileName> = Pick<SignalSources, (typeof TOLD_BY)[Name][number]>

/** Where each known exporter keeps its signals. */
export const PROFILES = {
  'prom-client': promClient,
  otel,
  fastapi,
  nginx,
  haproxy,
  envoy,
  istio,
  generic,
  pgbouncer,
  postgres,
  mysqld,
  redis,
  rabbitmq,
  celery,
} as const satisfies { readonly [Name in ProfileName]: ProfileSources<Name> }

/** The candidates of a profile for every signal: none for those that it does not tell. */
export function sourcesOf(profile: ProfileName): SignalSources {
  return { ...generic, ...PROFILES[profile] }
}
