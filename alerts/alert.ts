// Labels and annotations that every alert of ours has.
import { DASHBOARDS } from '../controller/model/names.ts'
import { type AlertName, runbookFile } from '../controller/model/runbooks.ts'
import type { AlertOptions, AlertRule, GuardRef, Labels, Severity } from './model.ts'
import { lasting } from './promql.ts'

/** What an alert is about: `slo` says what of the service, and is what alerts are grouped and inhibited by. */
export interface Subject {
  readonly service: string
  readonly namespace: string
  readonly team: string
  /** Where to look first, below Grafana's base URL. */
  readonly dashboard: string
}

export function subjectOf({ namespace, name, team }: GuardRef, options: AlertOptions): Subject {
  const variables = new URLSearchParams({ 'var-namespace': namespace, 'var-guard': name })
  return {
    service: name,
    namespace,
    team: team ?? options.team,
    dashboard: `/d/${DASHBOARDS.service}?${variables}`,
  }
}

export function evenkeelItself({ evenkeelNamespace, team }: AlertOptions): Subject {
  return { service: 'evenkeel', namespace: evenkeelNamespace, team, dashboard: `/d/${DASHBOARDS.evenkeel}` }
}

export interface AlertText {
  readonly alert: AlertName
  readonly expr: string
  readonly for?: string
  readonly keptFor?: string
  readonly slo: string
  readonly severity: Severity
  /** Labels beside those that every alert has. */
  readonly labels?: Labels
  readonly summary: string
  readonly description: string
}

/** The texts hold no values of the moment: an alert that changes with every evaluation would be sent anew each time. */
export function alertRule(text: AlertText, subject: Subject, options: AlertOptions): AlertRule {
  const { runbookUrl, dashboardUrl } = options
  return {
    alert: text.alert,
    expr: text.expr,
    ...(text.for === undefined ? {} : { for: lasting(text.for, options) }),
    ...(text.keptFor === undefined ? {} : { keep_firing_for: lasting(text.keptFor, options) }),
    labels: {
      service: subject.service,
      namespace: subject.namespace,
      slo: text.slo,
      severity: text.severity,
      team: subject.team,
      ...text.labels,
    },
    annotations: {
      summary: text.summary,
      description: text.description,
      ...(runbookUrl === undefined ? {} : { runbook_url: `${trimmed(runbookUrl)}/${runbookFile(text.alert)}` }),
      ...(dashboardUrl === undefined ? {} : { dashboard_url: `${trimmed(dashboardUrl)}${subject.dashboard}` }),
    },
  }
}

const trimmed = (url: string): string => url.replace(/\/+$/, '')
