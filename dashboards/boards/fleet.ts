// The board of all Guards: how many are well, and each one on a row.
import { ALERTS, CONDITIONS, METRICS } from '../../controller/model/names.ts'
import { annotationsOf } from '../kit/annotations.ts'
import { type Board, boardOf } from '../kit/board.ts'
import { bars, line } from '../kit/line.ts'
import { toBoards } from '../kit/links.ts'
import { increase, type MetricName, perFeature, perGuard, type Scope, select } from '../kit/promql.ts'
import { type StatOptions, stat } from '../kit/stat.ts'
import { states } from '../kit/states.ts'
import { type Column, table } from '../kit/table.ts'
import { CONDITION_WORDS, MAINTENANCE_WORDS, YES_NO } from '../kit/thresholds.ts'
import { type Row, seenIn } from '../kit/tile.ts'
import { datasource, job, namespace } from '../kit/variables.ts'
import { backendsRow } from './fleet/backends.ts'
import type { BoardOptions } from './options.ts'
import { CIRCUIT_WORDS, circuitState } from './service/control.ts'
import { FEATURE_WORDS, featureState } from './service/ladder.ts'
import { SERVICE_OF_ROW, UIDS } from './uids.ts'

const SCOPE: Scope = { matchers: ['namespace=~"$namespace"'] }
/** Of the whole controller: it has no namespace. */
const CONTROLLER: Scope = { matchers: ['job="$job"'] }
const { accepted, healthy, observed, exhausted } = CONDITIONS

export function fleetBoard({ runbooks }: BoardOptions): Board {
  return boardOf({
    uid: UIDS.fleet,
    title: 'Evenkeel / Fleet',
    description: 'All Guards at a glance, each on a row.',
    tags: ['fleet'],
    from: 'now-1h',
    refresh: '10s',
    variables: [datasource(), namespace({ many: true }), job()],
    annotations: annotationsOf(SCOPE),
    links: [toBoards()],
    runbooks,
    rows: [countsRow(), guardsRow(), courseRow(), backendsRow(SCOPE)],
  })
}

const condition = (type: string) => perGuard(METRICS.guardCondition, SCOPE, { condition: type })
const signal = (name: string) => perGuard(METRICS.guardSignal, SCOPE, { signal: name })
/** How many Guards: 0, and not nothing, when it is none of them. */
const howMany = (expr: string, comparison: string) => `sum(${expr} ${comparison.replace(/^(\S+)/, '$1 bool')})`

function countsRow(): Row {
  const count = (title: string, description: string, expr: string, options: StatOptions) =>
    stat({ title, description, unit: 'none', queries: [{ expr, legend: '' }] }, options)
  return {
    title: 'Guards',
    tiles: [
      count('Guards', 'Guards that are watched.', `count(${condition(accepted)})`, {}),
      count('Healthy', 'Guards with no breached limit.', howMany(condition(healthy), '== 1'), { base: 'green' }),
      count('Not healthy', 'Guards with a breached limit.', howMany(condition(healthy), '== 0'), {
        base: 'green',
        steps: [[1, 'red']],
      }),
      seenIn(
        count('Not observed', 'Guards that do not see all of their service.', howMany(condition(observed), '!= 1'), {
          base: 'green',
          steps: [[1, 'purple']],
        }),
        ALERTS.signalsUnknown,
      ),
      seenIn(
        count('Exhausted', 'Guards with no remedy left: each needs a human.', howMany(condition(exhausted), '== 1'), {
          base: 'green',
          steps: [[1, 'red']],
        }),
        ALERTS.exhausted,
      ),
      seenIn(
        count(
          'Refused',
          'Guards whose spec can’t be used: they guard nothing.',
          `sum(${perGuard(METRICS.guardRefused, SCOPE)})`,
          {
            base: 'green',
            steps: [[1, 'red']],
          },
        ),
        ALERTS.guardRefused,
        ALERTS.metricsAbsent,
      ),
      count(
        'Open incidents',
        'Incidents that are not resolved.',
        `sum(${perGuard(METRICS.guardIncidentOpen, SCOPE)})`,
        {
          base: 'green',
          steps: [[1, 'red']],
        },
      ),
      count(
        'Remedies at work',
        'Guards with an act inside the time in which it should show.',
        `sum(${perGuard(METRICS.guardRemedyPending, SCOPE)})`,
        { base: 'green', steps: [[1, 'orange']] },
      ),
      count(
        'In maintenance',
        'Guards whose service is under maintenance: their alerts wait.',
        `sum(${perGuard(METRICS.guardInMaintenance, SCOPE)})`,
        { base: 'green', steps: [[1, 'purple']] },
      ),
      count(
        'Features off',
        'Features that any Guard asks to be off, and that no person has overridden.',
        `sum(${perFeature(METRICS.featureState, SCOPE, { state: 'Degraded' })})`,
        { base: 'green', steps: [[1, 'orange']], noValue: 'no Feature' },
      ),
      seenIn(
        count(
          'Fleet panic',
          'Whether so many Guards are in trouble at once that the observer is suspected, and no replicas are changed.',
          `max(${select(METRICS.fleetPanic, CONTROLLER)})`,
          { words: YES_NO },
        ),
        ALERTS.fleetPanic,
      ),
    ],
  }
}

