// What diagnosis looks at beside a Guard's own pods: the exporters behind the Services that it names.
import type { DiagnosisSource } from '../model/diagnosis-spec.ts'
import type { GuardSpec } from '../model/guard.ts'
import { selects } from '../model/label-selector.ts'
import { isolateOf } from '../model/remedies.ts'
import type { Pod } from '../model/workload.ts'
import { EXPORTERS } from '../observe/resources/exporters/exporters.ts'
import { createResourceWatch, type ExporterSource, type ResourceWatch } from '../observe/resources/watch.ts'
import { discoverServiceTargets } from '../observe/scrape/service-targets.ts'
import type { Discovery } from '../observe/scrape/targets.ts'
import type { GuardLoopDeps } from './guard.ts'

type Seen = Pick<GuardLoopDeps, 'clock' | 'fetcher' | 'pods' | 'services' | 'workloads'>

export function watchResources(deps: Seen, namespace: string, spec: GuardSpec): ResourceWatch {
  const sources = spec.diagnosis.sources.map((source): ExporterSource => {
    const find = () => findExporters(deps, namespace, source)
    return {
      name: source.profile,
      recipes: EXPORTERS[source.profile],
      choice: Object.fromEntries(
        Object.entries(source.match ?? {}).map(([label, pattern]) => [label, new RegExp(`^(?:${pattern})$`, 's')]),
      ),
      find: source.profile === 'node' ? () => onNodesOf(deps, namespace, spec, find()) : find,
    }
  })
  return createResourceWatch(deps, sources, { isolates: isolateOf(spec.remedies) !== undefined })
}

function findExporters(deps: Seen, namespace: string, { service, port, path, scheme }: DiagnosisSource): Discovery {
  const known = deps.services.get(`${namespace}/${service}`)
  return discoverServiceTargets(namespace, known, deps.pods.byNamespace(namespace), { service, port, path, scheme })
}

/** Only the nodes that the guarded pods run on: what another node lacks is not their trouble. */
function onNodesOf(deps: Seen, namespace: string, { target }: GuardSpec, found: Discovery): Discovery {
  const workload = deps.workloads[target.kind].get(`${namespace}/${target.name}`)
  const pods = deps.pods.byNamespace(namespace)
  const guarded = workload === undefined ? [] : pods.filter((pod) => selects(workload.selector, pod.labels))
  const nodes = new Set(guarded.flatMap(({ nodeName }) => nodeName ?? []))
  const nodeOf = new Map(pods.map((pod: Pod) => [pod.uid, pod.nodeName]))
  const targets = found.targets.filter(({ podUid }) => nodes.has(nodeOf.get(podUid) ?? ''))
  if (targets.length > 0 || found.targets.length === 0) return { ...found, targets }
  return { ...found, targets, reasons: ['none of its pods runs on a node of the guarded pods'] }
}
