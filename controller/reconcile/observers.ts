// The observer of a Guard: of its own place, and of every other that its signals come from.
import type { Clock } from '../model/clock.ts'
import { createObserver, type GuardObserver, type ObserverDeps } from '../observe/observer.ts'
import type { PrometheusSource } from '../observe/prometheus/source.ts'
import { observeSeveral, type SeveralObserver } from '../observe/several.ts'
import type { ObserverTap } from '../observe/tap.ts'
import type { GuardPlan } from './guard-plan.ts'
import type { TargetFinder } from './targets.ts'

export interface ObserversDeps {
  readonly clock: Clock
  readonly fetcher: ObserverDeps['fetcher']
  readonly prometheus: PrometheusSource
  /** Looks on while the Guard's own pods are scraped. */
  readonly tap?: ObserverTap | undefined
}

/** Makes what a session looks through; `several` is the same observer where there are sides, whose targets it takes too. */
export function openObservers(
  { clock, fetcher, prometheus, tap }: ObserversDeps,
  namespace: string,
  plan: GuardPlan,
): { readonly observer: GuardObserver; readonly several: SeveralObserver | undefined } {
  const ownOf = () =>
    plan.prometheus === undefined
      ? createObserver({ clock, fetcher, tap }, plan.scrape)
      : prometheus.observer(namespace, plan.prometheus)
  if (plan.sides.length === 0) return { observer: ownOf(), several: undefined }
  const waitMs = plan.scrape.timeoutMs
  const sides = plan.sides.map((side) => ({
    signals: side.signals,
    observer:
      side.kind === 'service'
        ? createObserver({ clock, fetcher }, side.spec)
        : prometheus.observer(namespace, side.spec),
    isSlow: side.spec.timeoutMs > waitMs,
    isOfPods: side.kind === 'prometheus' && side.spec.workload !== undefined,
  }))
  const several = observeSeveral(plan.hasOwn ? ownOf() : undefined, sides, { clock, waitMs })
  return { observer: several, several }
}

/** Finds the pods behind the Services of a Guard's sides. */
export function aimSides(several: SeveralObserver, namespace: string, plan: GuardPlan, targets: TargetFinder): void {
  for (const [index, side] of plan.sides.entries()) {
    if (side.kind !== 'service') continue
    const { discovery, changed } = targets.findBehind(namespace, side.endpoint)
    if (changed) several.setSide(index, discovery)
  }
}
