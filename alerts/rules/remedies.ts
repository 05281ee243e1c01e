// Alerts about the remedies of a Guard: none is left, they do not help, or they undo each other.
import { ALERTS, CONDITIONS, METRICS } from '../../controller/model/names.ts'
import { alertRule, subjectOf } from '../alert.ts'
import { alsoInMaintenance, outsideMaintenance } from '../maintenance.ts'
import type { Alert, AlertCase, AlertOptions, AlertRule, GuardedService, GuardRef } from '../model.ts'
import { lasting, max, ofGuard } from '../promql.ts'

const SLO = 'remedies'
/** So many acts in a row that failed or did not help are a pattern. */
const FAILING_IN_A_ROW = 2
/** Out, in and out again within the hour, and once more. */
const FLAPPING_REVERSALS = 3

/**
 * For so long it is held after the condition has turned: a Guard that is exhausted now and again, or a new leader that is
 * not scraped yet, is no second page.
 */
const EXHAUSTED_HELD = '3m'

export function remedyAlerts(guard: GuardedService, options: AlertOptions): Alert[] {
  return [exhausted(guard, options), failing(guard, options), flapping(guard, options)]
}

/** Also what the leader pushes itself, so that both are one alert to Alertmanager. */
export function exhaustedRule(guard: GuardRef, options: AlertOptions): AlertRule {
  const condition = ofGuard(METRICS.guardCondition, guard, { condition: CONDITIONS.exhausted })
  const held = lasting(EXHAUSTED_HELD, options)
  return alertRule(
    {
      alert: ALERTS.exhausted,
      expr: outsideMaintenance(`${max(`max_over_time(${condition}[${held}])`)} == 1`, guard, held),
      slo: SLO,
      severity: 'critical',
      summary: `No remedy is left for ${guard.namespace}/${guard.name}: a human is needed`,
      description: `A limit of ${guard.namespace}/${guard.name} is passed, and nothing that its Guard may do is left. See: evenkeel explain ${guard.namespace}/${guard.name}`,
    },
    subjectOf(guard, options),
    options,
  )
}

function exhausted(guard: GuardedService, options: AlertOptions): Alert {
  const series = ofGuard(METRICS.guardCondition, guard, { condition: CONDITIONS.exhausted })
  const over = caseOf(series)
  return {
    rule: exhaustedRule(guard, options),
    cases: alsoInMaintenance(
      [
        over('no remedy is left', true, '1m', '0 1x10'),
        over('it comes and goes', true, '6m', '1 0 0 1 0 0 1 0 0 1'),
        over('a limit is breached, and a remedy is left', false, '10m', '0x20'),
        over('nothing is known', false, '10m', '-1x20'),
        over('it is over for some time', false, '10m', '1x3 0x20'),
      ],
      guard,
    ),
  }
}

function failing(guard: GuardedService, options: AlertOptions): Alert {
  const acts = ofGuard(METRICS.guardActsFailing, guard)
  const open = ofGuard(METRICS.guardIncidentOpen, guard)
  const exhausted = ofGuard(METRICS.guardCondition, guard, { condition: CONDITIONS.exhausted })
  const hold = '5m'
  const over = caseOf(acts, open, exhausted)
  return {
    rule: alertRule(
      {
        alert: ALERTS.failing,
        expr: outsideMaintenance(
          `${max(acts)} >= ${FAILING_IN_A_ROW} and ${max(open)} == 1 unless ${max(exhausted)} == 1`,
          guard,
        ),
        for: hold,
        slo: SLO,
        severity: 'critical',
        summary: `Remedies do not help ${guard.namespace}/${guard.name}`,
        description: `The last ${FAILING_IN_A_ROW} acts or more on ${guard.namespace}/${guard.name} failed or did not help, and its incident is open. See: evenkeel explain ${guard.namespace}/${guard.name}`,
      },
      subjectOf(guard, options),
      options,
    ),
    cases: alsoInMaintenance(
      [
        over('two acts in a row did not help, and the incident is open', true, '7m', '0 2x10', '1x11', '0x11'),
        over('one act did not help', false, '10m', '1x20', '1x20', '0x20'),
        over('the third act has helped', false, '10m', '2x3 0x20', '1x20', '0x20'),
        over('the incident is over', false, '10m', '2x20', '1x3 0x20', '0x20'),
        over('no remedy is left, which pages already', false, '10m', '2x20', '1x20', '1x20'),
      ],
      guard,
    ),
  }
}

function flapping(guard: GuardedService, options: AlertOptions): Alert {
  const series = ofGuard(METRICS.guardActReversals, guard)
  const over = caseOf(series)
  return {
    rule: alertRule(
      {
        alert: ALERTS.flapping,
        expr: outsideMaintenance(`${max(series)} >= ${FLAPPING_REVERSALS}`, guard),
        for: '5m',
        slo: SLO,
        severity: 'critical',
        summary: `Remedies of ${guard.namespace}/${guard.name} undo each other`,
        description: `${FLAPPING_REVERSALS} acts or more of the last hour on one field of ${guard.namespace}/${guard.name} took back the one before. See: evenkeel explain ${guard.namespace}/${guard.name}`,
      },
      subjectOf(guard, options),
      options,
    ),
    cases: alsoInMaintenance(
      [
        over('three acts within the hour took back the one before', true, '6m', '3x10'),
        over('out under load and in again after it', false, '20m', '2x30'),
      ],
      guard,
    ),
  }
}

function caseOf(...series: readonly string[]) {
  return (name: string, fires: boolean, at: string, ...values: readonly string[]): AlertCase => ({
    name,
    series: series.map((one, index) => ({ series: one, values: values[index] ?? '' })),
    at,
    fires,
    every: '1m',
  })
}
