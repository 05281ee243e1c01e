// Which pods stand for each other: those behind one Service, else those of one workload. Pure.
import { isServing } from '../controller/model/ejection.ts'
import { selects } from '../controller/model/label-selector.ts'
import type { Service } from '../controller/model/service.ts'
import type { Pod, Workload } from '../controller/model/workload.ts'
import type { Sighting } from './verdict.ts'

export interface Group {
  /** Unique in the namespace. */
  readonly id: string
  /** The Service it stands for; undefined for pods that no Service selects. */
  readonly service: Service | undefined
  readonly pods: readonly Pod[]
}

/** The groups of a namespace. A pod is in one for each Service that selects it, and in one at least. */
export function groupsOf(
  services: readonly Service[],
  workloads: readonly Workload[],
  pods: readonly Pod[],
): readonly Group[] {
  const groups: Group[] = []
  const left = new Set(pods)
  const add = (id: string, service: Service | undefined, members: readonly Pod[]) => {
    groups.push({ id, service, pods: members })
    for (const pod of members) left.delete(pod)
  }
  for (const service of services) {
    if (!hasPods(service)) continue
    const selector = { matchLabels: service.selector }
    add(
      `Service/${service.name}`,
      service,
      pods.filter(({ labels }) => selects(selector, labels)),
    )
  }
  for (const { kind, name, selector } of workloads) {
    const members = [...left].filter(({ labels }) => selects(selector, labels))
    if (members.length > 0) add(`${kind}/${name}`, undefined, members)
  }
  for (const pod of [...left]) add(`Pod/${pod.name}`, undefined, [pod])
  return groups
}

/** Whether the Service selects its pods itself. */
function hasPods({ type, selector }: Service): boolean {
  return type !== 'ExternalName' && Object.keys(selector).length > 0
}

/** What a pod's object says of it. */
export function sightingOf(pod: Pod): Sighting {
  return { pod: `${pod.namespace}/${pod.name}`, uid: pod.uid, stage: stageOf(pod), health: healthOf(pod) }
}

function stageOf(pod: Pod): Sighting['stage'] {
  if (pod.terminating || pod.phase === 'Succeeded' || pod.phase === 'Failed') return 'ending'
  return isServing(pod) ? 'serving' : 'starting'
}

function healthOf(pod: Pod): Sighting['health'] {
  if (pod.isolated === true) return 'isolated'
  if (pod.ready) return 'well'
  return pod.readyUnknown === true ? 'unknown' : 'unready'
}
