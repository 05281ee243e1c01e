// The known exporters by name.
import type { PROFILE_NAMES } from '../../model/guard.ts'
import type { SignalSources } from '../../model/signal-source.ts'
import { fastapi } from './fastapi.ts'
import { generic } from './generic.ts'
import { otel } from './otel.ts'
import { promClient } from './prom-client.ts'

/** Where each known exporter keeps its signals. */
export const PROFILES: Readonly<Record<(typeof PROFILE_NAMES)[number], SignalSources>> = {
  'prom-client': promClient,
  otel,
  fastapi,
  generic,
}
