// The requests that the objectives are reckoned by, as Evenkeel has counted them.
import { METRICS } from '../../../controller/model/names.ts'
import { line } from '../../kit/line.ts'
import { type GuardScope, rate } from '../../kit/promql.ts'
import type { Tile } from '../../kit/tile.ts'

export function requestTiles(scope: GuardScope): Tile[] {
  return [
    line({
      title: 'Requests that count',
      description: 'Requests whose outcome is known, and those of them that failed: availability is reckoned by these.',
      unit: 'reqps',
      queries: [
        { expr: rate(METRICS.guardRequests, scope), legend: 'all' },
        { expr: rate(METRICS.guardRequestsFailed, scope), legend: 'failed' },
      ],
      width: 12,
    }),
    line({
      title: 'Requests that are timed',
      description:
        'Requests whose duration is known, and those of them that took longer than the objective of latency says.',
      unit: 'reqps',
      queries: [
        { expr: rate(METRICS.guardRequestsTimed, scope), legend: 'all' },
        { expr: rate(METRICS.guardRequestsSlow, scope), legend: 'slow' },
      ],
      width: 12,
    }),
  ]
}
