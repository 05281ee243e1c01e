// The metrics of whether a Guard's word counts just now: its service is under maintenance, or its spec is refused.
import { Gauge, type Registry } from 'prom-client'
import { METRICS } from '../model/names.ts'

interface NamedGuard {
  readonly namespace: string
  readonly name: string
}

export interface GuardedSources {
  readonly guards: () => Iterable<NamedGuard & { readonly inMaintenance: () => boolean }>
  /** Guards whose spec can't be used: they are not run, and have no other series. */
  readonly refused?: () => Iterable<NamedGuard>
}

export function registerGuardedGauges(registry: Registry, { guards, refused = () => [] }: GuardedSources): void {
  const common = { labelNames: ['namespace', 'guard'], registers: [registry] }
  new Gauge({
    ...common,
    name: METRICS.guardInMaintenance,
    help: '1 while the service is under maintenance, by the annotation or by a cron of the spec: its alerts are held back.',
    collect() {
      this.reset()
      for (const { namespace, name: guard, inMaintenance } of guards())
        this.set({ namespace, guard }, inMaintenance() ? 1 : 0)
    },
  })
  new Gauge({
    ...common,
    name: METRICS.guardRefused,
    help: '1 for each Guard whose spec is refused, so that it guards nothing; 0 for those that run.',
    collect() {
      this.reset()
      for (const { namespace, name: guard } of guards()) this.set({ namespace, guard }, 0)
      for (const { namespace, name: guard } of refused()) this.set({ namespace, guard }, 1)
    },
  })
}
