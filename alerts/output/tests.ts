// Tests of promtool for every alert: each case of it is one, and what fires must have exactly these labels and annotations.
import type { Alert, AlertCase, AlertRule, Pace, RuleSet } from '../model.ts'
import { filledIn, select } from '../promql.ts'
import { groupsOf } from './rules.ts'

/** One file for each pace of evaluation, since promtool has one for a whole file; undefined when it has no case. */
export function promtoolTests(set: RuleSet, ruleFile: string, every: Pace) {
  const tests = set.groups.flatMap(({ alerts }) => alerts.flatMap((alert) => testsOf(alert, every)))
  if (tests.length === 0) return undefined
  return {
    rule_files: [ruleFile],
    evaluation_interval: every,
    group_eval_order: groupsOf(set).map(({ name }) => name),
    tests,
  }
}

function testsOf({ rule, cases }: Alert, every: Pace) {
  const { window, limit } = rule.labels
  const which = [rule.alert, window, limit].filter((part) => part !== undefined).join(' ')
  return cases
    .filter((one) => one.every === every)
    .map((one) => ({
      name: `${which} ${one.fires ? 'fires' : 'is silent'}: ${one.name}`,
      interval: '1m',
      input_series: one.series,
      ...(one.amongOthers ? { promql_expr_test: [byLabels(rule, one)] } : { alert_rule_test: [byName(rule, one)] }),
    }))
}

function byName({ alert, labels, annotations }: AlertRule, { at, fires, of = [{}] }: AlertCase) {
  const exp_alerts = fires
    ? of.map((own) => ({
        exp_labels: { ...own, ...filledIn(labels, own) },
        exp_annotations: filledIn(annotations, own),
      }))
    : []
  return { eval_time: at, alertname: alert, exp_alerts }
}

/** promtool looks at all alerts of a name; the series that Prometheus writes of them tells one from the others. */
function byLabels({ alert, labels }: AlertRule, { at, fires }: AlertCase) {
  const series = select('ALERTS', { alertname: alert, alertstate: 'firing', ...labels })
  return { eval_time: at, expr: series, exp_samples: fires ? [{ labels: series, value: 1 }] : [] }
}
