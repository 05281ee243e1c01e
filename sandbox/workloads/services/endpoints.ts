// Which pods a Service sends to, and where: pure.
import { isActive, isReady, type Pod, type Service } from '../objects.ts'
import { hasLabels } from '../selector.ts'

export type ServicePort = Service['spec']['ports'][number]

export interface PodAddress {
  readonly uid: string
  readonly name: string
  /** http://ip:port */
  readonly origin: string
}

/** Where the Service listens; none when it has no address, or no selector and so no pods that we know. */
export function listensOn({ spec }: Service): readonly { readonly host: string; readonly port: ServicePort }[] {
  const host = spec.clusterIP
  if (host === '' || host === 'None' || Object.keys(spec.selector).length === 0) return []
  return spec.ports.map((port) => ({ host, port }))
}

/** Its ready pods, by name, in the same order each time. Pods that end or lack the port are left out. */
export function readyPodsOf(service: Service, port: ServicePort, pods: readonly Pod[]): readonly PodAddress[] {
  return pods
    .filter((pod) => isSelected(service, pod) && isActive(pod) && isReady(pod) && pod.status.podIP !== '')
    .flatMap((pod) => {
      const number = portNumber(port, pod)
      if (number === undefined) return []
      const { uid, name } = pod.metadata
      return { uid, name, origin: `http://${pod.status.podIP}:${number}` }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function isSelected({ metadata, spec }: Service, pod: Pod): boolean {
  return pod.metadata.namespace === metadata.namespace && hasLabels(pod.metadata.labels, spec.selector)
}

function portNumber({ port, targetPort = port }: ServicePort, { spec }: Pod): number | undefined {
  if (typeof targetPort === 'number') return targetPort
  const ports = spec.containers.flatMap((container) => container.ports)
  return ports.find(({ name }) => name === targetPort)?.containerPort
}
