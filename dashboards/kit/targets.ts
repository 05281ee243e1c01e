// Queries of panels, with the refIds that the SDK leaves out.
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import type { Query } from './tile.ts'

/** The datasource that the board's variable names. */
export const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' } as const

export type Asked = 'range' | 'instant' | 'table' | 'heatmap'

/** One target per query, with the refIds A, B, C… */
export function targetsOf(queries: readonly Query[], asked: Asked): Builder<Dataquery>[] {
  return queries.map(({ expr, legend }, index) => {
    const query = new DataqueryBuilder().datasource(PROMETHEUS).expr(expr).legendFormat(legend).refId(refIdOf(index))
    if (asked === 'table') return query.instant().format(PromQueryFormat.Table)
    if (asked === 'instant') return query.instant().format(PromQueryFormat.TimeSeries)
    return query.range().format(asked === 'heatmap' ? PromQueryFormat.Heatmap : PromQueryFormat.TimeSeries)
  })
}

/** A to Z: no panel of ours has more queries. */
export function refIdOf(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index)
}
