// The same board in Grafana's newer schema, as a resource of dashboard.grafana.app/v2. Pure.
import type { AnnotationQuery, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard'
import {
  type AnnotationQueryKind,
  DashboardAPIVersion,
  DashboardCursorSync,
  type DataQueryKind,
  type GridLayoutItemKind,
  type QueryGroupKind,
  type RowsLayoutRowKind,
  type TimeSettingsSpec,
  type VizConfigKind,
} from '@grafana/grafana-foundation-sdk/dashboardv2'
import { z } from 'zod'
import type { Board } from './kit/board.ts'
import { variableV2 } from './schema-v2/variables.ts'

export interface BoardResource {
  readonly apiVersion: string
  readonly kind: 'Dashboard'
  /** The name is the uid. */
  readonly metadata: { readonly name: string }
  readonly spec: Readonly<Record<string, unknown>>
}

/** A target as our panels hold it; the SDK's type tells nothing of it. */
const TARGET = z.looseObject({ refId: z.string(), datasource: z.object({ type: z.string(), uid: z.string() }) })

export function schemaV2(board: Board): BoardResource {
  const panels = (board.panels ?? []).filter(isPanel)
  const timeSettings = {
    timezone: board.timezone ?? 'browser',
    from: board.time?.from ?? 'now-1h',
    to: board.time?.to ?? 'now',
    autoRefresh: board.refresh ?? '',
    autoRefreshIntervals: ['5s', '10s', '30s', '1m', '5m', '15m', '30m', '1h', '2h', '1d'],
    hideTimepicker: false,
    fiscalYearStartMonth: 0,
  } satisfies TimeSettingsSpec
  return {
    apiVersion: DashboardAPIVersion,
    kind: 'Dashboard',
    metadata: { name: board.uid },
    spec: {
      title: board.title,
      description: board.description,
      tags: board.tags,
      editable: board.editable,
      preload: false,
      cursorSync: DashboardCursorSync.Crosshair,
      timeSettings,
      links: board.links,
      variables: (board.templating.list ?? []).map(variableV2),
      annotations: (board.annotations.list ?? []).map(annotationV2),
      elements: Object.fromEntries(panels.map((panel) => [elementOf(panel), panelV2(panel)])),
      layout: { kind: 'RowsLayout', spec: { rows: rowsOf(board.panels ?? []) } },
    },
  }
}

function isPanel(panel: Panel | RowPanel): panel is Panel {
  return panel.type !== 'row'
}

const elementOf = ({ id }: { id?: number }) => `panel-${id}`

function panelV2(panel: Panel) {
  const queries = (panel.targets ?? []).map((target) => {
    const { refId, datasource, ...spec } = TARGET.parse(JSON.parse(JSON.stringify(target)))
    const query = { ...dataQuery(datasource), spec } satisfies DataQueryKind
    return { kind: 'PanelQuery' as const, spec: { query, refId, hidden: false } }
  })
  const transformations = (panel.transformations ?? []).map(({ id, options }) => ({
    kind: 'Transformation' as const,
    group: id,
    spec: { options },
  }))
  const data = {
    kind: 'QueryGroup',
    spec: { queries, transformations, queryOptions: {} },
  } satisfies QueryGroupKind
  const { options, fieldConfig } = panel
  const vizConfig = {
    kind: 'VizConfig',
    group: panel.type,
    version: '',
    spec: { options, fieldConfig },
  } satisfies Omit<VizConfigKind, 'spec'> & { spec: unknown }
  const { id, title, description } = panel
  const links = (panel.links ?? []).map((link) => ({ title: link.title, url: link.url, targetBlank: link.targetBlank }))
  return { kind: 'Panel', spec: { id, title, description, links, data, vizConfig } }
}

function dataQuery({ type, uid }: { type: string; uid: string }) {
  return { kind: 'DataQuery', group: type, version: 'v0', datasource: { name: uid } } as const
}

function annotationV2({ name, enable, hide, iconColor, builtIn, datasource, expr, step, ...rest }: AnnotationQuery) {
  const { titleFormat, textFormat, tagKeys, useValueForTime } = rest
  const spec = expr === undefined ? {} : { refId: 'Anno', expr, interval: step }
  const query = { ...dataQuery({ type: datasource?.type ?? '', uid: datasource?.uid ?? '' }), spec }
  return {
    kind: 'AnnotationQuery',
    spec: {
      name,
      enable,
      hide: hide ?? false,
      iconColor,
      builtIn: builtIn === 1,
      query,
      ...(expr === undefined ? {} : { legacyOptions: { titleFormat, textFormat, tagKeys, useValueForTime } }),
    },
  } satisfies AnnotationQueryKind
}

/** Each row with its panels, whose places are counted from the row's own top. */
function rowsOf(panels: readonly (Panel | RowPanel)[]): RowsLayoutRowKind[] {
  const rows: { readonly title: string; readonly top: number; readonly items: GridLayoutItemKind[] }[] = []
  for (const panel of panels) {
    const { x = 0, y = 0, w = 0, h = 0 } = panel.gridPos ?? {}
    if (!isPanel(panel)) rows.push({ title: panel.title ?? '', top: y + h, items: [] })
    const row = rows.at(-1)
    if (row === undefined || !isPanel(panel)) continue
    const element = { kind: 'ElementReference' as const, name: elementOf(panel) }
    row.items.push({ kind: 'GridLayoutItem', spec: { x, y: y - row.top, width: w, height: h, element } })
  }
  return rows.map(({ title, items }) => ({
    kind: 'RowsLayoutRow',
    spec: { title, collapse: false, layout: { kind: 'GridLayout', spec: { items } } },
  }))
}
