// Everything that is generated from Guards, or why it is not: nothing leaves here that can't fire, divides by nothing, or can't be routed.

import type { AlertOptions, GuardedService, RuleSet } from './model.ts'
import { AlertsRefused } from './refuse/error.ts'
import { neverFiring, type Refusal } from './refuse/limits.ts'
import { faultsOfRules } from './refuse/rules.ts'
import { faultsOfInhibition, INHIBITION } from './routing/inhibition.ts'
import { evenkeelRules } from './rules/evenkeel.ts'
import { guardRules } from './rules.ts'

export interface BuildOptions extends AlertOptions {
  /** Alerts that can never fire are left out, rather than refused. */
  readonly leaveOut: boolean
}

export interface Built {
  /** Evenkeel's own first. */
  readonly sets: readonly RuleSet[]
  /** What was left out, and why. */
  readonly leftOut: readonly Refusal[]
}

/** Throws AlertsRefused, which names everything that is wrong. */
export function buildAlerts(guards: readonly GuardedService[], options: BuildOptions): Built {
  const leftOut = guards.flatMap(neverFiring)
  if (leftOut.length > 0 && !options.leaveOut) throw new AlertsRefused(leftOut)
  const sets = [evenkeelRules(options), ...guards.map((guard) => guardRules(guard, options))]
  const faults = [...sets.flatMap(faultsOfSet), ...faultsOfInhibition(INHIBITION)]
  if (faults.length > 0) throw new AlertsRefused(faults)
  return { sets: sets.filter(({ groups }) => groups.length > 0), leftOut }
}

export function faultsOfSet({ groups }: RuleSet): Refusal[] {
  return groups.flatMap(({ records, alerts }) => faultsOfRules([...records, ...alerts.map(({ rule }) => rule)]))
}
