// Evenkeel's own metrics. Gauges of Guards are read from the loop when someone scrapes, so a tick pays nothing for them.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { LimitName, LimitStates } from '../model/assessment.ts'
import { LIMITS } from '../model/assessment.ts'
import { CIRCUIT_STATES, type Circuit } from '../model/circuit.ts'
import type { Condition } from '../model/conditions.ts'
import type { FlowLimit } from '../model/ladder.ts'
import type { LedgerFigures } from '../model/ledger.ts'
import { METRICS } from '../model/names.ts'
import type { ResourceName } from '../model/resource.ts'
import { type Observations, SIGNALS } from '../model/signal.ts'
import { type ActView, registerActGauges } from './act-metrics.ts'
import { type GuardedSources, registerGuardedGauges } from './guarded-metrics.ts'
import { registerLedgerGauges } from './ledger-metrics.ts'
import { registerObjectiveGauges } from './objective-metrics.ts'
import type { ToldObjective } from './objectives.ts'
import { type RequestCounters, registerRequestCounters } from './request-metrics.ts'

/** What /metrics shows of one Guard. */
export interface GuardView extends ActView {
  readonly observations: Observations
  readonly limits: LimitStates
  /** What each limit is now, in base units; the one of rps moves with the ready replicas. */
  readonly thresholds: Readonly<Partial<Record<LimitName, number | undefined>>>
  readonly circuit: Circuit | undefined
  /** The rung it stands on, and how many Features it asks to be off. */
  readonly ladder: () => { readonly rung: number; readonly featuresOff: number }
  readonly flows: readonly FlowLimit[]
  readonly conditions: readonly Condition[]
  readonly incidentOpen: boolean
  readonly inMaintenance: () => boolean
  /** The resource that binds, while an Incident is open and that is known. */
  readonly bindingResource: ResourceName | undefined
  readonly objectives: () => readonly ToldObjective[]
  /** The figures of the last 30 days; undefined before the first tick. */
  readonly ledger: () => LedgerFigures | undefined
}

export interface Metrics {
  readonly registry: Registry
  readonly actions: Counter<'namespace' | 'guard' | 'remedy' | 'direction' | 'outcome'>
  readonly decisions: Counter<'namespace' | 'guard' | 'verdict'>
  readonly vetoes: Counter<'namespace' | 'guard' | 'interlock'>
  readonly scrapes: Counter<'outcome'>
  readonly queries: Counter<'outcome'>
  readonly alertPushes: Counter<'outcome'>
  readonly requests: RequestCounters
  readonly tickDuration: Histogram
  readonly tickLag: Histogram
  readonly kubeRequests: Histogram<'method' | 'status'>
  /** Drops what was counted for a Guard that was deleted, so that many short-lived ones don't add up. */
  forgetGuard(namespace: string, name: string): Promise<void>
}

export interface MetricsSources extends Pick<GuardedSources, 'refused'> {
  readonly version: string
  readonly isLeading: () => boolean
  readonly guards: () => Iterable<GuardView>
  /** How many Kubernetes Events became what, since the start. */
  readonly events: () => Readonly<Record<string, number>>
  /** Why the observer itself is suspected; undefined while it is not. */
  readonly panic?: () => string | undefined
}

