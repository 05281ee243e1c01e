// A board, from its rows, variables, annotations and links, as Grafana's classic JSON model.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  type AnnotationQuery,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type DashboardLink,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { layOut } from './layout.ts'
import { TAG, toRunbooks } from './links.ts'
import type { Row } from './tile.ts'

export interface BoardSpec {
  /** At most 40 letters, digits, dashes and underscores; Grafana knows the board by it. */
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly tags?: readonly string[]
  /** The time range, such as now-1h. */
  readonly from: string
  readonly refresh: string
  readonly variables: readonly Builder<VariableModel>[]
  readonly annotations: readonly AnnotationQuery[]
  readonly links: readonly DashboardLink[]
  readonly rows: readonly Row[]
  /** Where the runbooks are read; no links to them when absent. */
  readonly runbooks: string | undefined
}

/** A dashboard as it is written to JSON, with what we always give it. */
export type Board = Dashboard & { readonly uid: string; readonly title: string }

export function boardOf(spec: BoardSpec): Board {
  const { uid, title, description, tags = [], from, refresh, variables, annotations, links, rows, runbooks } = spec
  const built = new DashboardBuilder(title)
    .description(description)
    .tags([TAG, ...tags])
    .readonly()
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from, to: 'now' })
    .refresh(refresh)
    .variables([...variables])
    .build()
  return {
    uid,
    ...built,
    title,
    annotations: { list: [...annotations] },
    links: [...links, ...toRunbooks(runbooks)],
    panels: layOut(rows, runbooks),
  }
}
