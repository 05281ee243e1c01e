// A histogram over time: how many fell into each bucket.
import { HeatmapCellLayout } from '@grafana/grafana-foundation-sdk/common'
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  PanelBuilder,
  RowsHeatmapOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap'
import { PROMETHEUS, targetsOf } from './targets.ts'
import type { About, Tile } from './tile.ts'

/** The query gives events per second by `le`. */
export function heat(about: About): Tile {
  const { title, description, unit, queries, width = 8, height = 8 } = about
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .unit('ops')
    .datasource(PROMETHEUS)
    .targets(targetsOf(queries, 'heatmap'))
    .calculate(false)
    .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme('Oranges').steps(64).exponent(0.5))
    .rowsFrame(new RowsHeatmapOptionsBuilder().layout(HeatmapCellLayout.Auto))
    .yAxis(new YAxisConfigBuilder().unit(unit))
  return { panel: panel.build(), width, height }
}
