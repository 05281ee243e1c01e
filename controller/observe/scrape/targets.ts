// Which pods of a workload are scraped, at which address: pure, from what the watch has seen.
import { selects } from '../../model/label-selector.ts'
import type { LabelSelector, Pod } from '../../model/workload.ts'

/** Where each pod serves its metrics; `port` is the name of a container port or its number. */
export interface Endpoint {
  readonly port: string | number
  readonly path: string
  readonly scheme: 'http' | 'https'
}

/** One address to scrape. */
export interface Target {
  /** "namespace/name", as it is shown in reasons. */
  readonly pod: string
  readonly podUid: string
  /** "http://10.0.0.7:9090" or "http://[fd00::7]:9090". */
  readonly origin: string
  /** "/metrics", with its query when it has one. */
  readonly path: string
  /** The cores the pod may use: the sum over its containers when all declare it, else 1. */
  readonly cpuCores: number
  /** The pod is ready and in use, so that its silence counts as missing. */
  readonly expected: boolean
}

export interface Discovery {
  readonly targets: readonly Target[]
  /** The workload's ready pods, as far as the watch knows them; those that are marked as not serving are none. */
  readonly readyPods: number
  /** Why pods that should have been targets are none, one sentence each. */
  readonly reasons: readonly string[]
}

/**
 * The targets among `pods`: those that the selector selects, in the workload's namespace, Running, with an IP, and not
 * terminating. Pods that are not ready are targets too, with `expected` false. Never throws.
 */
export function discoverTargets(
  workload: { readonly namespace: string; readonly selector: LabelSelector },
  pods: readonly Pod[],
  endpoint: Endpoint,
): Discovery {
  const targets: Target[] = []
  const reasons: string[] = []
  let readyPods = 0
  for (const pod of pods) {
    if (pod.namespace !== workload.namespace || pod.phase !== 'Running' || pod.terminating) continue
    if (!selects(workload.selector, pod.labels)) continue
    const isUsed = pod.ready && pod.isolated !== true
    if (isUsed) readyPods++
    const name = `${pod.namespace}/${pod.name}`
    const port = portOf(pod, endpoint.port)
    if (pod.podIP === undefined) {
      reasons.push(`${name} is Running but has no IP yet`)
    } else if (port === undefined) {
      reasons.push(`${name} has no port named "${endpoint.port}"; ${knownPorts(pod)}`)
    } else {
      targets.push({
        pod: name,
        podUid: pod.uid,
        origin: `${endpoint.scheme}://${hostOf(pod.podIP)}:${port}`,
        path: endpoint.path.startsWith('/') ? endpoint.path : `/${endpoint.path}`,
        cpuCores: cpuCoresOf(pod),
        expected: isUsed,
      })
    }
  }
  return { targets, readyPods, reasons }
}

function portOf(pod: Pod, port: string | number): number | undefined {
  if (typeof port === 'number') return port
  for (const container of pod.containers) {
    const named = container.ports.find((candidate) => candidate.name === port)
    if (named !== undefined) return named.port
  }
  return undefined
}

function knownPorts(pod: Pod): string {
  const names = pod.containers.flatMap((container) => container.ports.flatMap((port) => port.name ?? []))
  return names.length === 0
    ? 'its containers name no ports: use the number'
    : `its containers name: ${names.join(', ')}`
}

function hostOf(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip
}

function cpuCoresOf(pod: Pod): number {
  let cores = 0
  for (const container of pod.containers) {
    if (container.cpuCores === undefined) return 1
    cores += container.cpuCores
  }
  return cores > 0 ? cores : 1
}
