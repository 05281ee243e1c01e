// What the alerts of FailoverGroups have in common: each is about the group that its series name, and is grouped and inhibited with it alone.
import { DASHBOARDS, type GROUP_CONDITIONS, METRICS } from '../../../controller/model/names.ts'
import { type AlertText, alertRule } from '../../alert.ts'
import type { AlertCase, AlertOptions, AlertRule, Labels } from '../../model.ts'
import { type MetricName, select } from '../../promql.ts'
import { caseOf, firesFor } from '../own.ts'

/** As texts name it. */
export const GROUP = '{{$labels.namespace}}/{{$labels.group}}'

export function groupRule(text: Omit<AlertText, 'slo'>, options: AlertOptions): AlertRule {
  const variables = 'var-namespace={{$labels.namespace}}&var-group={{$labels.group}}'
  const subject = {
    service: '{{$labels.group}}',
    namespace: '{{$labels.namespace}}',
    team: options.team,
    dashboard: `/d/${DASHBOARDS.failover}?${variables}`,
  }
  return alertRule({ slo: 'failover', ...text }, subject, options)
}

type ConditionType = (typeof GROUP_CONDITIONS)[keyof typeof GROUP_CONDITIONS]

/** One series for each group, whichever replica tells it. */
export function perGroup(selected: string): string {
  return `max by (namespace, group) (${selected})`
}

export function perMember(metric: MetricName): string {
  return `max by (namespace, group, member) (${metric})`
}

export function conditionIs(type: ConditionType, value: 0 | 1): string {
  return `${perGroup(select(METRICS.failoverGroupCondition, { condition: type }))} == ${value}`
}

export const IS_SWITCHING = `${perGroup(METRICS.failoverGroupSwitching)} == 1`

const DB: Labels = { namespace: 'shop', group: 'db' }

/** A series of a group, as cases have it. */
export function ofGroup(metric: MetricName, extra: Labels = {}): string {
  return select(metric, { ...DB, instance: 'a', ...extra })
}

export function conditionOf(type: ConditionType, extra: Labels = {}): string {
  return ofGroup(METRICS.failoverGroupCondition, { condition: type, ...extra })
}

/** That it fires for the group of `ofGroup`. */
export function firesForGroup(...rest: Parameters<typeof caseOfGroup>): AlertCase {
  return firesFor([DB], caseOfGroup(...rest))
}

/** That it fires for this member of it. */
export function firesForMember(member: string, ...rest: Parameters<typeof caseOfGroup>): AlertCase {
  return firesFor([{ ...DB, member }], caseOfGroup(...rest))
}

export function silent(name: string, at: string, ...rows: readonly (readonly [string, string])[]): AlertCase {
  return caseOf(name, false, at, ...rows)
}

function caseOfGroup(name: string, at: string, ...rows: readonly (readonly [string, string])[]): AlertCase {
  return caseOf(name, true, at, ...rows)
}
