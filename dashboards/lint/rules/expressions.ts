// Expressions: that they parse, read counters rightly, and name no metric of ours that is not there.
import { METRICS } from '../../../controller/model/names.ts'
import type { Finding, LintBoard, LintQuery } from '../model.ts'
import { type Expression, readExpression } from '../promql.ts'

/** Functions that know that a counter begins anew. */
const OF_COUNTERS = new Set(['rate', 'irate', 'increase', 'resets', 'absent', 'absent_over_time'])
const RANGES = new Set(['$__rate_interval', '$__range'])
const OURS = /^(evenkeel_|slo:)/
const KNOWN = new Set<string>(Object.values(METRICS))

export function syntax(board: LintBoard): Finding[] {
  return perQuery(board, ({ fault }) =>
    fault === undefined
      ? []
      : [
          {
            rule: 'promql',
            message: `does not parse at: ${fault}`,
            remedy: 'correct the expression; promtool query says more',
          },
        ],
  )
}

export function rateInterval(board: LintBoard): Finding[] {
  return perQuery(board, ({ rates }) =>
    rates
      .filter(({ range }) => !RANGES.has(range))
      .map(({ name, range }) => ({
        rule: 'rate-interval',
        message: `takes ${name} over ${range || 'nothing'}, which is empty or coarse at other zooms`,
        remedy: `write ${name}(…[$__rate_interval])`,
      })),
  )
}

export function counters(board: LintBoard): Finding[] {
  return perQuery(board, ({ selectors }) =>
    selectors
      .filter(({ metric, functions }) => metric?.endsWith('_total') && !functions.some((name) => OF_COUNTERS.has(name)))
      .map(({ metric }) => ({
        rule: 'counters',
        message: `shows the counter ${metric} as it is, which begins anew with every restart`,
        remedy: 'put it into rate() or increase()',
      })),
  )
}

export function metricNames(board: LintBoard): Finding[] {
  return perQuery(board, ({ selectors }) =>
    selectors
      .flatMap(({ metric }) => metric ?? [])
      .filter((metric) => OURS.test(metric) && !KNOWN.has(metric) && !KNOWN.has(familyOf(metric)))
      .map((metric) => ({
        rule: 'metric-names',
        message: `reads ${metric}, which Evenkeel does not have`,
        remedy: 'see docs/reference/metrics.md for those that there are',
      })),
  )
}

/** Histograms are named without the endings of their series. */
function familyOf(metric: string): string {
  return metric.replace(/_(bucket|sum|count)$/, '')
}

type Said = Omit<Finding, 'where'>

function perQuery({ panels, annotations }: LintBoard, judge: (expression: Expression) => Said[]): Finding[] {
  return [...panels.flatMap(({ queries }) => queries), ...annotations].flatMap(({ expr, where }: LintQuery) =>
    expr === undefined ? [] : judge(readExpression(expr)).map((said) => ({ ...said, where })),
  )
}
