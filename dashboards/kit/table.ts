// A table with one row per series of its queries, and one column per query.
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PROMETHEUS, refIdOf, targetsOf } from './targets.ts'
import { type Step, thresholds, type Word, wordsOf } from './thresholds.ts'
import type { About, Tile } from './tile.ts'

export interface Column {
  readonly name: string
  readonly expr: string
  readonly unit: string
  readonly words?: readonly Word[]
  /** Colours from the value on; the cell is coloured when given. */
  readonly base?: string
  readonly steps?: readonly Step[]
}

/** A link on the cells of a label's column. */
export interface LabelLink {
  readonly label: string
  readonly title: string
  readonly url: string
}

export interface TableOptions {
  /** The labels that are shown, in this order, before the columns. */
  readonly labels: readonly string[]
  readonly columns: readonly Column[]
  readonly links?: readonly LabelLink[]
}

/** The queries must agree in their labels, which become the row's first columns. */
export function table(about: Omit<About, 'queries' | 'unit'>, { labels, columns, links = [] }: TableOptions): Tile {
  const { title, description, width = 24, height = 10 } = about
  const queries = columns.map(({ expr, name }) => ({ expr, legend: name }))
  // A single query's value is not told apart by its refId.
  const fields = columns.map((_, index) => (columns.length === 1 ? 'Value' : `Value #${refIdOf(index)}`))
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .unit('none')
    .datasource(PROMETHEUS)
    .targets(targetsOf(queries, 'table'))
    .transformations([
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          indexByName: Object.fromEntries([...labels, ...fields].map((field, index) => [field, index])),
          renameByName: Object.fromEntries(fields.map((field, index) => [field, columns[index]?.name])),
        },
      },
    ])
    .filterable(true)
  for (const column of columns) panel.overrideByName(column.name, propertiesOf(column))
  for (const { label, title: text, url } of links)
    panel.overrideByName(label, [{ id: 'links', value: [{ title: text, url, targetBlank: false }] }])
  return { panel: panel.build(), width, height }
}

function propertiesOf({ unit, words = [], base = 'text', steps = [] }: Column): DynamicConfigValue[] {
  const coloured = words.length > 0 || steps.length > 0
  return [
    { id: 'unit', value: unit },
    ...(words.length > 0 ? [{ id: 'mappings', value: wordsOf(words) }] : []),
    ...(steps.length > 0 ? [{ id: 'thresholds', value: thresholds(base, ...steps).build() }] : []),
    ...(coloured ? [{ id: 'custom.cellOptions', value: { type: 'color-text' } }] : []),
  ]
}
