// Alerts of a Guard wait while its service is under maintenance: nobody is called for what was announced.
import { METRICS } from '../controller/model/names.ts'
import type { AlertCase, GuardRef } from './model.ts'
import { max, ofGuard } from './promql.ts'

/** The expression, but for maintenance; with `range`, also for so long after it ("3m"), where the expression looks back that far. */
export function outsideMaintenance(expr: string, guard: GuardRef, range?: string): string {
  const series = ofGuard(METRICS.guardInMaintenance, guard)
  return `${expr} unless on() ${max(range === undefined ? series : `max_over_time(${series}[${range}])`)} == 1`
}

/** The cases, and the first that fires once more during maintenance, in which it does not. */
export function alsoInMaintenance(cases: readonly AlertCase[], guard: GuardRef): AlertCase[] {
  const firing = cases.find(({ fires }) => fires)
  if (firing === undefined) return [...cases]
  const { amongOthers: _, ...held } = firing
  const maintenance = { series: ofGuard(METRICS.guardInMaintenance, guard), values: `1x${FOR_EVER}` }
  return [
    ...cases,
    {
      ...held,
      name: `${firing.name}: but it is under maintenance`,
      fires: false,
      series: [...firing.series, maintenance],
    },
  ]
}

/** In minutes: longer than any case looks. */
const FOR_EVER = 2_000
