// How reliable the service was over the last 30 days, from the Guard's ledger, and how it is now.
import { CONDITIONS, METRICS } from '../../../controller/model/names.ts'
import { type GuardScope, perGuard } from '../../kit/promql.ts'
import { stat } from '../../kit/stat.ts'
import { CONDITION_WORDS, YES_NO } from '../../kit/thresholds.ts'
import type { Row } from '../../kit/tile.ts'

export function reliabilityRow(scope: GuardScope): Row {
  const one = (metric: Parameters<typeof perGuard>[0], extra = {}) => [
    { expr: perGuard(metric, scope, extra), legend: '' },
  ]
  return {
    title: 'Reliability, over 30 days',
    tiles: [
      stat(
        {
          title: 'Healthy',
          description: 'The condition Healthy: no limit is breached. Unknown while that can’t be told.',
          unit: 'none',
          queries: one(METRICS.guardCondition, { condition: CONDITIONS.healthy }),
          width: 3,
        },
        { words: CONDITION_WORDS },
      ),
      stat(
        {
          title: 'Incident',
          description: 'Whether an Incident is open.',
          unit: 'none',
          queries: one(METRICS.guardIncidentOpen),
          width: 3,
        },
        { words: YES_NO },
      ),
      stat(
        {
          title: 'Availability',
          description: 'Up ÷ (up + down). Unknown time and maintenance are in neither.',
          unit: 'percentunit',
          queries: one(METRICS.guardAvailability),
          width: 3,
        },
        {
          decimals: 3,
          base: 'red',
          steps: [
            [0.99, 'orange'],
            [0.999, 'green'],
          ],
          noValue: 'not known yet',
        },
      ),
      stat(
        {
          title: 'Outages',
          description: 'How often it was down. One that comes back within release.for is the same one.',
          unit: 'none',
          queries: one(METRICS.guardOutages),
          width: 3,
        },
        { base: 'green', steps: [[1, 'orange']] },
      ),
      stat(
        {
          title: 'MTBF',
          description: 'Mean operating time between outages. There is none before the first outage.',
          unit: 's',
          queries: one(METRICS.guardMtbf),
          width: 4,
        },
        { noValue: 'no outage' },
      ),
      stat(
        {
          title: 'MTTR',
          description: 'Mean time from impact to service restored; a lower bound while an outage is open.',
          unit: 's',
          queries: one(METRICS.guardMttr),
          width: 4,
        },
        { noValue: 'no outage' },
      ),
      stat(
        {
          title: 'Coverage',
          description: 'The share of the observed time that is known. With little of it, believe none of the rest.',
          unit: 'percentunit',
          queries: one(METRICS.guardLedgerCoverage),
          width: 4,
        },
        {
          decimals: 1,
          base: 'red',
          steps: [
            [0.9, 'orange'],
            [0.99, 'green'],
          ],
        },
      ),
    ],
  }
}
