// The metrics of the ledger: how a service has fared over 30 days.
import { Gauge, type Registry } from 'prom-client'
import type { LedgerFigures } from '../model/ledger.ts'
import { METRICS } from '../model/names.ts'

interface LedgerView {
  readonly namespace: string
  readonly name: string
  readonly ledger: () => LedgerFigures | undefined
}

export function registerLedgerGauges(registry: Registry, guards: () => Iterable<LedgerView>): void {
  const registers = [registry]
  const labelNames = ['namespace', 'guard']
  /** A figure that is null has no series: there is nothing to make it of. */
  const figure = (name: string, help: string, key: keyof LedgerFigures) =>
    new Gauge({
      name,
      help: `${help}, over 30 days.`,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const { namespace, name: guard, ledger } of guards()) {
          const value = ledger()?.[key]
          if (typeof value === 'number') this.set({ namespace, guard }, value)
        }
      },
    })
  figure(METRICS.guardAvailability, 'Up ÷ (up + down)', 'availability')
  figure(METRICS.guardMtbf, 'Mean operating time between outages', 'mtbfSeconds')
  figure(
    METRICS.guardMttr,
    'Mean time from impact to service restored; a lower bound while an outage is open',
    'mttrSeconds',
  )
  figure(METRICS.guardOutages, 'Outages', 'outages')
  figure(METRICS.guardLedgerCoverage, 'The share of the observed time outside maintenance that is known', 'coverage')
  new Gauge({
    name: METRICS.guardLedgerSeconds,
    help: 'Seconds of the ledger: observed, and of them down, unknown and maintenance, over 30 days.',
    labelNames: [...labelNames, 'state'],
    registers,
    collect() {
      this.reset()
      for (const { namespace, name: guard, ledger } of guards()) {
        const figures = ledger()
        if (figures === undefined) continue
        for (const state of ['observed', 'down', 'unknown', 'maintenance'] as const)
          this.set({ namespace, guard, state }, figures[state])
      }
    },
  })
}
