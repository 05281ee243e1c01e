// Expressions, numbers and spans of time as PromQL has them.
import type { METRICS } from '../controller/model/names.ts'
import { windowName } from '../controller/model/objectives.ts'
import { type Milliseconds, parseDuration, type Ratio } from '../controller/model/units.ts'
import type { AlertOptions, GuardRef, Labels } from './model.ts'

export type MetricName = (typeof METRICS)[keyof typeof METRICS]

/** Doubles hold no more decimal digits than this exactly. */
const EXACT_DIGITS = 12

/**
 * A number in plain decimals, without what binary fractions add: 1 − 0.999 is 0.001, and 1e-7 is 0.0000001. Throws
 * RangeError for what is no number.
 */
export function decimal(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} can't stand in a rule: it is no finite number`)
  const rounded = Number(value.toPrecision(EXACT_DIGITS))
  const [mantissa = '', exponent] = String(rounded).split('e')
  if (exponent === undefined) return mantissa
  const digits = (mantissa.split('.')[1]?.length ?? 0) - Number(exponent)
  return rounded.toFixed(Math.max(0, Math.min(100, digits)))
}

/** 1 − objective, without what binary fractions add: of 99.999 % it is 0.00001. */
export function budgetOf(objective: Ratio): Ratio {
  return Number((1 - objective).toFixed(EXACT_DIGITS))
}

/** `metric{a="1",b="2"}`. */
export function select(metric: string, labels: Labels = {}): string {
  const inner = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return inner.length === 0 ? metric : `${metric}{${inner.join(',')}}`
}

/** The series of one Guard. */
export function ofGuard(metric: MetricName, { namespace, name }: GuardRef, extra: Labels = {}): string {
  return select(metric, { namespace, guard: name, ...extra })
}

/** Whichever replica tells it. Without the labels of replica and scrape, alerts are the same whoever leads. */
export function max(expr: string): string {
  return `max(${expr})`
}

/** A quotient that is absent, not NaN or infinite, while there is nothing to divide by. */
export function ratio(numerator: string, denominator: string): string {
  return `${numerator} / (${denominator} > 0)`
}

/** A label of the series in a label or text of an alert, which Prometheus replaces. */
const OF_SERIES = /\{\{\$labels\.(\w+)\}\}/g

/** As Prometheus fills it in. A label that the series has not is empty, and one that is empty is none. */
export function filledIn(texts: Labels, series: Labels): Labels {
  const filled = Object.entries(texts).map(
    ([name, text]) => [name, text.replaceAll(OF_SERIES, (_, label: string) => series[label] ?? '')] as const,
  )
  return Object.fromEntries(filled.filter(([, text]) => text !== ''))
}

/** Whether it is the same for as long as the alert lasts: of what Prometheus fills in, only labels of the series are. */
export function isSteady(text: string): boolean {
  return !text.replaceAll(OF_SERIES, '').includes('{{')
}

/** A hold or a window as it is written ("5m"), unless the rules are quickened. Throws RangeError for what is none. */
export function lasting(written: string, { quickenedBy = 1 }: AlertOptions): string {
  if (quickenedBy === 1) return written
  const ms = parseDuration(written)
  if (ms === undefined) throw new RangeError(`${written} is no duration`)
  return promDuration(Math.max(1000, ms / quickenedBy))
}

/** "90s", "5m", "30d": the largest unit that divides it. */
export function promDuration(ms: Milliseconds): string {
  return ms % 60_000 === 0 ? windowName(ms) : `${Math.round(ms / 1000)}s`
}
