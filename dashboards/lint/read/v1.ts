// Reads a board in the classic schema, as much as there is of it; what is wrong with its shape is said by the rule schema.
import { at, listAt, numberAt, textAt } from '../../../controller/kube/json.ts'
import type { LintBoard, LintPanel, LintQuery, LintVariable, Place } from '../model.ts'

export function readV1(raw: unknown): LintBoard {
  return {
    schema: 'v1',
    title: textAt(raw, 'title'),
    uid: textAt(raw, 'uid'),
    editable: at(raw, 'editable'),
    variables: listAt(raw, 'templating', 'list').map(readVariable),
    panels: panelsOf(raw),
    annotations: listAt(raw, 'annotations', 'list').flatMap(readAnnotation),
    raw,
  }
}

/** The text of a datasource's reference, which was once a bare string. */
function datasourceOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : textAt(value, 'uid')
}

function panelsOf(raw: unknown): LintPanel[] {
  return listAt(raw, 'panels').flatMap((panel, index) => [
    readPanel(panel, 'board'),
    // Those of a collapsed row are hidden in it.
    ...listAt(panel, 'panels').map((inner) => readPanel(inner, `row ${index}`)),
  ])
}

function readPanel(panel: unknown, grid: string): LintPanel {
  const id = numberAt(panel, 'id')
  const title = textAt(panel, 'title') ?? ''
  const where = `panel ${id ?? '(no id)'} ${JSON.stringify(title)}`
  const datasource = datasourceOf(at(panel, 'datasource'))
  return {
    where,
    id,
    title,
    type: textAt(panel, 'type') ?? '',
    description: textAt(panel, 'description') ?? '',
    units: unitsOf(at(panel, 'fieldConfig'), at(panel, 'options')),
    place: placeOf(at(panel, 'gridPos'), grid),
    queries: listAt(panel, 'targets').map((target): LintQuery => {
      const refId = textAt(target, 'refId')
      return {
        where: `${where}, query ${refId ?? '(no refId)'}`,
        refId,
        expr: textAt(target, 'expr'),
        datasource: datasourceOf(at(target, 'datasource')) ?? datasource,
      }
    }),
  }
}

/** The units of a panel's values: its default, and those that its overrides and a heatmap's axis name. */
export function unitsOf(fieldConfig: unknown, options: unknown): string[] {
  const overrides = listAt(fieldConfig, 'overrides').flatMap((override) => listAt(override, 'properties'))
  const overridden = overrides.filter((one) => textAt(one, 'id') === 'unit').map((one) => textAt(one, 'value'))
  const units = [textAt(fieldConfig, 'defaults', 'unit'), textAt(options, 'yAxis', 'unit'), ...overridden]
  return units.flatMap((unit) => (unit === undefined || unit === '' ? [] : [unit]))
}

function placeOf(gridPos: unknown, grid: string): Place | undefined {
  const [x, y, w, h] = ['x', 'y', 'w', 'h'].map((side) => numberAt(gridPos, side))
  if (x === undefined || y === undefined || w === undefined || h === undefined) return undefined
  return { x, y, w, h, grid }
}

function readVariable(variable: unknown): LintVariable {
  const query = at(variable, 'query')
  return {
    name: textAt(variable, 'name') ?? '',
    type: textAt(variable, 'type') ?? '',
    query: typeof query === 'string' ? query : (textAt(query, 'query') ?? ''),
  }
}

function readAnnotation(annotation: unknown): LintQuery[] {
  const expr = textAt(annotation, 'expr') ?? textAt(annotation, 'target', 'expr')
  if (expr === undefined) return []
  const where = `annotation ${JSON.stringify(textAt(annotation, 'name') ?? '')}`
  return [{ where, refId: undefined, expr, datasource: datasourceOf(at(annotation, 'datasource')) }]
}
