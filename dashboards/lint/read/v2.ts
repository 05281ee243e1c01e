// Reads a board in the schema of dashboard.grafana.app/v2 and its betas.
import { at, isObject, listAt, numberAt, textAt } from '../../../controller/kube/json.ts'
import type { LintBoard, LintPanel, LintQuery, LintVariable, Place } from '../model.ts'
import { unitsOf } from './v1.ts'

export function readV2(resource: unknown): LintBoard {
  const spec = at(resource, 'spec')
  const places = new Map<string, Place>()
  collectPlaces(at(spec, 'layout'), 'layout', places)
  const elements = at(spec, 'elements')
  return {
    schema: 'v2',
    title: textAt(spec, 'title'),
    uid: textAt(resource, 'metadata', 'name'),
    editable: at(spec, 'editable'),
    variables: listAt(spec, 'variables').map(readVariable),
    panels: Object.entries(isObject(elements) ? elements : {}).map(([name, element]) =>
      readPanel(at(element, 'spec'), places.get(name)),
    ),
    annotations: listAt(spec, 'annotations').flatMap(readAnnotation),
    raw: resource,
  }
}

/** The place of each element of every grid; grids may lie in rows and tabs. */
function collectPlaces(layout: unknown, grid: string, places: Map<string, Place>): void {
  const spec = at(layout, 'spec')
  for (const item of listAt(spec, 'items')) {
    const name = textAt(item, 'spec', 'element', 'name')
    const [x, y, w, h] = ['x', 'y', 'width', 'height'].map((side) => numberAt(item, 'spec', side))
    if (name === undefined || x === undefined || y === undefined || w === undefined || h === undefined) continue
    places.set(name, { x, y, w, h, grid })
  }
  for (const part of ['rows', 'tabs'])
    for (const [index, one] of listAt(spec, part).entries())
      collectPlaces(at(one, 'spec', 'layout'), `${grid}.${part}.${index}`, places)
}

function readPanel(spec: unknown, place: Place | undefined): LintPanel {
  const id = numberAt(spec, 'id')
  const title = textAt(spec, 'title') ?? ''
  const where = `panel ${id ?? '(no id)'} ${JSON.stringify(title)}`
  const vizSpec = at(spec, 'vizConfig', 'spec')
  return {
    where,
    id,
    title,
    type: textAt(spec, 'vizConfig', 'group') ?? textAt(spec, 'vizConfig', 'kind') ?? '',
    description: textAt(spec, 'description') ?? '',
    units: unitsOf(at(vizSpec, 'fieldConfig'), at(vizSpec, 'options')),
    place,
    queries: listAt(spec, 'data', 'spec', 'queries').map((query): LintQuery => {
      const refId = textAt(query, 'spec', 'refId')
      return { where: `${where}, query ${refId ?? '(no refId)'}`, refId, ...readQuery(at(query, 'spec', 'query')) }
    }),
  }
}

function readQuery(query: unknown): { expr: string | undefined; datasource: string | undefined } {
  return { expr: textAt(query, 'spec', 'expr'), datasource: textAt(query, 'datasource', 'name') }
}

/** "QueryVariable" is "query" in the classic schema. */
function readVariable(variable: unknown): LintVariable {
  const spec = at(variable, 'spec')
  const kind = textAt(variable, 'kind') ?? ''
  return {
    name: textAt(spec, 'name') ?? '',
    type: kind.replace(/Variable$/, '').toLowerCase(),
    query: textAt(spec, 'pluginId') ?? textAt(spec, 'query', 'spec', 'query') ?? '',
  }
}

function readAnnotation(annotation: unknown): LintQuery[] {
  const where = `annotation ${JSON.stringify(textAt(annotation, 'spec', 'name') ?? '')}`
  const query = readQuery(at(annotation, 'spec', 'query'))
  return query.expr === undefined ? [] : [{ where, refId: undefined, ...query }]
}
