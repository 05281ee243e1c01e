// Variables: the datasource is one, every selector is narrowed by the board's own, and none is used that is not there.
import type { Finding, LintBoard } from '../model.ts'
import { readExpression, variablesIn } from '../promql.ts'

/** Grafana's own begin with two underscores; $timeFilter and the like are of other datasources. */
const isGrafanas = (name: string) => name.startsWith('__')

export function datasource({ variables, panels, annotations }: LintBoard): Finding[] {
  const rule = 'datasource'
  const names = variables
    .filter(({ type, query }) => type === 'datasource' && query === 'prometheus')
    .map(({ name }) => name)
  if (names.length === 0)
    return [
      {
        rule,
        where: 'templating.list',
        message: 'has no variable for the Prometheus datasource: the board works in one Grafana only',
        remedy: 'add one of the type datasource with the query prometheus',
      },
    ]
  const queries = [...panels.flatMap((panel) => panel.queries), ...annotations]
  return queries
    .filter(({ expr }) => expr !== undefined)
    .filter(({ datasource: uid = '' }) => !variablesIn(uid).some((name) => names.includes(name)))
    .map(({ where, datasource: uid }) => ({
      rule,
      where,
      message: `asks ${uid === undefined ? 'the default datasource' : JSON.stringify(uid)} and not the board’s variable`,
      remedy: `write \${${names[0]}} as the datasource’s uid`,
    }))
}

export function selectors({ variables, panels, annotations }: LintBoard): Finding[] {
  const narrowing = new Set(
    variables.filter(({ type }) => ['query', 'custom', 'textbox'].includes(type)).map(({ name }) => name),
  )
  if (narrowing.size === 0) return []
  return [...panels.flatMap((panel) => panel.queries), ...annotations].flatMap(({ where, expr }) =>
    expr === undefined
      ? []
      : readExpression(expr)
          .selectors.filter(({ matchers }) => !variablesIn(matchers).some((name) => narrowing.has(name)))
          .map(({ metric, matchers }) => ({
            rule: 'selectors',
            where,
            message: `selects ${metric ?? ''}${matchers}, whatever is chosen in the board`,
            remedy: `narrow it by ${[...narrowing].map((name) => `$${name}`).join(' or ')}`,
          })),
  )
}

export function knownVariables({ variables, panels, annotations }: LintBoard): Finding[] {
  const known = new Set(variables.map(({ name }) => name))
  return [...panels.flatMap((panel) => panel.queries), ...annotations].flatMap(
    ({ where, expr = '', datasource: uid = '' }) =>
      [...new Set([...variablesIn(expr), ...variablesIn(uid)])]
        .filter((name) => !known.has(name) && !isGrafanas(name))
        .map((name) => ({
          rule: 'variables',
          where,
          message: `uses $${name}, which the board does not have`,
          remedy: 'add the variable, or correct its name',
        })),
  )
}
