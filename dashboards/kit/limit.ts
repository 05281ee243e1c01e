// The limit of a Guard in a panel: a fixed line where the Guard is known, else the series of its gauge.
import type { LimitName } from '../../controller/model/assessment.ts'
import { METRICS } from '../../controller/model/names.ts'
import { type GuardScope, perGuard } from './promql.ts'
import type { Query } from './tile.ts'

/** The name of the series that is drawn as a limit. */
export const LIMIT_LEGEND = 'limit'

export type Limit =
  | { readonly kind: 'line'; readonly value: number }
  | { readonly kind: 'series'; readonly query: Query }
  | { readonly kind: 'none' }

export function limitOf(scope: GuardScope, limit: LimitName): Limit {
  const series = (expr: string): Limit => ({ kind: 'series', query: { expr, legend: LIMIT_LEGEND } })
  const { limits, perReplicaRps } = scope
  if (limits === undefined) return series(perGuard(METRICS.guardLimit, scope, { limit }))
  if (limit === 'rps')
    return perReplicaRps === undefined
      ? { kind: 'none' }
      : series(`${perReplicaRps} * ${perGuard(METRICS.guardReplicas, scope, { state: 'ready' })}`)
  const value = limits[limit]
  return value === undefined ? { kind: 'none' } : { kind: 'line', value }
}
