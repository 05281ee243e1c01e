// The loop of the Guards: begins a session for each, ticks it at its interval, and ends it when it is no longer ours.

import { capacityOf } from '../evaluate/evaluate.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { RawObject } from '../kube/resources.ts'
import { isHeldBy } from '../model/demand.ts'
import { describeFaults } from '../model/faults.ts'
import { validateGuardSpec } from '../model/validate.ts'
import type { Workload, WorkloadKind } from '../model/workload.ts'
import { bindingResourceOf } from '../record/diagnosis.ts'
import { closeIncident } from '../record/incidents.ts'
import type { GuardView, Metrics } from '../record/metrics.ts'
import type { ReconcileResult } from '../runtime/workqueue.ts'
import type { ActDeps } from './act-on.ts'
import { NO_ISOLATION } from './carry-isolation.ts'
import { standing } from './carry-ladder.ts'
import { bookCounts, UNCOUNTED } from './counts.ts'
import { createFleet } from './fleet.ts'
import type { GroupSource } from './group-views.ts'
import { planOf, targetOf } from './guard-plan.ts'
import { figuresNow, maintenanceReasons } from './ledger.ts'
import { objectivesNow } from './objectives.ts'
import { type ObserversDeps, openObservers } from './observers.ts'
import { isUnfit, refuse, type Unfit } from './refuse.ts'
import { watchResources } from './resources.ts'
import { restore } from './restore.ts'
import type { Session } from './session.ts'
import { createSurroundingsFinder, type FeatureSource, NO_SURROUNDINGS } from './surroundings.ts'
import { createTargetFinder, type PodSource, type ServiceSource } from './targets.ts'
import { tickWithin } from './tick.ts'
import { keepIncident, Superseded } from './write-status.ts'

export interface GuardLoopDeps extends ActDeps {
  readonly guards: { get(key: string): RawObject | undefined }
  readonly workloads: Readonly<Record<WorkloadKind, { get(key: string): Workload | undefined }>>
  readonly pods: PodSource
  readonly features: FeatureSource
  readonly failoverGroups: GroupSource
  readonly services: ServiceSource
  /** Whether this replica runs the loop: it leads, or has only lost contact with the API server. */
  readonly isOnDuty: () => boolean
  readonly fetcher: ObserversDeps['fetcher']
  readonly prometheus: ObserversDeps['prometheus']
  readonly events: Pick<EventRecorder, 'record'>
  readonly metrics: Pick<
    Metrics,
    'actions' | 'decisions' | 'vetoes' | 'requests' | 'scrapes' | 'tickDuration' | 'tickLag' | 'forgetGuard'
  >
  /** A Guard has become exhausted, or is it no longer. */
  readonly onExhausted?: () => void
  readonly signal: AbortSignal
}

export interface GuardLoop {
  reconcile(key: string): Promise<ReconcileResult>
  views(): Iterable<GuardView>
  /** Guards whose spec can't be used. */
  refused(): Iterable<Pick<GuardView, 'namespace' | 'name'>>
  /** The generation of the spec that the loop runs, so that a change of mere status wakes nobody. */
  generationOf(key: string): number | undefined
  /** Why the observer itself is suspected; undefined while it is not. */
  readonly panic: string | undefined
  close(): void
}

