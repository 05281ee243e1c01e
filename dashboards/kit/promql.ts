// The expressions of our panels: every selector carries the board's own matchers, and every metric a name of names.ts.
import type { LimitName } from '../../controller/model/assessment.ts'
import type { METRICS } from '../../controller/model/names.ts'

export type MetricName = (typeof METRICS)[keyof typeof METRICS]
type Matchers = Readonly<Record<string, string>>

/** What a board's selectors are narrowed by, each as it stands between the braces. */
export interface Scope {
  readonly matchers: readonly string[]
}

/** The scope of a board for one Guard. */
export interface GuardScope extends Scope {
  /** The Guard's own limits in base units, to be drawn as they are; absent: they are asked of Prometheus. */
  readonly limits?: Readonly<Partial<Record<LimitName, number>>>
  /** Requests per second that one replica serves. */
  readonly perReplicaRps?: number | undefined
}

/** `metric{matchers}`. Values of `extra` are compared as they are. */
export function select(metric: string, scope: Scope, extra: Matchers = {}): string {
  const inner = [...scope.matchers, ...Object.entries(extra).map(([label, value]) => `${label}=${quote(value)}`)]
  return inner.length === 0 ? metric : `${metric}{${inner.join(',')}}`
}

/**
 * One series per Guard (and per label of `by`), whichever replica tells it: a new leader goes on with the same series. The
 * largest wins while two replicas tell it.
 */
export function perGuard(metric: MetricName, scope: Scope, extra: Matchers = {}, by: readonly string[] = []): string {
  return `max by (${['namespace', 'guard', ...by].join(', ')}) (${select(metric, scope, extra)})`
}

/** One series per FailoverGroup (and per label of `by`), as perGuard has it of Guards. */
export function perGroup(metric: MetricName, scope: Scope, extra: Matchers = {}, by: readonly string[] = []): string {
  return `max by (${['namespace', 'group', ...by].join(', ')}) (${select(metric, scope, extra)})`
}

/** One series per Feature: every replica tells it. */
export function perFeature(metric: MetricName, scope: Scope, extra: Matchers = {}): string {
  return `max by (namespace, feature) (${select(metric, scope, extra)})`
}

/** Events per second, summed over the replicas. */
export function rate(counter: MetricName, scope: Scope, by: readonly string[] = [], extra: Matchers = {}): string {
  return `${sumBy(by)} (rate(${select(counter, scope, extra)}[$__rate_interval]))`
}

/** Events in each step of the panel, summed over the replicas. */
export function increase(counter: MetricName, scope: Scope, by: readonly string[] = [], extra: Matchers = {}): string {
  return `${sumBy(by)} (increase(${select(counter, scope, extra)}[$__rate_interval]))`
}

/** A quantile of a histogram over the replicas. */
export function quantile(q: number, histogram: MetricName, scope: Scope, by: readonly string[] = []): string {
  return `histogram_quantile(${q}, ${buckets(histogram, scope, by)})`
}

/** The buckets of a histogram, as events per second. */
export function buckets(histogram: MetricName, scope: Scope, by: readonly string[] = []): string {
  return `${sumBy(['le', ...by])} (rate(${select(`${histogram}_bucket`, scope)}[$__rate_interval]))`
}

/** How often a histogram was told something, per second. */
export function countRate(histogram: MetricName, scope: Scope, by: readonly string[] = []): string {
  return `${sumBy(by)} (rate(${select(`${histogram}_count`, scope)}[$__rate_interval]))`
}

/** A string of PromQL, in double quotes. */
export function quote(text: string): string {
  return JSON.stringify(text)
}

function sumBy(labels: readonly string[]): string {
  return labels.length === 0 ? 'sum' : `sum by (${labels.join(', ')})`
}
