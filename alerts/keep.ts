// Keeps a PrometheusRule of each Guard, and one of Evenkeel itself, up to date: what the leader does when it is so configured.
import { textAt } from '../controller/kube/json.ts'
import { type KeepObjectsDeps, keepObjects, type WantedObject } from '../controller/kube/keep-objects.ts'
import { PROMETHEUS_RULES } from '../controller/kube/resource-type.ts'
import type { RawObject } from '../controller/kube/resources.ts'
import { messageOf } from '../controller/model/errors.ts'
import { LABELS } from '../controller/model/names.ts'
import { validateGuardSpec } from '../controller/model/validate.ts'
import { faultsOfSet } from './build.ts'
import type { AlertOptions, Labels, RuleSet } from './model.ts'
import { objectName, prometheusRule } from './output/rules.ts'
import { AlertsRefused, describeRefusal } from './refuse/error.ts'
import { neverFiring } from './refuse/limits.ts'
import { evenkeelRules } from './rules/evenkeel.ts'
import { guardRules, ruleSetName } from './rules.ts'

export interface KeepDeps extends Omit<KeepObjectsDeps, 'type' | 'ours' | 'wanted'> {
  readonly options: AlertOptions
  /** What the Prometheus selects its rules by. */
  readonly labels: Labels
  /** A label's value that tells the objects of this Evenkeel from those of another one. */
  readonly owner: string
  readonly guards: { list(): Iterable<RawObject> }
  /** What no alert is made of, once for each version of a Guard. */
  readonly onRefusal: (message: string) => void
}

/** Runs while this replica leads, until the signal aborts. The Guards must be listed before it is called. */
export function keepAlerts(deps: KeepDeps): Promise<void> {
  return keepObjects(ruleObjectsOf(deps))
}

export function ruleObjectsOf(deps: KeepDeps): KeepObjectsDeps {
  const { options, owner, guards, namespace, onRefusal } = deps
  const labels = { ...deps.labels, [LABELS.alertsOf]: owner }
  const inObject = (set: RuleSet) => {
    const faults = faultsOfSet(set)
    if (faults.length > 0) throw new AlertsRefused(faults)
    return prometheusRule(set, { namespace, labels })
  }
  const own = evenkeelRules(options)
  const evenkeel: [string, WantedObject] = [objectName(own.name), { version: 'own', make: () => inObject(own) }]
  return {
    ...deps,
    type: PROMETHEUS_RULES,
    ours: { label: LABELS.alertsOf, value: owner },
    wanted() {
      const all = new Map([evenkeel])
      for (const guard of guards.list())
        all.set(objectName(ruleSetName(guard)), {
          version: `${guard.uid}/${guard.generation}/${teamOf(guard) ?? ''}`,
          make: () => make(guard),
        })
      return all
    },
  }

  /** The rules of a Guard whose spec is refused now stay as they were; one Guard is never in the way of another. */
  function make(object: RawObject) {
    const { namespace, name, raw } = object
    const validation = validateGuardSpec(raw.spec)
    if (!validation.ok) return undefined
    const guard = { namespace, name, spec: validation.spec, team: teamOf(object) }
    for (const refusal of neverFiring(guard)) onRefusal(describeRefusal(refusal))
    try {
      return inObject(guardRules(guard, options))
    } catch (error) {
      onRefusal(messageOf(error))
      return undefined
    }
  }
}

function teamOf({ raw }: RawObject): string | undefined {
  return textAt(raw, 'metadata', 'labels', LABELS.team)
}
