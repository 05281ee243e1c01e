// The rules of one Guard: its error budgets, its limits, its remedies, and whether it is seen.
import { objectiveRulesOf } from '../controller/model/objectives.ts'
import type { AlertOptions, GuardedService, GuardRef, RuleSet } from './model.ts'
import { limitAlerts } from './rules/limits.ts'
import { objectiveGroups } from './rules/objectives.ts'
import { remedyAlerts } from './rules/remedies.ts'
import { sightAlerts } from './rules/sight.ts'

/** Of a Guard that is paused there is nothing to be told: nobody looks at its service. */
export function guardRules(guard: GuardedService, options: AlertOptions): RuleSet {
  const { namespace, name, spec } = guard
  const alerts = [...remedyAlerts(guard, options), ...limitAlerts(guard, options), ...sightAlerts(guard, options)]
  const own = { name: `evenkeel.guard.${namespace}.${name}`, records: [], alerts }
  const groups = objectiveRulesOf(spec).flatMap((rule) => objectiveGroups(guard, rule, options))
  return { name: ruleSetName(guard), groups: spec.mode === 'Paused' ? [] : [own, ...groups] }
}

/** No name of a namespace has a dot, so that no two Guards have the same. */
export function ruleSetName({ namespace, name }: GuardRef): string {
  return `${namespace}.${name}`
}
