// What the tests of reconcile share: the namespace "shop", a session of shop/checkout, and a leader with a clock of its own.
import { afterEach, beforeEach } from 'vitest'
import { connectKube, type KubeClient } from '../../controller/kube/client.ts'
import { systemClock } from '../../controller/model/clock.ts'
import { GUARD_SPEC } from '../../controller/model/guard.ts'
import type { Action, GuardStatus } from '../../controller/model/guard-status.ts'
import { createObserver } from '../../controller/observe/observer.ts'
import { createResourceWatch } from '../../controller/observe/resources/watch.ts'
import { createFetcher } from '../../controller/observe/scrape/fetcher.ts'
import type { ActDeps } from '../../controller/reconcile/act-on.ts'
import { NO_ISOLATION } from '../../controller/reconcile/carry-isolation.ts'
import { UNCOUNTED } from '../../controller/reconcile/counts.ts'
import { planOf, targetOf } from '../../controller/reconcile/guard-plan.ts'
import { type Restored, restore } from '../../controller/reconcile/restore.ts'
import type { Session } from '../../controller/reconcile/session.ts'
import { NO_SURROUNDINGS } from '../../controller/reconcile/surroundings.ts'
import { createLogger } from '../../controller/record/log.ts'
import { createSteadyClock } from '../../controller/runtime/steady-clock.ts'
import { createTokenBucket } from '../../controller/runtime/token-bucket.ts'
import { type ManualClock, manualClock } from '../runtime/manual-clock.ts'
import { DEPLOYMENT, GUARD, type ShopApi, startShopApi } from './shop-api.ts'

export const SPEC = {
  mode: 'Enforce',
  target: { kind: 'Deployment', name: 'checkout' },
  remedies: [{ scale: { min: 2, max: 10 } }],
} as const
export const TARGET = targetOf('shop', SPEC.target)
const REF = { namespace: 'shop', name: 'checkout' }

/** One controller process. */
export interface Leader {
  readonly deps: ActDeps
  /** Whether it believes that it leads. */
  lead(leading: boolean): void
  restore(): Promise<Restored | undefined>
  /** Begins a session from what the API server holds. */
  begin(): Promise<Session>
}

export interface Rig {
  readonly api: ShopApi
  readonly time: ManualClock
  /** Sets the wall clock, which `time` does not follow. */
  jump(ms: number): void
  /** A process that leads, with connections of its own. */
  leader(options?: { readonly readings?: number }): Promise<Leader>
}

/** Registers the hooks: each test begins with the Guard shop/checkout, and its Deployment at 2 replicas. */
export function useRig(): Rig {
  let current: { readonly api: ShopApi; readonly time: ManualClock; jumpedMs: number } | undefined
  const clients: KubeClient[] = []

  function running() {
    if (current === undefined) throw new Error('the rig is only there inside a test')
    return current
  }

  beforeEach(async () => {
    const api = await startShopApi()
    api.put(GUARD, { metadata: { uid: 'g', generation: 1 }, spec: SPEC })
    api.put(DEPLOYMENT, { spec: { replicas: 2 } })
    current = { api, time: manualClock(), jumpedMs: 0 }
  })
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()))
    await running().api.double.close()
  })

  return {
    get api() {
      return running().api
    },
    get time() {
      return running().time
    },
    jump(ms) {
      running().jumpedMs += ms
    },
    async leader({ readings = 50 } = {}) {
      const now = running()
      const { kubeconfigPath } = now.api.double
      const client = await connectKube({ kubeconfigPath, requestTimeoutMs: 5_000, clock: systemClock })
      clients.push(client)
      const clock = createSteadyClock({ ...now.time, now: () => now.time.now() + now.jumpedMs })
      let leading = true
      const deps: ActDeps = {
        client,
        clock,
        log: createLogger('silent'),
        isLeading: () => leading,
        readings: createTokenBucket({ perSecond: 0.001, burst: readings, clock }),
      }
      const restoreNow = () => restore(client, clock, REF, TARGET)
      return {
        deps,
        lead(is) {
          leading = is
        },
        restore: restoreNow,
        async begin() {
          const restored = await restoreNow()
          if (restored === undefined) throw new Error('there is no Guard to begin a session of')
          return sessionOf(deps, restored)
        },
      }
    },
  }
}

function sessionOf({ clock }: ActDeps, { state, status, seenAt, resourceVersion }: Restored): Session {
  const plan = planOf(GUARD_SPEC.parse(SPEC))
  const fresh = { failures: 0, notBefore: 0, at: 0 }
  return {
    key: 'shop/checkout',
    ...REF,
    uid: 'g',
    generation: 1,
    plan,
    observer: createObserver({ clock, fetcher: createFetcher() }, plan.scrape),
    resources: createResourceWatch({ clock, fetcher: createFetcher() }, []),
    namedAt: 0,
    several: undefined,
    state,
    told: undefined,
    dueAt: undefined,
    seenAt,
    countedAt: UNCOUNTED,
    jumps: 0,
    last: undefined,
    surroundings: NO_SURROUNDINGS,
    isolation: NO_ISOLATION,
    barred: undefined,
    wasSeen: false,
    gist: [],
    status: { ...fresh, value: status, resourceVersion },
    incident: { ...fresh, value: state.incident },
  }
}

/** The status that only tells of the acts. */
export function actsOf({ state }: Session): GuardStatus {
  return { recentActions: [...state.recentActions], raisedMinimum: state.raisedMinimum }
}

/** An act that was announced: from 2 to 4 replicas. */
export function anAct(more: Partial<Action> = {}): Action {
  return {
    id: 'a-2-4',
    at: '2026-01-01T00:00:00.000Z',
    remedy: 'scale',
    field: 'Deployment/checkout replicas',
    from: 2,
    to: 4,
    why: 'CPU is 95 %',
    outcome: 'Pending',
    ...more,
  }
}
