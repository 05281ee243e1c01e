// Of one objective: the recording rules that its error budget is reckoned by, and the alerts when it burns too fast.
import { ALERTS, METRICS, RECORDED } from '../../controller/model/names.ts'
import {
  BURN_PAIRS,
  type BurnPair,
  canBurn,
  describeObjective,
  type ObjectiveRule,
  pairName,
  windowName,
} from '../../controller/model/objectives.ts'
import type { Milliseconds } from '../../controller/model/units.ts'
import { alertRule, subjectOf } from '../alert.ts'
import { alsoInMaintenance, outsideMaintenance } from '../maintenance.ts'
import type { Alert, AlertGroup, AlertOptions, GuardedService, RecordingRule, Severity } from '../model.ts'
import { budgetOf, decimal, lasting, ofGuard, promDuration, ratio, select } from '../promql.ts'
import { burnCases } from './objective-cases.ts'

/** Up to here a window is read from the counters themselves; longer ones from recorded rates, in steps of their length. */
const LONGEST_DIRECT_MS: Milliseconds = 6 * 3_600_000
const LONGEST_FINE_MS: Milliseconds = 72 * 3_600_000
/** The budget's whole window is long, and moves slowly. */
const PERIOD_INTERVAL = '1m'

/** How long each pair must burn, and whom it calls: a page for the fast ones, working hours for the slow ones. */
const RESPONSES = [
  { for: '2m', severity: 'critical' },
  { for: '15m', severity: 'critical' },
  { for: '1h', severity: 'warning' },
  { for: '3h', severity: 'warning' },
] as const satisfies readonly { readonly for: string; readonly severity: Severity }[]

const COUNTERS = {
  availability: { total: METRICS.guardRequests, bad: METRICS.guardRequestsFailed, alert: ALERTS.availabilityBurn },
  latency: { total: METRICS.guardRequestsTimed, bad: METRICS.guardRequestsSlow, alert: ALERTS.latencyBurn },
} as const

/** Pairs that can never burn have no alert: `refuse` says so before it comes to that. */
export function objectiveGroups(
  guard: GuardedService,
  rule: ObjectiveRule,
  options: AlertOptions,
): readonly AlertGroup[] {
  const of = `${guard.namespace}.${guard.name}.${rule.name}`
  return [
    { name: `evenkeel.slo.${of}`, records: recordsOf(guard, rule, options), alerts: burnAlerts(guard, rule, options) },
    {
      name: `evenkeel.slo-period.${of}`,
      interval: lasting(PERIOD_INTERVAL, options),
      records: periodRecordsOf(guard, rule, options),
      alerts: [],
    },
  ]
}

type Naming = (name: string) => string

/** What tells the recorded series of this objective from those of others. */
function labelsOf({ namespace, name }: GuardedService, rule: ObjectiveRule) {
  return { service: name, namespace, slo: rule.name }
}

function recordsOf(guard: GuardedService, rule: ObjectiveRule, options: AlertOptions): RecordingRule[] {
  const { total, bad } = COUNTERS[rule.name]
  const labels = labelsOf(guard, rule)
  const recorded: Naming = (name) => select(name, labels)
  const budget = decimal(budgetOf(rule.target))
  const spans = [...new Set(BURN_PAIRS.flatMap(({ longMs, shortMs }) => [shortMs, longMs]))].sort((a, b) => a - b)
  return [
    ...spans.flatMap((spanMs) => windowRecords(spanMs, { guard, options, labels, recorded, total, bad })),
    { record: RECORDED.objective, expr: `vector(${decimal(rule.target)})`, labels },
    { record: RECORDED.budget, expr: `vector(${budget})`, labels },
    { record: RECORDED.burnRate, expr: `${recorded(`${RECORDED.errorRatio}5m`)} / ${budget}`, labels },
  ]
}

