// The metrics of what remedies are of use: read from the acts and pods in status, so that a new leader tells the same.
import { Gauge, type Registry } from 'prom-client'
import type { Action } from '../model/guard-status.ts'
import { METRICS } from '../model/names.ts'
import { failingInARow, isRemedyPending, reversalsUpTo } from '../model/recent-acts.ts'
import type { EpochMs } from '../model/units.ts'

export interface ActView {
  readonly namespace: string
  readonly name: string
  /** When it was last looked at. */
  readonly seenAt: EpochMs
  /** Newest last. */
  readonly recentActions: readonly Action[]
  /** Pods that it has taken out. */
  readonly podsIsolated: number
}

export function registerActGauges(registry: Registry, guards: () => Iterable<ActView>): void {
  const gauge = (name: string, help: string, read: (view: ActView) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['namespace', 'guard'],
      registers: [registry],
      collect() {
        this.reset()
        for (const view of guards()) this.set({ namespace: view.namespace, guard: view.name }, read(view))
      },
    })
  gauge(
    METRICS.guardPodsIsolated,
    'Pods that the Guard has taken out of load balancing.',
    ({ podsIsolated }) => podsIsolated,
  )
  gauge(
    METRICS.guardRemedyPending,
    '1 while an act on a breach is inside the time in which it should show.',
    ({ recentActions }) => (isRemedyPending(recentActions) ? 1 : 0),
  )
  gauge(
    METRICS.guardActsFailing,
    'How many of the newest acts on a breach failed or did not help, one after the other.',
    ({ recentActions }) => failingInARow(recentActions),
  )
  gauge(
    METRICS.guardActReversals,
    'How many acts of the last hour, of those in status, took back what the one before had done; of the field that went to and fro the most.',
    ({ recentActions, seenAt }) => reversalsUpTo(recentActions, seenAt),
  )
}
