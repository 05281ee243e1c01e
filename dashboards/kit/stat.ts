// One number, large: the newest value.
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PROMETHEUS, targetsOf } from './targets.ts'
import { type Step, thresholds, type Word, wordsOf } from './thresholds.ts'
import type { About, Tile } from './tile.ts'

export interface StatOptions {
  readonly base?: string
  readonly steps?: readonly Step[]
  readonly words?: readonly Word[]
  readonly decimals?: number
  /** What is shown when there is no series. */
  readonly noValue?: string
  /** Names each value, where one query gives several. */
  readonly name?: boolean
}

export function stat(about: About, options: StatOptions = {}): Tile {
  const { title, description, unit, queries, width = 4, height = 4 } = about
  const { base = 'text', steps = [], words = [], decimals, noValue, name = false } = options
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(PROMETHEUS)
    .targets(targetsOf(queries, 'instant'))
    .thresholds(thresholds(base, ...steps))
    .mappings(wordsOf(words))
    .reduceOptions(new ReduceDataOptionsBuilder().values(false).calcs(['lastNotNull']).fields(''))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(name ? BigValueTextMode.ValueAndName : BigValueTextMode.Value)
  if (decimals !== undefined) panel.decimals(decimals)
  if (noValue !== undefined) panel.noValue(noValue)
  return { panel: panel.build(), width, height }
}