/** Registers every metric of names.ts in a registry of its own. */
export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  registerGauges(registry, sources)
  registerObjectiveGauges(registry, sources.guards)
  registerActGauges(registry, sources.guards)
  registerGuardedGauges(registry, sources)
  const requests = registerRequestCounters(registry)
  const guard = ['namespace', 'guard'] as const
  const actions = new Counter({
    name: METRICS.actions,
    help: 'Acts, by remedy, direction and outcome: up applies a remedy or more of it, down takes a step of it back.',
    labelNames: [...guard, 'remedy', 'direction', 'outcome'],
    registers,
  })
  const decisions = new Counter({
    name: METRICS.decisions,
    help: 'Decisions on proposals: Acted, WouldAct, Vetoed or Failed. Repeats of the same decision count once.',
    labelNames: [...guard, 'verdict'],
    registers,
  })
  const vetoes = new Counter({
    name: METRICS.vetoes,
    help: 'Vetoes of proposals, by interlock. Repeats of the same decision count once.',
    labelNames: [...guard, 'interlock'],
    registers,
  })
  const scrapes = new Counter({
    name: METRICS.scrapes,
    help: 'Scrapes of pods, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  const queries = new Counter({
    name: METRICS.queries,
    help: 'Queries to Prometheus servers, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  const alertPushes = new Counter({
    name: METRICS.alertPushes,
    help: 'Pushes of alerts to Alertmanagers, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  // A counter that begins with its first failure would hide that one from rate().
  for (const counter of [scrapes, queries, alertPushes])
    for (const outcome of ['ok', 'failed']) counter.inc({ outcome }, 0)
  return {
    registry,
    actions,
    decisions,
    vetoes,
    scrapes,
    queries,
    alertPushes,
    requests,
    async forgetGuard(namespace, name) {
      requests.forget(namespace, name)
      await Promise.all([actions, decisions, vetoes].map((counter) => removeSeries(counter, namespace, name)))
    },
    tickDuration: new Histogram({
      name: METRICS.tickDuration,
      help: 'Time from the start of a tick to the end of what it did.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    tickLag: new Histogram({
      name: METRICS.tickLag,
      help: 'How late a tick began.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    kubeRequests: new Histogram({
      name: METRICS.kubeRequestDuration,
      help: 'Requests to the Kubernetes API; status 0 means there was no answer.',
      labelNames: ['method', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
  }
}

async function removeSeries<T extends string>(counter: Counter<T>, namespace: string, guard: string): Promise<void> {
  for (const { labels } of (await counter.get()).values) {
    const of: Readonly<Record<string, unknown>> = labels
    if (of.namespace === namespace && of.guard === guard) counter.remove(labels)
  }
}

function registerGauges(registry: Registry, { version, isLeading, guards, events, panic }: MetricsSources): void {
  const registers = [registry]
  const labelNames = ['namespace', 'guard']
  /** A gauge whose every series is read anew, so that a deleted Guard leaves none behind. */
  const gauge = (name: string, help: string, extra: string[], read: (view: GuardView) => Iterable<[string, number]>) =>
    new Gauge({
      name,
      help,
      labelNames: [...labelNames, ...extra],
      registers,
      collect() {
        this.reset()
        for (const view of guards()) {
          for (const [label, value] of read(view)) {
            const [key] = extra
            const labels = {
              namespace: view.namespace,
              guard: view.name,
              ...(key === undefined ? {} : { [key]: label }),
            }
            this.set(labels, value)
          }
        }
      },
    })

  gauge(
    METRICS.guardSignal,
    'Value of each known signal in base units: seconds, ratios, requests per second.',
    ['signal'],
    function* (view) {
      for (const name of SIGNALS) {
        const observation = view.observations[name]
        if (observation?.kind === 'ok' && !name.startsWith('replicas')) yield [name, observation.value]
      }
    },
  )
  gauge(
    METRICS.guardSignalUnknown,
    '1 for each signal that is unknown, 0 for each that is known.',
    ['signal'],
    function* (view) {
      for (const name of SIGNALS) {
        const observation = view.observations[name]
        if (observation !== undefined) yield [name, observation.kind === 'unknown' ? 1 : 0]
      }
    },
  )
  gauge(METRICS.guardBreached, '1 for each limit that is breached.', ['limit'], function* (view) {
    for (const limit of LIMITS) yield [limit, view.limits[limit]?.phase === 'breached' ? 1 : 0]
  })
  gauge(
    METRICS.guardLimit,
    'Each limit in base units; that of rps is what the ready replicas can serve.',
    ['limit'],
    function* ({ thresholds }) {
      for (const limit of LIMITS) {
        const threshold = thresholds[limit]
        if (threshold !== undefined) yield [limit, threshold]
      }
    },
  )
  gauge(METRICS.guardLastAction, 'When each remedy last acted, of the acts in status.', ['remedy'], lastActions)
  gauge(
    METRICS.guardCircuitState,
    '1 for the state that the circuit is in, 0 for the others; in the mode MetricsOnly, that it would be in.',
    ['state'],
    function* ({ circuit }) {
      if (circuit !== undefined) for (const state of CIRCUIT_STATES) yield [state, circuit.judged === state ? 1 : 0]
    },
  )
  gauge(METRICS.guardRung, 'The highest remedy in use, counted from 1; 0 when none is.', [], function* (view) {
    yield ['', view.ladder().rung]
  })
  gauge(METRICS.guardFeaturesOff, 'Features that the Guard asks to be off.', [], function* (view) {
    yield ['', view.ladder().featuresOff]
  })
  gauge(METRICS.guardFlowLimit, 'Requests per second that each limited flow lets in.', ['flow'], function* ({ flows }) {
    for (const { flow, limit } of flows) yield [flow, limit]
  })
  gauge(METRICS.guardCondition, 'Conditions: 1 True, 0 False, -1 Unknown.', ['condition'], function* (view) {
    for (const { type, status } of view.conditions) yield [type, status === 'True' ? 1 : status === 'False' ? 0 : -1]
  })
  gauge(METRICS.guardReplicas, 'Replicas of the target: wanted and ready.', ['state'], function* (view) {
    const { replicasWanted, replicasReady } = view.observations
    if (replicasWanted?.kind === 'ok') yield ['wanted', replicasWanted.value]
    if (replicasReady?.kind === 'ok') yield ['ready', replicasReady.value]
  })
  gauge(METRICS.guardIncidentOpen, '1 while an Incident is open or mitigated.', [], function* (view) {
    yield ['', view.incidentOpen ? 1 : 0]
  })
  gauge(
    METRICS.guardBindingResource,
    '1 for the resource that binds while an Incident is open; no series while that is not known.',
    ['resource'],
    function* ({ bindingResource }) {
      if (bindingResource !== undefined) yield [bindingResource, 1]
    },
  )
  registerLedgerGauges(registry, guards)
  new Counter({
    name: METRICS.events,
    help: 'Kubernetes Events, by what became of them: sent, repeated, dropped or failed.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset()
      for (const [outcome, count] of Object.entries(events())) this.inc({ outcome }, count)
    },
  })
  new Gauge({
    name: METRICS.fleetPanic,
    help: '1 while so many Guards are in trouble at once that the observer is suspected, and no replicas are changed.',
    registers,
    collect() {
      this.set(panic?.() === undefined ? 0 : 1)
    },
  })
  new Gauge({
    name: METRICS.leader,
    help: '1 while this replica leads.',
    registers,
    collect() {
      this.set(isLeading() ? 1 : 0)
    },
  })
  new Gauge({ name: METRICS.buildInfo, help: 'Version of Evenkeel.', labelNames: ['version'], registers }).set(
    { version },
    1,
  )
}

function lastActions({ recentActions }: GuardView): Iterable<[string, number]> {
  const done = recentActions.filter(({ outcome }) => outcome === 'Done')
  return new Map(done.map(({ remedy, at }) => [remedy, Date.parse(at) / 1000]))
}
