// The known exporters by name, and which signals each of them tells. Where they keep them is in observe/profiles.
import type { SignalSources } from './signal-source.ts'

export type SourceName = keyof SignalSources

/** In a fixed order. */
export const EVERY_SIGNAL = [
  'rps',
  'errors',
  'latency',
  'cpu',
  'pool',
  'queue',
] as const satisfies readonly SourceName[]

/** Those that a service itself serves, or what stands right before it: for `signals.profile`. */
export const SERVICE_PROFILES = {
  'prom-client': EVERY_SIGNAL,
  otel: EVERY_SIGNAL,
  fastapi: EVERY_SIGNAL,
  nginx: ['rps'],
  haproxy: ['rps', 'errors', 'pool', 'queue'],
  envoy: ['rps', 'errors', 'latency', 'queue'],
  istio: ['rps', 'errors', 'latency'],
  generic: [],
} as const satisfies Readonly<Record<string, readonly SourceName[]>>

/** Those that tell single signals, beside the service: for the `profile` of one signal. */
export const EXPORTER_PROFILES = {
  pgbouncer: ['rps', 'pool', 'queue'],
  postgres: ['rps', 'pool'],
  mysqld: ['rps', 'pool'],
  redis: ['rps', 'errors', 'pool', 'queue'],
  rabbitmq: ['rps', 'queue'],
  celery: ['rps', 'errors', 'latency', 'queue'],
  nginx: SERVICE_PROFILES.nginx,
  haproxy: SERVICE_PROFILES.haproxy,
  envoy: SERVICE_PROFILES.envoy,
  istio: SERVICE_PROFILES.istio,
} as const satisfies Readonly<Record<string, readonly SourceName[]>>

/** A name in both lists tells the same signals in both. */
export const TOLD_BY = { ...SERVICE_PROFILES, ...EXPORTER_PROFILES }

export type ServiceProfile = keyof typeof SERVICE_PROFILES
export type ExporterProfile = keyof typeof EXPORTER_PROFILES
export type ProfileName = ServiceProfile | ExporterProfile

export const SERVICE_PROFILE_NAMES = namesOf(SERVICE_PROFILES)
export const EXPORTER_PROFILE_NAMES = namesOf(EXPORTER_PROFILES)

/** The exporters that tell a signal. */
export function exportersOf(signal: SourceName): ExporterProfile[] {
  return EXPORTER_PROFILE_NAMES.filter((name) => tells(name, signal))
}

export function tells(profile: ProfileName, signal: SourceName): boolean {
  return TOLD_BY[profile].some((told) => told === signal)
}

function namesOf<Name extends string>(profiles: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(profiles) as Name[]
}
