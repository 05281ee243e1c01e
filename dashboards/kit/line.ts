// Lines and bars over time, with a Guard's limit as a red line.
import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import { LIMIT_LEGEND, type Limit } from './limit.ts'
import { PROMETHEUS, targetsOf } from './targets.ts'
import { thresholds } from './thresholds.ts'
import type { About, Tile } from './tile.ts'

export interface LineOptions {
  readonly limit?: Limit
  /** The most that the axis shows, such as 1 for a ratio, unless a value is above it. */
  readonly softMax?: number
}

const RED_DASHES: DynamicConfigValue[] = [
  { id: 'color', value: { mode: 'fixed', fixedColor: 'red' } },
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 10] } },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.lineWidth', value: 2 },
]

/** Values over time. */
export function line(about: About, { limit = { kind: 'none' }, softMax }: LineOptions = {}): Tile {
  const { width = 8, height = 8 } = about
  const queries = limit.kind === 'series' ? [...about.queries, limit.query] : about.queries
  const panel = overTime(about).targets(targetsOf(queries, 'range')).fillOpacity(8)
  if (softMax !== undefined) panel.axisSoftMax(softMax)
  if (limit.kind === 'series') panel.overrideByName(LIMIT_LEGEND, RED_DASHES)
  if (limit.kind === 'line')
    panel
      .thresholds(thresholds('transparent', [limit.value, 'red']))
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
      .axisSoftMax(limit.value * 1.1)
  return { panel: panel.build(), width, height }
}

/** How many in each step, stacked. */
export function bars(about: About): Tile {
  const { width = 8, height = 8 } = about
  const panel = overTime(about)
    .targets(targetsOf(about.queries, 'range'))
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(80)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
  return { panel: panel.build(), width, height }
}

function overTime({ title, description, unit }: About): PanelBuilder {
  return new PanelBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(PROMETHEUS)
    .min(0)
    .lineWidth(1)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
}