function periodRecordsOf(guard: GuardedService, rule: ObjectiveRule, options: AlertOptions): RecordingRule[] {
  const { total, bad } = COUNTERS[rule.name]
  const labels = labelsOf(guard, rule)
  const recorded: Naming = (name) => select(name, labels)
  const period = promDuration(rule.windowMs)
  const isRecorded = BURN_PAIRS.some(({ longMs }) => longMs === rule.windowMs)
  return [
    ...(isRecorded ? [] : windowRecords(rule.windowMs, { guard, options, labels, recorded, total, bad })),
    {
      record: RECORDED.budgetRemaining,
      expr: `1 - ${recorded(`${RECORDED.errorRatio}${period}`)} / ${decimal(budgetOf(rule.target))}`,
      labels,
    },
  ]
}

interface Recorded {
  readonly guard: GuardedService
  readonly options: AlertOptions
  readonly labels: RecordingRule['labels']
  readonly recorded: Naming
  readonly total: (typeof METRICS)['guardRequests' | 'guardRequestsTimed']
  readonly bad: (typeof METRICS)['guardRequestsFailed' | 'guardRequestsSlow']
}

/**
 * Numerator and denominator apart, and their quotient. A mean of ratios would weigh a quiet minute like a busy one, a
 * quotient of means does not. Evenkeel counts both from the start, so that a service without errors has a ratio of 0.
 */
function windowRecords(
  spanMs: Milliseconds,
  { guard, options, labels, recorded, total, bad }: Recorded,
): RecordingRule[] {
  const window = promDuration(spanMs)
  const range = lasting(window, options)
  const [totalName, badName] = [`${RECORDED.total}${window}`, `${RECORDED.bad}${window}`]
  const step = spanMs <= LONGEST_FINE_MS ? '5m' : '30m'
  const rateOf = (counter: typeof total | typeof bad, name: string) =>
    spanMs <= LONGEST_DIRECT_MS
      ? `sum(rate(${ofGuard(counter, guard)}[${range}]))`
      : `avg_over_time(${recorded(`${name}${step}`)}[${range}:${lasting(step, options)}])`
  return [
    { record: totalName, expr: rateOf(total, RECORDED.total), labels },
    { record: badName, expr: rateOf(bad, RECORDED.bad), labels },
    { record: `${RECORDED.errorRatio}${window}`, expr: ratio(recorded(badName), recorded(totalName)), labels },
  ]
}

function burnAlerts(guard: GuardedService, rule: ObjectiveRule, options: AlertOptions): Alert[] {
  return BURN_PAIRS.flatMap((pair, index) => {
    const response = RESPONSES[index]
    return response === undefined || !canBurn(pair, rule.target)
      ? []
      : [burnAlert(guard, rule, pair, response, options)]
  })
}

function burnAlert(
  guard: GuardedService,
  rule: ObjectiveRule,
  pair: BurnPair,
  { for: hold, severity }: (typeof RESPONSES)[number],
  options: AlertOptions,
): Alert {
  const labels = labelsOf(guard, rule)
  const [long, short] = [windowName(pair.longMs), windowName(pair.shortMs)]
  const threshold = decimal(pair.factor * budgetOf(rule.target))
  const past = (window: string) => `${select(`${RECORDED.errorRatio}${window}`, labels)} > ${threshold}`
  // Of few requests one that failed is already a high ratio.
  const enough = `${select(`${RECORDED.total}${short}`, labels)} * ${decimal(pair.shortMs / 1000 / (options.quickenedBy ?? 1))} >= ${rule.minimumEvents}`
  const what = rule.name === 'availability' ? 'Requests fail' : 'Requests are slow'
  const { alert, total, bad } = COUNTERS[rule.name]
  return {
    rule: alertRule(
      {
        alert,
        expr: outsideMaintenance(`${past(long)} and ${past(short)} and ${enough}`, guard),
        for: hold,
        slo: rule.name,
        severity,
        labels: { window: pairName(pair) },
        summary: `${what} in ${guard.namespace}/${guard.name}: its error budget burns`,
        description: `The error budget of “${describeObjective(rule)}” is spent more than ${pair.factor} times as fast as it may, over ${long} and over ${short}. See: evenkeel explain ${guard.namespace}/${guard.name}`,
      },
      subjectOf(guard, options),
      options,
    ),
    cases: alsoInMaintenance(
      burnCases(pair, rule, { total: ofGuard(total, guard), bad: ofGuard(bad, guard) }, hold),
      guard,
    ),
  }
}
