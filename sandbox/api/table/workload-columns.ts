// The columns of Deployments, ReplicaSets, StatefulSets and what scales them.
import { at, type JsonObject, numberAt, textAt } from '../json.ts'
import { labelSelectorText } from '../selectors.ts'
import { AGE, column, containerColumns, count, NAME, WIDE } from './cells.ts'
import type { Column } from './column.ts'

const CONTAINERS = containerColumns('spec.template.spec.containers')
const SELECTOR = column('Selector', 'string', (object) => labelSelectorText(at(object, 'spec', 'selector')), WIDE)
const READY = column('Ready', 'string', (object) => `${status(object, 'readyReplicas')}/${wanted(object)}`)

function status(object: JsonObject, field: string): number {
  return numberAt(object, 'status', field) ?? 0
}

function wanted(object: JsonObject): number {
  return numberAt(object, 'spec', 'replicas') ?? 0
}

export const DEPLOYMENT_COLUMNS: readonly Column[] = [
  NAME,
  READY,
  column('Up-to-date', 'string', (object) => status(object, 'updatedReplicas')),
  column('Available', 'string', (object) => status(object, 'availableReplicas')),
  AGE,
  ...CONTAINERS,
  SELECTOR,
]

export const REPLICA_SET_COLUMNS: readonly Column[] = [
  NAME,
  count('Desired', 'spec.replicas'),
  count('Current', 'status.replicas'),
  count('Ready', 'status.readyReplicas'),
  AGE,
  ...CONTAINERS,
  SELECTOR,
]

export const STATEFUL_SET_COLUMNS: readonly Column[] = [NAME, READY, AGE, ...CONTAINERS]

export const AUTOSCALER_COLUMNS: readonly Column[] = [
  NAME,
  column('Reference', 'string', (object) => {
    const target = at(object, 'spec', 'scaleTargetRef')
    return `${textAt(target, 'kind')}/${textAt(target, 'name')}`
  }),
  column('Targets', 'string', (object) => {
    const target = numberAt(object, 'spec', 'targetCPUUtilizationPercentage')
    const current = numberAt(object, 'status', 'currentCPUUtilizationPercentage')
    if (target === undefined) return '<none>'
    return `${current === undefined ? '<unknown>' : `${current}%`}/${target}%`
  }),
  column('MinPods', 'string', (object) => String(numberAt(object, 'spec', 'minReplicas') ?? '<unset>')),
  column('MaxPods', 'integer', (object) => numberAt(object, 'spec', 'maxReplicas') ?? 0),
  column('Replicas', 'integer', (object) => numberAt(object, 'status', 'currentReplicas') ?? 0),
  AGE,
]