export function createGuardLoop(deps: GuardLoopDeps): GuardLoop {
  const sessions = new Map<string, Session | Unfit>()
  const targets = createTargetFinder(deps.pods, deps.services)
  const surroundings = createSurroundingsFinder(deps.pods, deps.features, deps.failoverGroups)
  const fleet = createFleet()
  const around = { targets, surroundings, fleet }

  function drop(key: string): void {
    const session = sessions.get(key)
    if (session !== undefined && !isUnfit(session)) {
      session.observer.close()
      session.resources.close()
    }
    sessions.delete(key)
    targets.forget(key)
    surroundings.forget(key)
    fleet.forget(key)
  }

  async function reconcile(key: string): Promise<ReconcileResult> {
    const guard = deps.guards.get(key)
    if (guard === undefined || !deps.isOnDuty()) {
      const session = sessions.get(key)
      if (guard === undefined && session !== undefined && !isUnfit(session)) await closeLast(session)
      drop(key)
      const [namespace = '', name = ''] = key.split('/')
      if (guard === undefined) await deps.metrics.forgetGuard(namespace, name)
      return {}
    }
    try {
      const session = await sessionOf(guard, key)
      if (session === undefined) return {}
      if (isUnfit(session)) return session.written ? {} : { requeueAfterMs: 1_000 }
      return await tickWithin(deps, session, around)
    } catch (error) {
      if (!(error instanceof Superseded)) throw error
      drop(key)
      deps.log.info({ guard: key }, `${key}: another replica has written its status; beginning again from that`)
      return { requeueAfterMs: 100 }
    }
  }

  async function closeLast(session: Session): Promise<void> {
    const { incident } = session.state
    if (incident === undefined) return
    await keepIncident(deps, session, closeIncident(incident, 'The Guard was deleted', deps.clock.now()))
  }

  /** The session of this Guard's spec as it is now: begun from the API server, or brought up to date. */
  async function sessionOf(guard: RawObject, key: string): Promise<Session | Unfit | undefined> {
    const known = sessions.get(key)
    if (known !== undefined && known.uid === guard.uid && known.generation === guard.generation) {
      if (isUnfit(known) && !known.written) await refuse(deps, known)
      return known
    }
    const own = known !== undefined && !isUnfit(known) && known.uid === guard.uid ? known : undefined
    if (own !== undefined) bookCounts(deps, own)
    drop(key)
    const validation = validateGuardSpec(guard.raw.spec)
    if (!validation.ok || validation.spec.mode === 'Paused') {
      const unfit: Unfit = {
        key,
        namespace: guard.namespace,
        name: guard.name,
        uid: guard.uid,
        generation: guard.generation,
        fault: validation.ok ? undefined : describeFaults(validation.faults),
        written: false,
      }
      sessions.set(key, unfit)
      await refuse(deps, unfit)
      return unfit
    }
    const plan = planOf(validation.spec)
    const target = targetOf(guard.namespace, plan.spec.target)
    const restored = await restore(deps.client, deps.clock, guard, target)
    if (restored === undefined) return undefined
    const resources = watchResources(deps, guard.namespace, plan.spec)
    // What this process saw itself goes on when nobody has seen more.
    const isLater = own !== undefined && own.seenAt > restored.seenAt
    const { seenAt } = isLater ? own : restored
    const { ledger, objectives } = isLater ? own.state : restored.state
    const fresh = { failures: 0, notBefore: 0, at: 0 }
    const session: Session = {
      key,
      namespace: guard.namespace,
      name: guard.name,
      uid: guard.uid,
      generation: guard.generation,
      plan,
      state: { ...restored.state, ledger, objectives },
      ...openObservers({ ...deps, tap: resources.tap }, guard.namespace, plan),
      resources,
      namedAt: 0,
      told: undefined,
      dueAt: undefined,
      seenAt,
      countedAt: UNCOUNTED,
      jumps: deps.clock.jumps,
      last: undefined,
      surroundings: NO_SURROUNDINGS,
      isolation: NO_ISOLATION,
      barred: undefined,
      wasSeen: false,
      gist: [],
      status: { ...fresh, value: restored.status, resourceVersion: restored.resourceVersion },
      incident: { ...fresh, value: restored.state.incident },
    }
    sessions.set(key, session)
    return session
  }

  return {
    reconcile,
    generationOf: (key) => sessions.get(key)?.generation,
    *views() {
      for (const session of sessions.values()) if (!isUnfit(session)) yield viewOf(session)
    },
    *refused() {
      for (const session of sessions.values()) if (isUnfit(session) && session.fault !== undefined) yield session
    },
    get panic() {
      return fleet.panic
    },
    close() {
      for (const key of [...sessions.keys()]) drop(key)
    },
  }
}

function viewOf(session: Session): GuardView {
  const { namespace, name, plan, last, state } = session
  const { rules } = plan
  const observations = last?.observations ?? {}
  return {
    namespace,
    name,
    observations,
    limits: state.limits,
    thresholds: { ...rules.thresholds, rps: capacityOf(rules, observations) },
    circuit: state.circuit,
    ladder: () => {
      const { features } = session.surroundings
      return {
        rung: standing(session)?.rung ?? 0,
        featuresOff: features.filter((feature) => isHeldBy(name, feature)).length,
      }
    },
    flows: state.flows,
    podsIsolated: state.isolations.filter(({ phase }) => phase === 'Out').length,
    conditions: state.conditions,
    inMaintenance: () => maintenanceReasons(session).length > 0,
    incidentOpen: state.incident !== undefined && state.incident.status.phase !== 'Resolved',
    seenAt: session.seenAt,
    bindingResource: bindingResourceOf(state.incident),
    recentActions: state.recentActions,
    objectives: () => objectivesNow(state),
    ledger: () => figuresNow(session),
  }
}
