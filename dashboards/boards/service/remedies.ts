// Of what use the remedies are, and whether the service is under maintenance, in which nobody is called for it.
import { ALERTS, METRICS } from '../../../controller/model/names.ts'
import { type GuardScope, perGuard } from '../../kit/promql.ts'
import { states } from '../../kit/states.ts'
import { MAINTENANCE_WORDS } from '../../kit/thresholds.ts'
import { seenIn, type Tile } from '../../kit/tile.ts'

export function remedyTiles(scope: GuardScope): Tile[] {
  return [
    seenIn(
      states({
        title: 'Remedies',
        description:
          'Whether an act is inside the time in which it should show; how many of the newest acts in a row failed or did not help; and how often one field went to and fro within the hour.',
        unit: 'none',
        queries: [
          { expr: perGuard(METRICS.guardRemedyPending, scope), legend: 'at work' },
          { expr: perGuard(METRICS.guardActsFailing, scope), legend: 'of no use, in a row' },
          { expr: perGuard(METRICS.guardActReversals, scope), legend: 'to and fro' },
        ],
      }),
      ALERTS.failing,
      ALERTS.flapping,
    ),
    states(
      {
        title: 'Maintenance',
        description: 'Announced on the Guard, or by a cron of its spec: the ledger leaves it out, and its alerts wait.',
        unit: 'none',
        queries: [{ expr: perGuard(METRICS.guardInMaintenance, scope), legend: 'maintenance' }],
      },
      MAINTENANCE_WORDS,
    ),
  ]
}
