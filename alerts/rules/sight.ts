// Alerts when Evenkeel does not see a service: unknown is neither healthy nor broken, and nobody would be told otherwise.
import { ALERTS, CONDITIONS, METRICS } from '../../controller/model/names.ts'
import { alertRule, subjectOf } from '../alert.ts'
import { alsoInMaintenance, outsideMaintenance } from '../maintenance.ts'
import type { Alert, AlertOptions, GuardedService } from '../model.ts'
import { lasting, max, ofGuard, select } from '../promql.ts'

const SLO = 'observability'
/** More than two scrapes at the pace of a plain Prometheus, which is a minute. */
const HOLD = '5m'
/** Not seen for most of so long, and that for so long. */
const UNSEEN_OF = '5m'
const UNSEEN_FOR = '4m'
const UNSEEN_STEP = '30s'

export function sightAlerts(guard: GuardedService, options: AlertOptions): Alert[] {
  return [metricsAbsent(guard, options), signalsUnknown(guard, options)]
}

/** While no replica leads, no Guard has metrics: that is one alert of Evenkeel's own, and not one of every service. */
function metricsAbsent(guard: GuardedService, options: AlertOptions): Alert {
  const condition = ofGuard(METRICS.guardCondition, guard, { condition: CONDITIONS.observed })
  const leader = select(METRICS.leader)
  const led = { series: `${METRICS.leader}{instance="a"}`, values: '1x20' }
  return {
    rule: alertRule(
      {
        alert: ALERTS.metricsAbsent,
        expr: `${max(`absent(${condition})`)} == 1 and ${max(leader)} == 1`,
        for: HOLD,
        slo: SLO,
        severity: 'critical',
        summary: `Nobody guards ${guard.namespace}/${guard.name}`,
        description: `Evenkeel runs, and has no metrics of the Guard ${guard.namespace}/${guard.name}: it was deleted, paused or refused, or Prometheus does not keep its labels. See: kubectl get guard -n ${guard.namespace} ${guard.name}`,
      },
      subjectOf(guard, options),
      options,
    ),
    cases: [
      { name: 'Evenkeel leads, and has nothing of it', series: [led], at: '6m', fires: true, every: '1m' },
      {
        name: 'it is there',
        series: [led, { series: condition, values: '1x20' }],
        at: '10m',
        fires: false,
        every: '1m',
      },
      {
        name: 'no replica leads',
        series: [{ series: `${METRICS.leader}{instance="a"}`, values: '0x20' }],
        at: '10m',
        fires: false,
        every: '1m',
      },
      { name: 'Evenkeel is not there', series: [], at: '10m', fires: false, every: '1m' },
    ],
  }
}

/** A pod that crashes again and again is seen for a moment each time: not to be seen for most of a while is enough. */
function signalsUnknown(guard: GuardedService, options: AlertOptions): Alert {
  const condition = ofGuard(METRICS.guardCondition, guard, { condition: CONDITIONS.observed })
  const [range, step] = [lasting(UNSEEN_OF, options), lasting(UNSEEN_STEP, options)]
  const over = (name: string, fires: boolean, at: string, values: string) => ({
    name,
    series: [{ series: condition, values }],
    at,
    fires,
    every: '1m' as const,
  })
  return {
    rule: alertRule(
      {
        alert: ALERTS.signalsUnknown,
        expr: outsideMaintenance(`avg_over_time((${max(condition)} == bool 1)[${range}:${step}]) < 0.5`, guard),
        for: UNSEEN_FOR,
        slo: SLO,
        severity: 'critical',
        summary: `${guard.namespace}/${guard.name} is not seen`,
        description: `A signal that the limits of ${guard.namespace}/${guard.name} need has been missing for most of ${UNSEEN_OF} and longer, on some pod or on all: what is not seen is not healed. See: evenkeel explain ${guard.namespace}/${guard.name}`,
      },
      subjectOf(guard, options),
      options,
    ),
    cases: alsoInMaintenance(
      [
        over('a signal is missing', true, '6m', '0x10'),
        over('whether one is missing is not known', true, '6m', '-1x10'),
        over('every signal is seen', false, '10m', '1x20'),
        over('its pods crash again and again, and are seen in between', true, '12m', '0 0 0 0 1 0 0 0 0 1 0 0 0'),
        over('one was missing while pods were replaced', false, '17m', '1x10 0x2 1x20'),
      ],
      guard,
    ),
  }
}
