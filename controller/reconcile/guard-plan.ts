// A Guard's spec made ready for its loop: what to scrape, by which rules to judge.
import type { BookRules } from '../evaluate/ledger/book.ts'
import type { LimitRules } from '../model/assessment.ts'
import { type CircuitRules, circuitRulesOf } from '../model/circuit.ts'
import type { TargetRef } from '../model/command.ts'
import type { GuardSpec } from '../model/guard.ts'
import { type ObjectiveRule, objectiveRulesOf } from '../model/objectives.ts'
import { longestTickMs, paceOf } from '../model/pace.ts'
import type { SourceName } from '../model/profiles.ts'
import { limitRulesOf } from '../model/rules.ts'
import { createScheduleFloor, type FloorAt } from '../model/schedule-floor.ts'
import type { SignalName } from '../model/signal.ts'
import type { SignalSources } from '../model/signal-source.ts'
import { createTimetable, type Timetable } from '../model/timetable.ts'
import type { ScrapeSpec } from '../observe/observer.ts'
import { generic } from '../observe/profiles/generic.ts'
import { sourcesOf } from '../observe/profiles/profiles.ts'
import type { PrometheusSpec } from '../observe/prometheus/spec.ts'
import type { Endpoint } from '../observe/scrape/targets.ts'
import { candidatesOf } from './candidates.ts'
import { originsOf, type SidePlan, serverFieldsOf, sidePlansOf } from './side-plans.ts'

export interface GuardPlan {
  readonly spec: GuardSpec
  readonly scrape: ScrapeSpec
  /** What to ask of which server in place of scraping; undefined when the pods are scraped. */
  readonly prometheus?: PrometheusSpec
  /** Whether anything is read where `from` says, rather than every signal elsewhere. */
  readonly hasOwn: boolean
  readonly sides: readonly SidePlan[]
  /** Where each signal that comes from elsewhere is read, in words. */
  readonly origins: Readonly<Partial<Record<SignalName, string>>>
  readonly endpoint: Endpoint
  readonly rules: LimitRules
  readonly circuit: CircuitRules
  readonly book: BookRules
  readonly objectives: readonly ObjectiveRule[]
  readonly maintenance: Timetable<GuardSpec['maintenance'][number]>
  /** The least replicas that its schedules ask for at a moment. */
  readonly floorAt: FloorAt
}

/** Where nothing is scraped: the pods are only counted. */
const NO_ENDPOINT: Endpoint = { port: 0, path: '/', scheme: 'http' }

/** An override of a signal replaces the profile's candidates; what only the profile names may be absent. */
export function planOf(spec: GuardSpec): GuardPlan {
  const { signals } = spec
  const known = sourcesOf(signals.profile)
  const sides = sidePlansOf(spec)
  const taken = new Set(sides.flatMap((side) => side.signals))
  // Errors are a share of the requests that are read in the same place.
  const isElsewhere = (name: SourceName) => taken.has(name) && (name !== 'rps' || taken.has('errors'))
  const at = <Name extends SourceName>(name: Name): SignalSources[Name] => {
    if (isElsewhere(name)) return generic[name]
    return (taken.has(name) ? undefined : candidatesOf(name, signals)) ?? known[name]
  }
  const sources: SignalSources = {
    rps: at('rps'),
    errors: at('errors'),
    latency: at('latency'),
    cpu: at('cpu'),
    pool: at('pool'),
    queue: at('queue'),
  }
  const scrape: ScrapeSpec = {
    ...paceOf(spec),
    minimumRequests: spec.limits.minimumRequests,
    slowAboveMs: spec.objectives?.latency?.withinMs,
    sources,
    optional: (['pool', 'queue'] as const).filter((name) => signals[name] === undefined),
  }
  const plan = {
    spec,
    rules: limitRulesOf(spec),
    circuit: circuitRulesOf(spec),
    book: bookRulesOf(spec, scrape),
    objectives: objectiveRulesOf(spec),
    maintenance: createTimetable(spec.maintenance),
    floorAt: createScheduleFloor(spec.schedules),
    scrape,
    sides,
    origins: originsOf(spec),
    hasOwn: true,
  }
  const { from } = signals
  if (Object.values(sources).every((candidates) => candidates.length === 0))
    return { ...plan, hasOwn: false, endpoint: NO_ENDPOINT }
  if (from.scrape !== undefined) {
    const { port, path, scheme } = from.scrape
    return { ...plan, endpoint: { port, path, scheme } }
  }
  const { kind, name } = spec.target
  const prometheus = { ...scrape, ...serverFieldsOf(from.prometheus), workload: { kind, name } }
  return { ...plan, prometheus, endpoint: NO_ENDPOINT }
}

/** An outage is the same one until its breach is released. */
function bookRulesOf({ limits }: GuardSpec, scrape: ScrapeSpec): BookRules {
  return {
    mergeGapMs: limits.release.for,
    longestTickMs: longestTickMs(scrape),
    holdMs: limits.hold + 2 * scrape.intervalMs,
  }
}

/** The workload a Guard guards: always in its own namespace. */
export function targetOf(namespace: string, { kind, name }: GuardSpec['target']): TargetRef {
  return { kind, namespace, name }
}
