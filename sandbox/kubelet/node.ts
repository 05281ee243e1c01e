// The Node object that stands for this process.
import { availableParallelism, totalmem } from 'node:os'
import { type Api, ApiError } from '../kube/api.ts'

export interface NodeDescription {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly maxPods: number
}

/** Creates the Node, or renews its status when it is there. Throws as the API does. */
export async function registerNode(api: Api, node: NodeDescription): Promise<void> {
  const metadata = { name: node.name, labels: { 'kubernetes.io/hostname': node.name, ...node.labels } }
  const body = { apiVersion: 'v1', kind: 'Node', metadata, status: statusOf(node) }
  try {
    await api.request({ method: 'POST', path: '/api/v1/nodes', body })
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error
    const contentType = 'application/strategic-merge-patch+json'
    const path = `/api/v1/nodes/${node.name}`
    await api.request({ method: 'PATCH', path, body: { metadata }, contentType })
    await api.request({ method: 'PATCH', path: `${path}/status`, body: { status: statusOf(node) }, contentType })
  }
}

function statusOf({ name, maxPods }: NodeDescription): object {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const resources = { cpu: String(availableParallelism()), memory: String(totalmem()), pods: String(maxPods) }
  return {
    capacity: resources,
    allocatable: resources,
    addresses: [
      { type: 'InternalIP', address: '127.0.0.1' },
      { type: 'Hostname', address: name },
    ],
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'ProcessKubelet',
        message: 'runs pods as processes',
        lastHeartbeatTime: now,
        lastTransitionTime: now,
      },
    ],
    nodeInfo: {
      architecture: process.arch,
      bootID: '',
      containerRuntimeVersion: 'process://1',
      kernelVersion: '',
      kubeProxyVersion: '',
      kubeletVersion: 'v1.20.2-process',
      machineID: '',
      operatingSystem: process.platform,
      osImage: '',
      systemUUID: '',
    },
  }
}
