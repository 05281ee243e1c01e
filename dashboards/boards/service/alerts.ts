// The alerts that fire in the Guard's namespace.
import { type Scope, select } from '../../kit/promql.ts'
import { table } from '../../kit/table.ts'
import type { Row } from '../../kit/tile.ts'

/** The series that Prometheus writes for every alert. */
const ALERTS = 'ALERTS'

export function alertsRow(scope: Scope): Row {
  const expr = `max by (alertname, severity, alertstate) (${select(ALERTS, scope)})`
  return {
    title: 'Alerts',
    tiles: [
      table(
        {
          title: 'Alerts',
          description:
            'Alerts of this Guard’s namespace that are pending or firing, as Prometheus has them. Empty is well.',
          height: 6,
        },
        {
          labels: ['alertname', 'severity', 'alertstate'],
          columns: [{ name: 'active', expr, unit: 'none' }],
        },
      ),
    ],
  }
}
