// Signals that come from elsewhere than the Guard's others: what to scrape or ask for them, one plan for each place.
import type { GuardSpec } from '../model/guard.ts'
import { type Pace, paceOf, rangesOf, timeoutOf } from '../model/pace.ts'
import type { SourceName } from '../model/profiles.ts'
import type { SignalName } from '../model/signal.ts'
import type { SignalSources } from '../model/signal-source.ts'
import type { PrometheusOrigin, SignalOverride } from '../model/signals-spec.ts'
import type { ScrapeSpec } from '../observe/observer.ts'
import { generic } from '../observe/profiles/generic.ts'
import { sourcesOf } from '../observe/profiles/profiles.ts'
import type { PrometheusSpec } from '../observe/prometheus/spec.ts'
import { SOURCES } from '../observe/scrape/catalog.ts'
import type { ServiceEndpoint } from '../observe/scrape/service-targets.ts'
import { candidatesOf, narrowed } from './candidates.ts'

export type SidePlan = {
  /** Which signals are taken from it, whatever else it could tell. */
  readonly signals: readonly SourceName[]
} & (
  | { readonly kind: 'service'; readonly endpoint: ServiceEndpoint; readonly spec: ScrapeSpec }
  | { readonly kind: 'prometheus'; readonly spec: PrometheusSpec }
)

/** Where a signal is read that is not read where `from` says. */
type Place =
  | ({ readonly kind: 'service' } & ServiceEndpoint)
  | { readonly kind: 'prometheus'; readonly server: PrometheusOrigin; readonly isOfPods: boolean }

/** A Guard without any: the same list for all of them. */
const NONE: readonly SidePlan[] = []

/** Pure. Signals of one place are read together. */
export function sidePlansOf(spec: GuardSpec): readonly SidePlan[] {
  const groups = new Map<string, { readonly place: Place; readonly signals: SourceName[] }>()
  for (const name of SOURCES) {
    const place = placeOf(name, spec.signals[name])
    if (place === undefined) continue
    const key = JSON.stringify(place)
    const group = groups.get(key) ?? { place, signals: [] }
    group.signals.push(name)
    groups.set(key, group)
  }
  return groups.size === 0 ? NONE : Array.from(groups.values(), (group) => planOfPlace(spec, group))
}

/** Where each signal of the status that comes from elsewhere is read, in words. */
export function originsOf(spec: GuardSpec): Readonly<Partial<Record<SignalName, string>>> {
  const origins: Partial<Record<SignalName, string>> = {}
  for (const name of SOURCES) {
    const place = placeOf(name, spec.signals[name])
    if (place === undefined) continue
    const where = place.kind === 'service' ? `Service ${place.service}` : place.server.url
    const profile = spec.signals[name]?.profile
    const origin = profile === undefined ? where : `${profile} at ${where}`
    if (name !== 'latency') origins[name] = origin
    else for (const one of ['latencyP50', 'latencyP95', 'latencyP99'] as const) origins[one] = origin
  }
  return origins
}

function placeOf(name: SourceName, override: SignalOverride | undefined): Place | undefined {
  if (override?.service !== undefined) {
    const { service, port, path = '/metrics', scheme = 'http' } = override
    return { kind: 'service', service, port, path, scheme }
  }
  // CPU is measured against what the workload's pods may use, so that it is theirs wherever it is read.
  if (override?.prometheus !== undefined)
    return { kind: 'prometheus', server: override.prometheus, isOfPods: name === 'cpu' }
  return undefined
}

function planOfPlace(
  spec: GuardSpec,
  { place, signals }: { readonly place: Place; readonly signals: readonly SourceName[] },
): SidePlan {
  const pace = paceOf(spec)
  const { minimumRequests } = spec.limits
  const slowAboveMs = spec.objectives?.latency?.withinMs
  const sources = sourcesAt(spec, signals)
  if (place.kind === 'service') {
    const { kind: _, ...endpoint } = place
    return { kind: 'service', signals, endpoint, spec: { ...pace, minimumRequests, slowAboveMs, sources } }
  }
  const { server, isOfPods } = place
  const asked: Pace = {
    intervalMs: server.interval,
    timeoutMs: timeoutOf(server),
    ...rangesOf(spec.limits, server.interval),
  }
  return {
    kind: 'prometheus',
    signals,
    spec: {
      ...asked,
      minimumRequests,
      slowAboveMs,
      sources,
      ...serverFieldsOf(server),
      ...(isOfPods ? { workload: spec.target } : {}),
    },
  }
}

/** How a server is asked: the part of a PrometheusSpec that `from.prometheus` and a single signal say alike. */
export function serverFieldsOf({
  url,
  tenant,
  match,
  podLabel,
  auth,
}: PrometheusOrigin): Pick<PrometheusSpec, 'server' | 'podLabel' | 'match' | 'secret'> {
  const server = tenant === undefined ? { url } : { url, tenant }
  const secret = auth === undefined ? {} : { secret: auth.secret }
  return { server, podLabel, ...(match === undefined ? {} : { match }), ...secret }
}

/** The candidates of these signals, and of no other but the requests that errors are a share of. */
function sourcesAt({ signals }: GuardSpec, names: readonly SourceName[]): SignalSources {
  const at = <Name extends SourceName>(name: Name) => (names.includes(name) ? candidatesOf(name, signals) : undefined)
  const { errors } = signals
  const requests =
    names.includes('errors') && errors?.profile !== undefined
      ? sourcesOf(errors.profile).rps.map((one) => narrowed(one, errors.match))
      : undefined
  return {
    rps: at('rps') ?? requests ?? generic.rps,
    errors: at('errors') ?? generic.errors,
    latency: at('latency') ?? generic.latency,
    cpu: at('cpu') ?? generic.cpu,
    pool: at('pool') ?? generic.pool,
    queue: at('queue') ?? generic.queue,
  }
}
