// How many groups are well, and each one on a row.
import { ALERTS, CONDITIONS, GROUP_CONDITIONS, METRICS } from '../../../controller/model/names.ts'
import { type MetricName, perGroup, type Scope, select } from '../../kit/promql.ts'
import { type StatOptions, stat } from '../../kit/stat.ts'
import { type Column, table } from '../../kit/table.ts'
import { ALARM_WORDS, CONDITION_WORDS, NEWS_WORDS, YES_NO } from '../../kit/thresholds.ts'
import { type Row, seenIn } from '../../kit/tile.ts'

const PASSED_WORDS = [
  [0, 'failed', 'red'],
  [1, 'passed', 'green'],
] as const

export function conditionOf(type: string, scope: Scope): string {
  return perGroup(METRICS.failoverGroupCondition, scope, { condition: type })
}

export function groupsRow(scope: Scope): Row {
  const condition = (type: string) => conditionOf(type, scope)
  const gauge = (metric: MetricName) => perGroup(metric, scope)
  const count = (title: string, description: string, expr: string, options: StatOptions) =>
    stat({ title, description, unit: 'none', queries: [{ expr, legend: '' }], width: 4 }, options)
  const alarm: StatOptions = { base: 'green', steps: [[1, 'red']] }
  const { available, failoverReady, refused } = GROUP_CONDITIONS
  return {
    title: 'Groups',
    tiles: [
      count('Groups', 'FailoverGroups that are not paused.', `count(${condition(CONDITIONS.accepted)})`, {}),
      seenIn(
        count(
          'Without a primary',
          'Groups with no primary that takes writes, or with two.',
          `sum(${condition(available)} == bool 0)`,
          alarm,
        ),
        ALERTS.failoverUnavailable,
      ),
      seenIn(
        count(
          'Failover refused',
          'Groups that need a failover that may not be made: each needs a human.',
          `sum(${condition(refused)} == bool 1)`,
          alarm,
        ),
        ALERTS.failoverRefused,
      ),
      seenIn(
        count(
          'Not ready',
          'Groups in which nobody could take over now.',
          `sum(${condition(failoverReady)} == bool 0)`,
          { base: 'green', steps: [[1, 'orange']] },
        ),
        ALERTS.failoverNotReady,
      ),
      seenIn(
        count(
          'Not acknowledged',
          'Groups that failed over by themselves, and that nobody has looked into.',
          `sum(${gauge(METRICS.failoverGroupUnacknowledged)})`,
          { base: 'green', steps: [[1, 'orange']] },
        ),
        ALERTS.failoverUnacknowledged,
      ),
      seenIn(
        count(
          'Refused',
          'Groups whose spec can’t be used, or whose status can’t be read: nothing is done about them.',
          `sum(${gauge(METRICS.failoverGroupRefused)})`,
          alarm,
        ),
        ALERTS.failoverGroupRefused,
      ),
      seenIn(
        table(
          {
            title: 'Each group',
            description: 'What is known of every group now. An empty cell is what is not known, or was never done.',
          },
          { labels: ['namespace', 'group'], columns: columnsOf(scope) },
        ),
        ALERTS.failoverDrillFailed,
        ALERTS.failbackReady,
      ),
    ],
  }
}

/** One line adds a column. */
function columnsOf(scope: Scope): Column[] {
  const { available, failoverReady, refused, blocked, failbackReady } = GROUP_CONDITIONS
  const of = (type: string) => ({ expr: conditionOf(type, scope), unit: 'none' })
  const gauge = (metric: MetricName) => ({ expr: perGroup(metric, scope), unit: 'none' })
  return [
    { name: 'available', ...of(available), words: CONDITION_WORDS },
    { name: 'could fail over', ...of(failoverReady), words: CONDITION_WORDS },
    { name: 'refused a failover', ...of(refused), words: ALARM_WORDS },
    { name: 'switching', ...gauge(METRICS.failoverGroupSwitching), words: YES_NO },
    { name: 'blocked', ...of(blocked), words: ALARM_WORDS },
    { name: 'not acknowledged', ...gauge(METRICS.failoverGroupUnacknowledged), words: YES_NO },
    { name: 'could fail back', ...of(failbackReady), words: NEWS_WORDS },
    {
      name: 'members up',
      expr: `sum by (namespace, group) (${perGroup(METRICS.failoverGroupMemberUp, scope, {}, ['member'])})`,
      unit: 'none',
    },
    { name: 'most lag', ...gauge(METRICS.failoverGroupLag), unit: 'short' },
    { name: 'epoch', ...gauge(METRICS.failoverGroupEpoch) },
    {
      name: 'last done',
      expr: `max by (namespace, group) (${select(METRICS.failoverGroupLastSwitch, scope, { outcome: 'Done' })}) * 1000`,
      unit: 'dateTimeFromNow',
    },
    { name: 'last drill', ...gauge(METRICS.failoverGroupDrill), words: PASSED_WORDS },
  ]
}
