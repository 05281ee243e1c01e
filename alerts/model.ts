// What alerts are made of: rules as Prometheus has them, each alert with the cases that prove it, and whom they are for.
import type { GuardSpec } from '../controller/model/guard.ts'
import type { AlertName } from '../controller/model/runbooks.ts'

export type Labels = Readonly<Record<string, string>>
/** Critical pages; warning waits for working hours; info is to be known, and nothing is wrong. */
export type Severity = 'critical' | 'warning' | 'info' | 'none'

export interface GuardRef {
  readonly namespace: string
  readonly name: string
  /** Of the Guard's label evenkeel.dev/team. */
  readonly team?: string | undefined
}

/** A Guard that alerts are made for. */
export interface GuardedService extends GuardRef {
  readonly spec: GuardSpec
}

export interface AlertOptions {
  /** Where docs/runbooks can be read; undefined for alerts without a link to them. */
  readonly runbookUrl?: string | undefined
  /** Base URL of Grafana; undefined for alerts without a link to a dashboard. */
  readonly dashboardUrl?: string | undefined
  /** Whose alerts they are when a Guard does not say, and those of Evenkeel itself. */
  readonly team: string
  /** Where Evenkeel runs. */
  readonly evenkeelNamespace: string
  /** Divides every hold and every window, for a drill that can't wait as long as a night on call; names stay. Default: 1. */
  readonly quickenedBy?: number | undefined
}

export interface RecordingRule {
  readonly record: string
  readonly expr: string
  readonly labels: Labels
}

/**
 * `labels` always has service, namespace, slo, severity and team: routing, grouping and inhibition rest on them. Where one rule
 * is for many objects, a label of the series stands in them as `{{$labels.group}}`.
 */
export interface AlertRule {
  readonly alert: AlertName
  readonly expr: string
  readonly for?: string
  /** So long it is held after its expression has ended. */
  readonly keep_firing_for?: string
  readonly labels: Labels
  readonly annotations: Labels
}

export const PACES = ['1m', '5m', '15m'] as const
export type Pace = (typeof PACES)[number]

/** Series as promtool reads them, up to a moment at which the alert must fire or must not. */
export interface AlertCase {
  readonly name: string
  readonly series: readonly { readonly series: string; readonly values: string }[]
  /** When it is looked at. */
  readonly at: string
  readonly fires: boolean
  /** What the series themselves add to the labels, once for each alert that fires. Default: nothing, and one. */
  readonly of?: readonly Labels[]
  /** How often rules are evaluated: a case of many hours needs it seldom. */
  readonly every: Pace
  /** Others of the same name may fire with it: only this one is looked at. */
  readonly amongOthers?: true
}

/** An alert can't be written down without saying what makes it fire, and what does not. */
export interface Alert {
  readonly rule: AlertRule
  readonly cases: readonly AlertCase[]
}

export interface AlertGroup {
  readonly name: string
  /** How often it is evaluated, when that is not Prometheus's own pace. */
  readonly interval?: string
  readonly records: readonly RecordingRule[]
  readonly alerts: readonly Alert[]
}

/** All rules of one Guard, or of Evenkeel itself. */
export interface RuleSet {
  /** Unique, and fit for the name of a file or an object. */
  readonly name: string
  /** In the order in which they are evaluated. */
  readonly groups: readonly AlertGroup[]
}
