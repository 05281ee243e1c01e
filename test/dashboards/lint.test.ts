// The linter: a good board has no finding; each planted defect gives the one finding of its rule, in either schema.
import { describe, expect, it } from 'vitest'
import { type Board, boardOf } from '../../dashboards/kit/board.ts'
import { line } from '../../dashboards/kit/line.ts'
import { namespace, datasource as prometheus } from '../../dashboards/kit/variables.ts'
import { lintBoard } from '../../dashboards/lint/lint.ts'
import { readBoards } from '../../dashboards/lint/read/boards.ts'
import { schemaV2 } from '../../dashboards/schema-v2.ts'

function board(): Board {
  const tile = (title: string, expr: string) =>
    line({ title, description: 'd', unit: 's', queries: [{ expr, legend: '' }] })
  return boardOf({
    uid: 'good',
    title: 'Good',
    description: 'A board without a fault.',
    from: 'now-1h',
    refresh: '10s',
    variables: [prometheus(), namespace({ many: false })],
    annotations: [],
    links: [],
    runbooks: undefined,
    rows: [
      {
        title: 'Row',
        tiles: [
          tile('One', 'sum(rate(shop_requests_total{namespace="$namespace"}[$__rate_interval]))'),
          tile('Two', 'max(evenkeel_guard_signal{namespace="$namespace"})'),
        ],
      },
    ],
  })
}

const findings = (value: unknown) => readBoards('board.json', JSON.stringify(value)).flatMap(lintBoard)

/** A copy of the good board with the JSON text changed. */
const changed = (from: string | RegExp, to: string): unknown => {
  const text = JSON.stringify(board())
  const after = text.replace(from, to)
  expect(after).not.toBe(text)
  return JSON.parse(after)
}
/** In the place of the expression of panel Two. */
const withExpr = (expr: string) =>
  changed(
    'max(evenkeel_guard_signal{namespace=\\"$namespace\\"})',
    JSON.stringify(expr).slice(1, -1).replaceAll('$', '$$$$'),
  )

it('a good board has no finding', () => {
  expect(findings(board())).toEqual([])
  expect(findings(schemaV2(board()))).toEqual([])
})

describe('what is in a board:', () => {
  it.each<[rule: string, defect: string, value: () => unknown, says: RegExp]>([
    [
      'schema',
      'a uid of 41 characters',
      () => changed('"uid":"good"', `"uid":"${'x'.repeat(41)}"`),
      /^uid does not fit/,
    ],
    ['schema', 'an empty title', () => changed('"title":"Good"', '"title":" "'), /title.*is empty/],
    ['schema', 'a schemaVersion of years ago', () => changed(/"schemaVersion":\d+/, '"schemaVersion":16'), /too old/],
    [
      'schema',
      'a panel without a place',
      () => changed(/"gridPos":\{"x":0,"y":1[^}]*\}/, '"gridPos":null'),
      /panels\[1\]\.gridPos/,
    ],
    ['panel-ids', 'two panels of one id', () => changed('"id":3', '"id":2'), /has the id 2, which another/],
    ['panel-ids', 'a panel without an id', () => changed('"id":3,', ''), /has no id/],
    ['layout', 'a panel past the last column', () => changed('"x":8', '"x":20'), /reaches column 28 of 24/],
    ['layout', 'a panel upon another', () => changed('"x":8', '"x":7'), /"Two" lies upon panel 2 "One"/],
    ['titles', 'a panel without a title', () => changed('"title":"One"', '"title":""'), /has no title/],
    [
      'descriptions',
      'a panel without a description',
      () => changed('"description":"d"', '"description":""'),
      /has no description/,
    ],
    ['units', 'a panel without a unit', () => changed('"unit":"s"', '"unit":""'), /has no unit/],
    [
      'units',
      'a unit that is none',
      () => changed('"unit":"s"', '"unit":"seconds"'),
      /"seconds", which Grafana does not know/,
    ],
    ['ref-ids', 'a query without a refId', () => changed('"refId":"A"', '"refId":""'), /has no refId/],
    [
      'datasource',
      'no datasource variable',
      () => changed('"query":"prometheus"', '"query":"loki"'),
      /no variable for the Prometheus/,
    ],
    [
      'datasource',
      'a datasource of one Grafana',
      () =>
        changed(
          '"datasource":{"type":"prometheus","uid":"${datasource}"},"legendFormat"',
          '"datasource":{"type":"prometheus","uid":"P1809F7CD0C75ACF3"},"legendFormat"',
        ),
      /asks "P1809F7CD0C75ACF3"/,
    ],
    [
      'editable',
      'a board that can be edited',
      () => changed('"editable":false', '"editable":true'),
      /changes made in Grafana/,
    ],
    [
      'promql',
      'a brace that is not closed',
      () => withExpr('sum(evenkeel_guard_signal{namespace="$namespace")'),
      /does not parse at: \)/,
    ],
    [
      'promql',
      'an operator without its right side',
      () => withExpr('evenkeel_guard_signal{namespace="$namespace"} +'),
      /at: its end/,
    ],
    [
      'rate-interval',
      'a fixed range in rate',
      () => withExpr('rate(evenkeel_actions_total{namespace="$namespace"}[5m])'),
      /takes rate over 5m/,
    ],
    [
      'rate-interval',
      '$__interval in irate',
      () => withExpr('irate(evenkeel_actions_total{namespace="$namespace"}[$__interval])'),
      /irate over \$__interval/,
    ],
    [
      'counters',
      'a counter as it is',
      () => withExpr('sum(evenkeel_actions_total{namespace="$namespace"})'),
      /the counter evenkeel_actions_total/,
    ],
    [
      'selectors',
      'a selector that no variable narrows',
      () => withExpr('evenkeel_guard_signal{namespace="shop"}'),
      /selects evenkeel_guard_signal\{namespace="shop"\}/,
    ],
    [
      'variables',
      'a variable that is not there',
      () => withExpr('evenkeel_guard_signal{namespace="$namespace", guard="$guard"}'),
      /uses \$guard/,
    ],
    [
      'metric-names',
      'a metric that Evenkeel does not have',
      () => withExpr('evenkeel_guard_health{namespace="$namespace"}'),
      /reads evenkeel_guard_health/,
    ],
    [
      'metric-names',
      'a metric named by its label',
      () => withExpr('{__name__="evenkeel_gone", namespace="$namespace"}'),
      /reads evenkeel_gone/,
    ],
    [
      'metric-names',
      'a recording rule that is not ours',
      () => withExpr('slo:nothing:ratio{namespace="$namespace"}'),
      /reads slo:nothing:ratio/,
    ],
  ])('%s: %s', (rule, _, value, says) => {
    const found = findings(value())
    expect(found.map((one) => one.rule)).toEqual([rule])
    expect(`${found[0]?.where} ${found[0]?.message}`).toMatch(says)
    expect(found[0]?.remedy).not.toBe('')
  })

  it('ref-ids: two queries of one refId', () => {
    const value = line({
      title: 'T',
      description: 'd',
      unit: 's',
      queries: [1, 2].map(() => ({ expr: '1', legend: '' })),
    })
    const twice = JSON.parse(JSON.stringify(value.panel).replaceAll('"B"', '"A"'))
    const { panels = [], ...rest } = board()
    const place = { gridPos: { x: 0, y: 50, w: 8, h: 8 }, id: 9 }
    expect(findings({ ...rest, panels: [...panels, { ...twice, ...place }] }).map(({ rule }) => rule)).toEqual([
      'ref-ids',
    ])
  })
})

