// Keeps the status of Features true: overrides end, demands of Guards that are gone are dropped, state and reason follow.
import { patchStatus } from '../kube/apply.ts'
import type { KubeClient } from '../kube/client.ts'
import type { EventRecorder } from '../kube/events.ts'
import { isConflict, isNotFound } from '../kube/kube-errors.ts'
import { mergePatchOf } from '../kube/merge-patch.ts'
import { findObject } from '../kube/objects.ts'
import type { Reflector } from '../kube/reflector.ts'
import { FEATURES, GUARDS } from '../kube/resource-type.ts'
import type { RawObject } from '../kube/resources.ts'
import type { Clock } from '../model/clock.ts'
import { type JudgedCondition, transition } from '../model/conditions.ts'
import { messageOf } from '../model/errors.ts'
import { type FeatureStatus, featureStateAt, isUsable, type StoredFeature } from '../model/feature.ts'
import { CONDITIONS } from '../model/names.ts'
import type { Milliseconds } from '../model/units.ts'
import * as events from '../record/feature-events.ts'
import type { Logger } from '../record/log.ts'
import { timestamp } from '../record/status.ts'
import { createWorkqueue, type ReconcileResult } from '../runtime/workqueue.ts'

export interface FeatureLoopDeps {
  readonly client: KubeClient
  readonly clock: Clock
  readonly log: Logger
  readonly features: Pick<Reflector<StoredFeature>, 'get' | 'list' | 'byNamespace' | 'onChange'>
  readonly guards: Pick<Reflector<RawObject>, 'synced' | 'get' | 'onChange'>
  readonly events: Pick<EventRecorder, 'record'>
  readonly isLeading: () => boolean
}

export interface FeatureLoop {
  /** Looks at every Feature: a new leader does. */
  all(): void
  /** Takes no more work, and resolves when the work under way has ended. */
  drain(): Promise<void>
}

/** A timer may be early against the wall clock. */
const END_SLACK_MS: Milliseconds = 20
/** The wall clock may be set while we wait. */
const LOOK_AGAIN_MS: Milliseconds = 600_000
/** Somebody else has written: what they wrote is here soon. */
const AFTER_CONFLICT_MS: Milliseconds = 200

/** Follows the watches from now on. */
export function startFeatureLoop(deps: FeatureLoopDeps): FeatureLoop {
  const { clock, log, features, guards } = deps
  const queue = createWorkqueue({
    reconcile: (key) => reconcileFeature(deps, key),
    clock,
    concurrency: 4,
    onError: ({ key, error, retryAfterMs }) =>
      log.warn({ feature: key, err: error, retryAfterMs }, `Feature ${key}: ${messageOf(error)}`),
  })
  features.onChange((key, change) => {
    if (change === 'deleted') queue.forget(key)
    else queue.add(key)
  })
  guards.onChange((key, change) => {
    if (change !== 'deleted') return
    const [namespace = '', guard = ''] = key.split('/')
    for (const { name, status } of features.byNamespace(namespace))
      if (Object.hasOwn(status.demandedBy ?? {}, guard)) queue.add(`${namespace}/${name}`)
  })
  return {
    all() {
      for (const { namespace, name } of features.list()) queue.add(`${namespace}/${name}`)
    },
    drain: () => queue.drain(),
  }
}

/** Brings the status of one Feature to what is true now, and comes back when its override ends. Throws KubeError. */
export async function reconcileFeature(deps: FeatureLoopDeps, key: string): Promise<ReconcileResult> {
  const { client, clock, features, isLeading } = deps
  const feature = features.get(key)
  if (feature === undefined || !isLeading()) return {}
  const gone = await demandersThatAreGone(deps, feature)
  const next = nextStatus(feature, gone, clock.now())
  const patch = mergePatchOf(feature.status, next)
  if (patch !== undefined) {
    if (!isLeading()) return {}
    try {
      await patchStatus(client, FEATURES, feature, patch, { resourceVersion: feature.resourceVersion })
    } catch (error) {
      if (isNotFound(error)) return {}
      if (isConflict(error)) return { requeueAfterMs: AFTER_CONFLICT_MS }
      throw error
    }
    tell(deps, feature, next, gone)
  }
  const endsInMs = (feature.spec?.override?.until ?? 0) - clock.now()
  return endsInMs > 0 ? { requeueAfterMs: Math.min(endsInMs + END_SLACK_MS, LOOK_AGAIN_MS) } : {}
}

/** Asked of the API server too: a watch that lags must not switch a feature on. */
async function demandersThatAreGone(deps: FeatureLoopDeps, feature: StoredFeature): Promise<readonly string[]> {
  const { client, guards } = deps
  const { namespace, status } = feature
  if (!guards.synced) return []
  const missing = Object.keys(status.demandedBy ?? {}).filter(
    (name) => guards.get(`${namespace}/${name}`) === undefined,
  )
  const found = await Promise.all(missing.map((name) => findObject(client, GUARDS, { namespace, name })))
  return missing.filter((_, index) => found[index] === undefined)
}

/** The status as it should be at `now`. Pure. */
function nextStatus(feature: StoredFeature, gone: readonly string[], now: number): FeatureStatus {
  const { status, fault, generation } = feature
  const demands = Object.entries(status.demandedBy ?? {}).filter(([guard]) => !gone.includes(guard))
  const demandedBy = demands.length === 0 ? undefined : Object.fromEntries(demands)
  const kept = { ...status, demandedBy }
  const conditions = transition(status.conditions ?? [], [accepted(fault, generation)], timestamp(now))
  const state = isUsable(feature) ? featureStateAt({ spec: feature.spec, status: kept }, now) : {}
  return { ...kept, observedGeneration: generation, conditions, ...state }
}

function accepted(fault: string | undefined, observedGeneration: number): JudgedCondition {
  const about = { type: CONDITIONS.accepted, observedGeneration }
  return fault === undefined
    ? { ...about, status: 'True', reason: 'SpecValid', message: 'The spec is accepted.' }
    : { ...about, status: 'False', reason: 'SpecInvalid', message: fault }
}

function tell(deps: FeatureLoopDeps, feature: StoredFeature, next: FeatureStatus, gone: readonly string[]): void {
  const { status, fault } = feature
  const key = `${feature.namespace}/${feature.name}`
  const subject = events.featureSubject(feature)
  const say = (event: ReturnType<typeof events.overrideEnded>) => {
    deps.events.record(event)
    deps.log.info({ feature: key }, `${key}: ${event.note}`)
  }
  const reason = next.reason ?? ''
  if (next.state === 'Overridden' && (status.state !== 'Overridden' || status.reason !== reason))
    say(events.overridden(subject, feature.spec?.override?.value, reason))
  if (status.state === 'Overridden' && next.state !== undefined && next.state !== 'Overridden')
    say(events.overrideEnded(subject, next.state))
  for (const guard of gone) say(events.demandDropped(subject, guard))
  const told = status.conditions?.find(({ type }) => type === CONDITIONS.accepted)?.message
  if (fault !== undefined && told !== fault) say(events.featureRejected(subject, fault))
}