/** One line adds a column. */
const COLUMNS: readonly Column[] = [
  { name: 'healthy', expr: condition(healthy), unit: 'none', words: CONDITION_WORDS },
  { name: 'circuit', expr: circuitState(SCOPE), unit: 'none', words: CIRCUIT_WORDS },
  { name: 'incident', expr: perGuard(METRICS.guardIncidentOpen, SCOPE), unit: 'none', words: YES_NO },
  {
    name: 'maintenance',
    expr: perGuard(METRICS.guardInMaintenance, SCOPE),
    unit: 'none',
    words: MAINTENANCE_WORDS,
  },
  { name: 'rung', expr: perGuard(METRICS.guardRung, SCOPE), unit: 'none' },
  { name: 'features off', expr: perGuard(METRICS.guardFeaturesOff, SCOPE), unit: 'none' },
  { name: 'requests', expr: signal('rps'), unit: 'reqps' },
  { name: 'errors', expr: signal('errors'), unit: 'percentunit' },
  { name: 'p99', expr: signal('latencyP99'), unit: 's' },
  { name: 'CPU', expr: signal('cpu'), unit: 'percentunit' },
  { name: 'pool', expr: signal('pool'), unit: 'percentunit' },
  { name: 'queue', expr: signal('queue'), unit: 'short' },
  { name: 'wanted', expr: perGuard(METRICS.guardReplicas, SCOPE, { state: 'wanted' }), unit: 'none' },
  { name: 'ready', expr: perGuard(METRICS.guardReplicas, SCOPE, { state: 'ready' }), unit: 'none' },
  { name: 'availability', expr: perGuard(METRICS.guardAvailability, SCOPE), unit: 'percentunit' },
]

function guardsRow(): Row {
  return {
    title: 'Each Guard',
    tiles: [
      table(
        {
          title: 'Each Guard',
          description:
            'What every Guard sees now. An empty cell is a signal that is unknown or not there. The name leads to its board.',
          height: 12,
        },
        {
          labels: ['namespace', 'guard'],
          columns: COLUMNS,
          links: [{ label: 'guard', title: 'Its board', url: SERVICE_OF_ROW }],
        },
      ),
    ],
  }
}

function courseRow(): Row {
  const overTime = (title: string, description: string, unit: string, metric: MetricName, name: string) =>
    line({
      title,
      description,
      unit,
      queries: [{ expr: perGuard(metric, SCOPE, { signal: name }), legend: '{{namespace}}/{{guard}}' }],
    })
  return {
    title: 'Over time',
    tiles: [
      states(
        {
          title: 'Healthy',
          description: 'The condition Healthy of every Guard.',
          unit: 'none',
          queries: [{ expr: condition(healthy), legend: '{{namespace}}/{{guard}}' }],
          width: 24,
          height: 10,
        },
        CONDITION_WORDS,
      ),
      states({
        title: 'Rung',
        description: 'How far each Guard has climbed: the highest remedy in use, counted from 1; 0 when none is.',
        unit: 'none',
        queries: [{ expr: perGuard(METRICS.guardRung, SCOPE), legend: '{{namespace}}/{{guard}}' }],
        height: 8,
      }),
      states(
        {
          title: 'Features',
          description: 'Each Feature: Normal, Degraded while a Guard asks for it, or Overridden by a person.',
          unit: 'none',
          queries: [{ expr: featureState(SCOPE), legend: '{{namespace}}/{{feature}}' }],
          height: 8,
        },
        FEATURE_WORDS,
      ),
      overTime('Requests per second', 'Requests of every service.', 'reqps', METRICS.guardSignal, 'rps'),
      overTime(
        'Errors',
        'The share of requests that failed, of every service.',
        'percentunit',
        METRICS.guardSignal,
        'errors',
      ),
      overTime('Latency, p99', 'The 99th percentile of every service.', 's', METRICS.guardSignal, 'latencyP99'),
      bars({
        title: 'Acts',
        description: 'Acts on the Kubernetes API, by Guard and remedy.',
        unit: 'none',
        queries: [
          {
            expr: increase(METRICS.actions, SCOPE, ['namespace', 'guard', 'remedy']),
            legend: '{{namespace}}/{{guard}} {{remedy}}',
          },
        ],
        width: 12,
      }),
      bars({
        title: 'Vetoes',
        description: 'What held proposals back, by Guard and interlock.',
        unit: 'none',
        queries: [
          {
            expr: increase(METRICS.vetoes, SCOPE, ['namespace', 'guard', 'interlock']),
            legend: '{{namespace}}/{{guard}} {{interlock}}',
          },
        ],
        width: 12,
      }),
    ],
  }
}