describe('an expression is right', () => {
  it.each([
    'label_replace(evenkeel_guard_signal{namespace="$namespace"}, "a", "$1", "signal", "(.*)")',
    'topk($__range_s, evenkeel_guard_signal{namespace=~"${namespace:regex}"})',
    'histogram_quantile(0.9, sum by (le) (rate(evenkeel_tick_duration_seconds_bucket{namespace="[[namespace]]"}[$__rate_interval])))',
    'increase(evenkeel_actions_total{namespace="$namespace"}[1h])',
    'max_over_time(evenkeel_guard_signal{namespace="$namespace"}[$__interval])',
    'max_over_time(rate(evenkeel_actions_total{namespace="$namespace"}[$__rate_interval])[1h:30s])',
    '# why\nevenkeel_guard_signal{namespace="$namespace"}',
  ])('%s', (expr) => {
    expect(findings(withExpr(expr))).toEqual([])
  })
})

describe('the newer schema', () => {
  it.each<[rule: string, from: string | RegExp, to: string]>([
    ['schema', '"kind":"RowsLayout"', '"kind":"Layout"'],
    ['schema', '"name":"good"', '"name":"not good"'],
    ['panel-ids', '"id":3', '"id":2'],
    ['layout', '"x":8', '"x":17'],
    ['layout', '"x":8', '"x":1'],
    ['titles', '"title":"Two"', '"title":""'],
    ['descriptions', '"description":"d"', '"description":""'],
    ['units', '"unit":"s"', '"unit":"bananas"'],
    ['datasource', '"pluginId":"prometheus"', '"pluginId":"loki"'],
    ['editable', '"editable":false', '"editable":true'],
    ['rate-interval', '$__rate_interval', '2m'],
    ['metric-names', 'evenkeel_guard_signal', 'evenkeel_gone'],
    ['promql', 'max(evenkeel', 'max((evenkeel'],
  ])('%s is found: %s → %s', (rule, from, to) => {
    const text = JSON.stringify(schemaV2(board())).replace(from, to)
    expect(findings(JSON.parse(text)).map((one) => one.rule)).toEqual([rule])
  })
})

describe('a file', () => {
  const text = JSON.stringify(board())
  it.each([
    ['plain', text],
    ['as the API gives it', `{ "meta": {}, "dashboard": ${text} }`],
    [
      'in the resource of the classic schema',
      `{ "apiVersion": "dashboard.grafana.app/v1beta1", "kind": "Dashboard", "spec": ${text} }`,
    ],
    ['in a ConfigMap', JSON.stringify({ kind: 'ConfigMap', data: { 'a.json': text, 'readme.md': 'x' } })],
    ['of the operator', JSON.stringify({ kind: 'GrafanaDashboard', spec: { json: text } })],
    ['of the operator, newer', JSON.stringify({ kind: 'GrafanaManifest', spec: { template: schemaV2(board()) } })],
    ['with another document', `kind: Namespace\n---\n${text}`],
  ])('%s holds one board', (_, content) => {
    expect(readBoards('f', content).map(({ title }) => title)).toEqual(['Good'])
  })

  it.each([
    ['', 'f holds no board'],
    ['kind: Namespace', 'f holds no board'],
    ['{ "a": ', 'f is neither JSON nor YAML'],
    [JSON.stringify({ kind: 'ConfigMap', data: { 'a.json': '{' } }), 'f, a.json is not JSON'],
  ])('%j is refused: %s', (content, says) => {
    expect(() => readBoards('f', content)).toThrow(says)
  })
})
