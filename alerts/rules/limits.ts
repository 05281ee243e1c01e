// One alert for each limit of a Guard that stays passed while no remedy is at work on it any more.
import type { LimitName } from '../../controller/model/assessment.ts'
import { describeLimit, describeValue } from '../../controller/model/describe.ts'
import { ALERTS, METRICS } from '../../controller/model/names.ts'
import { limitRulesOf } from '../../controller/model/rules.ts'
import { alertRule, subjectOf } from '../alert.ts'
import { alsoInMaintenance, outsideMaintenance } from '../maintenance.ts'
import type { Alert, AlertCase, AlertOptions, GuardedService } from '../model.ts'
import { max, ofGuard } from '../promql.ts'
import { limitsOf } from '../refuse/limits.ts'

/** What of the service a limit speaks for: an error budget that burns fast enough to page makes its warning needless. */
const SLO_OF_LIMIT = {
  errors: 'availability',
  latency: 'latency',
  rps: 'saturation',
  cpu: 'saturation',
  pool: 'saturation',
  queue: 'saturation',
} as const satisfies Readonly<Record<LimitName, string>>

const HOLD = '5m'

export function limitAlerts(guard: GuardedService, options: AlertOptions): Alert[] {
  return limitsOf(guard.spec).map((limit) => limitAlert(guard, limit, options))
}

function limitAlert(guard: GuardedService, limit: LimitName, options: AlertOptions): Alert {
  const breached = ofGuard(METRICS.guardBreached, guard, { limit })
  const pending = ofGuard(METRICS.guardRemedyPending, guard)
  const over = (name: string, fires: boolean, at: string, breaches: string, acts: string): AlertCase => ({
    name,
    series: [
      { series: breached, values: breaches },
      { series: pending, values: acts },
    ],
    at,
    fires,
    every: '1m',
  })
  return {
    rule: alertRule(
      {
        alert: ALERTS.limitBreached,
        expr: outsideMaintenance(`${max(breached)} == 1 unless ${max(pending)} == 1`, guard),
        for: HOLD,
        slo: SLO_OF_LIMIT[limit],
        severity: 'warning',
        labels: { limit },
        summary: `${describeLimit(limit)} of ${guard.namespace}/${guard.name} is past its limit`,
        description: `${describeLimit(limit)} has been past ${thresholdOf(guard, limit)} for ${HOLD} in which no remedy was at work. See: evenkeel explain ${guard.namespace}/${guard.name}`,
      },
      subjectOf(guard, options),
      options,
    ),
    cases: alsoInMaintenance(
      [
        over('it is past its limit, and no remedy is at work', true, '6m', '1x10', '0x10'),
        over('the remedies had their time, and it is past its limit still', true, '16m', '1x20', '1x10 0x10'),
        over('a remedy is inside of its time', false, '20m', '1x20', '1x20'),
        over('a remedy has healed it', false, '20m', '1x5 0x15', '1x5 0x15'),
        over('it is within its limit', false, '20m', '0x20', '0x20'),
      ],
      guard,
    ),
  }
}

function thresholdOf({ spec }: GuardedService, limit: LimitName): string {
  if (limit === 'rps') return 'what the ready replicas serve'
  const threshold = limitRulesOf(spec).thresholds[limit]
  return threshold === undefined ? 'its limit' : `its limit of ${describeValue(limit, threshold)}`
}
