// The Guards whose remedies are exhausted, of what the loop holds of them, but for those under maintenance.
import { textAt } from '../../controller/kube/json.ts'
import type { Condition } from '../../controller/model/conditions.ts'
import { CONDITIONS, LABELS } from '../../controller/model/names.ts'
import type { ExhaustedGuard } from './book.ts'

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
