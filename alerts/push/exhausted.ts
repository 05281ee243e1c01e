// The Guards whose remedies are exhausted, of what the loop holds of them, but for those under maintenance.
import { textAt } from '../../controller/kube/json.ts'
import type { Condition } from '../../controller/model/conditions.ts'
import { ALERTS, CONDITIONS, LABELS } from '../../controller/model/names.ts'
import type { EpochMs } from '../../controller/model/units.ts'
import type { AlertOptions, GuardRef } from '../model.ts'
import { exhaustedRule } from '../rules/remedies.ts'
import type { Urgent } from './book.ts'

/** A Guard whose remedies are exhausted, and since when. */
export interface ExhaustedGuard extends GuardRef {
  readonly since: EpochMs
}

export interface GuardLook {
  readonly namespace: string
  readonly name: string
  readonly conditions: readonly Condition[]
  readonly inMaintenance: () => boolean
}

/** `rawOf` gives the object of a Guard, by namespace/name. */
export function* exhaustedGuards(
  looks: Iterable<GuardLook>,
  rawOf: (key: string) => unknown,
): Generator<ExhaustedGuard> {
  for (const { namespace, name, conditions, inMaintenance } of looks) {
    const condition = conditions.find(({ type }) => type === CONDITIONS.exhausted)
    // As the rule: nobody is called for what was announced.
    if (condition?.status !== 'True' || inMaintenance()) continue
    const team = textAt(rawOf(`${namespace}/${name}`), 'metadata', 'labels', LABELS.team)
    yield { namespace, name, team, since: Date.parse(condition.lastTransitionTime) }
  }
}

export function exhaustedAlert(guard: ExhaustedGuard, options: AlertOptions): Urgent {
  const { namespace, name, since } = guard
  return { key: `${ALERTS.exhausted} ${namespace}/${name}`, since, rule: () => exhaustedRule(guard, options) }
}
