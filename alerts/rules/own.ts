// What the alerts about Evenkeel itself, and those of its own word on others, have in common.
import { type AlertText, alertRule, evenkeelItself } from '../alert.ts'
import type { Alert, AlertCase, AlertOptions, Labels } from '../model.ts'

const SLO = 'controller'

export function own(
  text: Omit<AlertText, 'slo'> & { readonly slo?: string },
  cases: readonly AlertCase[],
  options: AlertOptions,
): Alert {
  return { rule: alertRule({ slo: SLO, ...text }, evenkeelItself(options), options), cases }
}

type Row = readonly [series: string, values: string]

export function caseOf(name: string, fires: boolean, at: string, ...rows: readonly Row[]): AlertCase {
  return { name, series: rows.map(([series, values]) => ({ series, values })), at, fires, every: '1m' }
}

/** That it fires once for each of these. */
export function firesFor(of: readonly Labels[], one: AlertCase): AlertCase {
  return { ...one, of }
}
