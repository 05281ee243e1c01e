// States over time, as bands: a circuit, conditions, replicas.
import { VisibilityMode, VizLegendOptionsBuilder } from '@grafana/grafana-foundation-sdk/common'
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/statetimeline'
import { PROMETHEUS, targetsOf } from './targets.ts'
import { thresholds, type Word, wordsOf } from './thresholds.ts'
import type { About, Tile } from './tile.ts'

/** Bands coloured by their words; without words, each value is shown as it is, in a shade of its own. */
export function states(about: About, words: readonly Word[] = []): Tile {
  const { title, description, unit, queries, width = 12, height = 6 } = about
  const mode = words.length === 0 ? FieldColorModeId.ContinuousBlues : FieldColorModeId.Thresholds
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(PROMETHEUS)
    .targets(targetsOf(queries, 'range'))
    .mappings(wordsOf(words))
    .thresholds(thresholds('text'))
    .colorScheme(new FieldColorBuilder().mode(mode))
    .showValue(words.length === 0 ? VisibilityMode.Always : VisibilityMode.Auto)
    .mergeValues(true)
    .rowHeight(0.8)
    .legend(new VizLegendOptionsBuilder().showLegend(words.length > 0).calcs([]))
  return { panel: panel.build(), width, height }
}
