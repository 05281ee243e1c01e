// A Guard's spec made ready for its loop: what to scrape, by which rules to judge.
import type { LimitRules } from '../model/assessment.ts'
import { type CircuitRules, circuitRulesOf } from '../model/circuit.ts'
import type { TargetRef } from '../model/command.ts'
import type { GuardSpec } from '../model/guard.ts'
import { paceOf } from '../model/pace.ts'
import { limitRulesOf } from '../model/rules.ts'
import { createScheduleFloor, type FloorAt } from '../model/schedule-floor.ts'
import type { SignalSources } from '../model/signal-source.ts'
import { createTimetable, type Timetable } from '../model/timetable.ts'
import type { ScrapeSpec } from '../observe/observer.ts'
import { PROFILES } from '../observe/profiles/profiles.ts'
import type { PrometheusSpec } from '../observe/prometheus/spec.ts'
import type { Endpoint } from '../observe/scrape/targets.ts'

export interface GuardPlan {
  readonly spec: GuardSpec
  readonly scrape: ScrapeSpec
  /** What to ask of which server in place of scraping; undefined when the pods are scraped. */
  readonly prometheus?: PrometheusSpec
  readonly endpoint: Endpoint
  readonly rules: LimitRules
  readonly circuit: CircuitRules
  readonly maintenance: Timetable<GuardSpec['maintenance'][number]>
  /** The least replicas that its schedules ask for at a moment. */
  readonly floorAt: FloorAt
}

/** Where nothing is scraped: the pods are only counted. */
const NO_ENDPOINT: Endpoint = { port: 0, path: '/', scheme: 'http' }

/** An override of a signal replaces the profile's candidates; what only the profile names may be absent. */
export function planOf(spec: GuardSpec): GuardPlan {
  const { from, profile, ...overrides } = spec.signals
  const known = PROFILES[profile]
  const sources: SignalSources = {
    rps: overrides.rps === undefined ? known.rps : [clean(overrides.rps)],
    errors: overrides.errors === undefined ? known.errors : [clean(overrides.errors)],
    latency: overrides.latency === undefined ? known.latency : [clean(overrides.latency)],
    cpu: overrides.cpu === undefined ? known.cpu : [clean(overrides.cpu)],
    pool: overrides.pool === undefined ? known.pool : [cleanPool(overrides.pool)],
    queue: overrides.queue === undefined ? known.queue : [clean(overrides.queue)],
  }
  const scrape: ScrapeSpec = {
    ...paceOf(spec),
    minimumRequests: spec.limits.minimumRequests,
    sources,
    optional: (['pool', 'queue'] as const).filter((name) => overrides[name] === undefined),
  }
  const plan = {
    spec,
    rules: limitRulesOf(spec),
    circuit: circuitRulesOf(spec),
    maintenance: createTimetable(spec.maintenance),
    floorAt: createScheduleFloor(spec.schedules),
    scrape,
  }
  if (from.scrape !== undefined) {
    const { port, path, scheme } = from.scrape
    return { ...plan, endpoint: { port, path, scheme } }
  }
  const { url, tenant, match, podLabel, auth } = from.prometheus
  const server = tenant === undefined ? { url } : { url, tenant }
  const { kind, name } = spec.target
  const prometheus = {
    ...scrape,
    server,
    podLabel,
    workload: { kind, name },
    ...(match === undefined ? {} : { match }),
    ...(auth === undefined ? {} : { secret: auth.secret }),
  }
  return { ...plan, prometheus, endpoint: NO_ENDPOINT }
}

type Optional = { match?: Record<string, string> | undefined }
type Clean<T extends Optional> = Omit<T, 'match'> & { match?: Record<string, string> }

/** Leaves an undefined `match` out. */
function clean<T extends Optional>({ match, ...rest }: T): Clean<T> {
  return match === undefined ? rest : { ...rest, match }
}

function cleanPool({ used, max }: NonNullable<GuardSpec['signals']['pool']>) {
  return { used: clean(used), max: typeof max === 'number' ? max : clean(max) }
}

/** The workload a Guard guards: always in its own namespace. */
export function targetOf(namespace: string, { kind, name }: GuardSpec['target']): TargetRef {
  return { kind, namespace, name }
}
