// Metrics of the verdicts that load balancers are told.
import { Counter, Gauge, type Registry } from 'prom-client'
import { METRICS } from '../model/names.ts'

export interface ProbeMetricsSources {
  /** Answers since the start, by dialect and by what they said. */
  readonly answers: () => Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly services: () => Iterable<ServiceBackends>
}

interface ServiceBackends {
  readonly service: { readonly namespace: string; readonly name: string }
  readonly isPanic: boolean
  readonly pods: readonly { readonly place: 'in' | 'out' }[]
}

/** Adds them to the registry of createMetrics. */
export function registerProbeMetrics(registry: Registry, { answers, services }: ProbeMetricsSources): void {
  const registers = [registry]
  new Counter({
    name: METRICS.probeAnswers,
    help: 'Answers to load balancers, by dialect and by what they said: in, out, or unknown, which changes nothing.',
    labelNames: ['dialect', 'answer'],
    registers,
    collect() {
      this.reset()
      for (const [dialect, counts] of Object.entries(answers()))
        for (const [answer, count] of Object.entries(counts)) this.inc({ dialect, answer }, count)
    },
  })
  new Gauge({
    name: METRICS.serviceBackends,
    help: 'Pods behind a Service that load balancers should use (in) or not (out), in namespaces that somebody has asked of.',
    labelNames: ['namespace', 'service', 'place'],
    registers,
    collect() {
      this.reset()
      for (const { service, pods } of services()) {
        const labels = { namespace: service.namespace, service: service.name }
        for (const place of ['in', 'out'] as const)
          this.set({ ...labels, place }, pods.filter((pod) => pod.place === place).length)
      }
    },
  })
  new Gauge({
    name: METRICS.servicePanic,
    help: '1 while too few pods behind a Service are well, so that all are used; 0 otherwise.',
    labelNames: ['namespace', 'service'],
    registers,
    collect() {
      this.reset()
      for (const { service, isPanic } of services())
        this.set({ namespace: service.namespace, service: service.name }, isPanic ? 1 : 0)
    },
  })
}
