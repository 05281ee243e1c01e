// Metrics of Features and of the flag servers.
import { Counter, Gauge, type Registry } from 'prom-client'
import { effectiveFeature, FEATURE_STATES, isUsable, type StoredFeature } from '../model/feature.ts'
import { METRICS } from '../model/names.ts'

export interface FlagMetricsSources {
  readonly now: () => number
  readonly features: () => Iterable<StoredFeature>
  /** Requests to OFREP since the start, by what became of them. */
  readonly evaluations: () => Readonly<Record<string, number>>
  /** Streams held, by protocol. */
  readonly streams: () => Readonly<Record<string, number>>
}

/** Adds them to the registry of createMetrics. */
export function registerFlagMetrics(registry: Registry, sources: FlagMetricsSources): void {
  const registers = [registry]
  new Gauge({
    name: METRICS.featureState,
    help: '1 for the state that the Feature is in, 0 for the others. Every replica tells it.',
    labelNames: ['namespace', 'feature', 'tier', 'state'],
    registers,
    collect() {
      this.reset()
      for (const feature of sources.features()) {
        if (!isUsable(feature)) continue
        const { state } = effectiveFeature(feature, sources.now())
        const labels = { namespace: feature.namespace, feature: feature.name, tier: feature.spec.tier }
        for (const one of FEATURE_STATES) this.set({ ...labels, state: one }, one === state ? 1 : 0)
      }
    },
  })
  new Counter({
    name: METRICS.flagEvaluations,
    help: 'Requests over OFREP: one flag, all flags, unchanged (304), notFound or refused. In-process providers ask nothing.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset()
      for (const [outcome, count] of Object.entries(sources.evaluations())) this.inc({ outcome }, count)
    },
  })
  new Gauge({
    name: METRICS.flagStreams,
    help: 'Streams of flags that this replica holds, by protocol: ofrep or flagd.',
    labelNames: ['protocol'],
    registers,
    collect() {
      for (const [protocol, count] of Object.entries(sources.streams())) this.set({ protocol }, count)
    },
  })
}
