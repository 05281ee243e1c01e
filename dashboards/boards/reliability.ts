// The board of the ledger: SLA, MTBF, MTTR, outages and incidents of every Guard.
import { ALERTS, METRICS } from '../../controller/model/names.ts'
import { BURN_PAIRS, windowName } from '../../controller/model/objectives.ts'
import { annotationsOf } from '../kit/annotations.ts'
import { type Board, boardOf } from '../kit/board.ts'
import { line } from '../kit/line.ts'
import { toBoards } from '../kit/links.ts'
import { type MetricName, perGuard, type Scope } from '../kit/promql.ts'
import { type StatOptions, stat } from '../kit/stat.ts'
import { states } from '../kit/states.ts'
import { type Column, table } from '../kit/table.ts'
import { YES_NO } from '../kit/thresholds.ts'
import { type Row, seenIn } from '../kit/tile.ts'
import { datasource, namespace } from '../kit/variables.ts'
import type { BoardOptions } from './options.ts'
import { BURNING, LEFT } from './service/objectives.ts'
import { SERVICE_OF_ROW, UIDS } from './uids.ts'

const SCOPE: Scope = { matchers: ['namespace=~"$namespace"'] }
const EACH = '{{namespace}}/{{guard}}'

export function reliabilityBoard({ runbooks }: BoardOptions): Board {
  return boardOf({
    uid: UIDS.reliability,
    title: 'Evenkeel / Reliability',
    description: 'The ledger of outages of every Guard, over 30 days: availability, MTBF, MTTR and incidents.',
    tags: ['reliability'],
    from: 'now-7d',
    refresh: '1m',
    variables: [datasource(), namespace({ many: true })],
    annotations: annotationsOf(SCOPE),
    links: [toBoards()],
    runbooks,
    rows: [summaryRow(), ledgerRow(), budgetsRow(), courseRow()],
  })
}

const seconds = (state: string) => perGuard(METRICS.guardLedgerSeconds, SCOPE, { state })

function summaryRow(): Row {
  const one = (title: string, description: string, unit: string, expr: string, options: StatOptions = {}) =>
    stat({ title, description, unit, queries: [{ expr, legend: '' }], width: 4 }, options)
  return {
    title: 'Over 30 days',
    tiles: [
      one(
        'Availability of all',
        'Up ÷ (up + down), over the time of all Guards together.',
        'percentunit',
        `1 - sum(${seconds('down')}) / (sum(${seconds('observed')}) - sum(${seconds('unknown')}) - sum(${seconds('maintenance')}) > 0)`,
        { decimals: 3 },
      ),
      one(
        'Lowest availability',
        'Of the Guard that was down the most.',
        'percentunit',
        `min(${perGuard(METRICS.guardAvailability, SCOPE)})`,
        { decimals: 3 },
      ),
      one('Outages', 'Of all Guards.', 'none', `sum(${perGuard(METRICS.guardOutages, SCOPE)})`),
      one('Time down', 'Of all Guards together.', 's', `sum(${seconds('down')})`),
      one(
        'Longest MTTR',
        'Of the Guard that was repaired most slowly.',
        's',
        `max(${perGuard(METRICS.guardMttr, SCOPE)})`,
        {
          noValue: 'no outage',
        },
      ),
      one(
        'Open incidents',
        'Incidents that are not resolved.',
        'none',
        `sum(${perGuard(METRICS.guardIncidentOpen, SCOPE)})`,
        {
          base: 'green',
          steps: [[1, 'red']],
        },
      ),
    ],
  }
}

/** One line adds a column. */
const COLUMNS: readonly Column[] = [
  {
    name: 'availability',
    expr: perGuard(METRICS.guardAvailability, SCOPE),
    unit: 'percentunit',
    base: 'red',
    steps: [
      [0.99, 'orange'],
      [0.999, 'green'],
    ],
  },
  { name: 'outages', expr: perGuard(METRICS.guardOutages, SCOPE), unit: 'none' },
  { name: 'MTBF', expr: perGuard(METRICS.guardMtbf, SCOPE), unit: 's' },
  { name: 'MTTR', expr: perGuard(METRICS.guardMttr, SCOPE), unit: 's' },
  { name: 'down', expr: seconds('down'), unit: 's' },
  { name: 'unknown', expr: seconds('unknown'), unit: 's' },
  { name: 'maintenance', expr: seconds('maintenance'), unit: 's' },
  { name: 'observed', expr: seconds('observed'), unit: 's' },
  { name: 'coverage', expr: perGuard(METRICS.guardLedgerCoverage, SCOPE), unit: 'percentunit' },
]

function ledgerRow(): Row {
  return {
    title: 'The ledger',
    tiles: [
      table(
        {
          title: 'The ledger of each Guard',
          description: 'The last 30 days, as evenkeel ledger shows them. The name leads to the Guard’s board.',
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

const ofObjective = (metric: MetricName, extra: Record<string, string> = {}) =>
  perGuard(metric, SCOPE, extra, ['objective'])

/** One line adds a column. */
const BUDGET_COLUMNS: readonly Column[] = [
  { name: 'target', expr: ofObjective(METRICS.guardObjective), unit: 'percentunit' },
  {
    name: 'budget left',
    expr: ofObjective(METRICS.guardBudgetRemaining),
    unit: 'percentunit',
    base: 'red',
    steps: LEFT,
  },
  ...BURN_PAIRS.map(({ longMs }) => windowName(longMs)).map((window) => ({
    name: `burn rate, ${window}`,
    expr: ofObjective(METRICS.guardBurnRate, { window }),
    unit: 'none',
  })),
  {
    name: 'burning',
    expr: ofObjective(METRICS.guardBudgetBurning),
    unit: 'none',
    words: BURNING,
  },
]

function budgetsRow(): Row {
  return {
    title: 'Error budgets',
    tiles: [
      seenIn(
        table(
          {
            title: 'Error budgets',
            description:
              'Each objective of each Guard: its target, what is left of its budget, and how fast that goes.',
          },
          {
            labels: ['namespace', 'guard', 'objective'],
            columns: BUDGET_COLUMNS,
            links: [{ label: 'guard', title: 'Its board', url: SERVICE_OF_ROW }],
          },
        ),
        ALERTS.availabilityBurn,
        ALERTS.latencyBurn,
      ),
    ],
  }
}

function courseRow(): Row {
  return {
    title: 'Over time',
    tiles: [
      states(
        {
          title: 'Incidents',
          description: 'When an Incident of each Guard was open.',
          unit: 'none',
          queries: [{ expr: perGuard(METRICS.guardIncidentOpen, SCOPE), legend: EACH }],
          width: 24,
          height: 8,
        },
        YES_NO,
      ),
      line({
        title: 'Availability',
        description: 'Over the 30 days before each moment.',
        unit: 'percentunit',
        queries: [{ expr: perGuard(METRICS.guardAvailability, SCOPE), legend: EACH }],
      }),
      line({
        title: 'MTTR',
        description: 'Over the 30 days before each moment.',
        unit: 's',
        queries: [{ expr: perGuard(METRICS.guardMttr, SCOPE), legend: EACH }],
      }),
      line(
        {
          title: 'Coverage',
          description: 'How much of the 30 days before each moment is known.',
          unit: 'percentunit',
          queries: [{ expr: perGuard(METRICS.guardLedgerCoverage, SCOPE), legend: EACH }],
        },
        { softMax: 1 },
      ),
    ],
  }
}
