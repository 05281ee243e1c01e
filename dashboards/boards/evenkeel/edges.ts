// What goes in and out: scrapes, queries, the Kubernetes API, Events, decisions, flags.
import { METRICS } from '../../../controller/model/names.ts'
import { bars, line } from '../../kit/line.ts'
import { countRate, increase, quantile, rate, type Scope, select } from '../../kit/promql.ts'
import type { Row } from '../../kit/tile.ts'

export function observingRow(scope: Scope): Row {
  return {
    title: 'Observing',
    tiles: [
      line({
        title: 'Scrapes',
        description: 'Scrapes of pods, by outcome.',
        unit: 'ops',
        queries: [{ expr: rate(METRICS.scrapes, scope, ['outcome']), legend: '{{outcome}}' }],
        width: 12,
      }),
      line({
        title: 'Queries',
        description: 'Queries to Prometheus servers, by outcome; one asks for all Guards of a server.',
        unit: 'ops',
        queries: [{ expr: rate(METRICS.queries, scope, ['outcome']), legend: '{{outcome}}' }],
        width: 12,
      }),
    ],
  }
}

export function decidingRow(scope: Scope): Row {
  return {
    title: 'Deciding',
    tiles: [
      bars({
        title: 'Acts',
        description: 'Acts of all Guards, by remedy and outcome.',
        unit: 'none',
        queries: [{ expr: increase(METRICS.actions, scope, ['remedy', 'outcome']), legend: '{{remedy}}: {{outcome}}' }],
      }),
      bars({
        title: 'Decisions',
        description: 'Decisions of all Guards, by verdict.',
        unit: 'none',
        queries: [{ expr: increase(METRICS.decisions, scope, ['verdict']), legend: '{{verdict}}' }],
      }),
      bars({
        title: 'Vetoes',
        description: 'Vetoes of all Guards, by interlock.',
        unit: 'none',
        queries: [{ expr: increase(METRICS.vetoes, scope, ['interlock']), legend: '{{interlock}}' }],
      }),
    ],
  }
}

export function kubernetesRow(scope: Scope): Row {
  const { kubeRequestDuration } = METRICS
  return {
    title: 'Kubernetes API',
    tiles: [
      line({
        title: 'Requests',
        description: 'By method and status; 0 means that there was no answer.',
        unit: 'ops',
        queries: [
          { expr: countRate(kubeRequestDuration, scope, ['method', 'status']), legend: '{{method}} {{status}}' },
        ],
      }),
      line({
        title: 'Duration, p99',
        description: 'The 99th percentile, by method.',
        unit: 's',
        queries: [{ expr: quantile(0.99, kubeRequestDuration, scope, ['method']), legend: '{{method}}' }],
      }),
      line({
        title: 'Events',
        description: 'Kubernetes Events, by what became of them.',
        unit: 'ops',
        queries: [{ expr: rate(METRICS.events, scope, ['outcome']), legend: '{{outcome}}' }],
      }),
    ],
  }
}

export function flagsRow(scope: Scope): Row {
  return {
    title: 'Flags',
    tiles: [
      line({
        title: 'Flag evaluations',
        description: 'Requests over OFREP, by what became of them. In-process providers ask nothing.',
        unit: 'ops',
        queries: [{ expr: rate(METRICS.flagEvaluations, scope, ['outcome']), legend: '{{outcome}}' }],
        width: 12,
      }),
      line({
        title: 'Flag streams',
        description: 'Streams of flags that each replica holds, by protocol.',
        unit: 'none',
        queries: [
          {
            expr: `max by (instance, protocol) (${select(METRICS.flagStreams, scope)})`,
            legend: '{{instance}} {{protocol}}',
          },
        ],
        width: 12,
      }),
    ],
  }
}
