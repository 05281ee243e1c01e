// The columns of Services, Endpoints and Nodes.
import { at, type JsonObject, listAt, numberAt, objectAt, textAt } from '../json.ts'
import { AGE, column, joined, labelsText, NAME, text, WIDE } from './cells.ts'
import type { Column } from './column.ts'

const ROLE = 'node-role.kubernetes.io/'

export const SERVICE_COLUMNS: readonly Column[] = [
  NAME,
  text('Type', 'spec.type'),
  text('Cluster-IP', 'spec.clusterIP'),
  column('External-IP', 'string', (service) =>
    joined(listAt(service, 'spec', 'externalIPs'), (ip) => (typeof ip === 'string' ? ip : undefined)),
  ),
  column('Port(s)', 'string', (service) => joined(listAt(service, 'spec', 'ports'), portText)),
  AGE,
  column('Selector', 'string', (service) => labelsText(objectAt(service, 'spec', 'selector')), WIDE),
]

function portText(port: unknown): string {
  const nodePort = numberAt(port, 'nodePort') ?? 0
  return `${numberAt(port, 'port')}${nodePort === 0 ? '' : `:${nodePort}`}/${textAt(port, 'protocol') ?? 'TCP'}`
}

export const ENDPOINTS_COLUMNS: readonly Column[] = [NAME, column('Endpoints', 'string', endpointsText), AGE]

function endpointsText(endpoints: JsonObject): string {
  const all = listAt(endpoints, 'subsets').flatMap((subset) =>
    listAt(subset, 'ports').flatMap((port) =>
      listAt(subset, 'addresses').map((address) => `${textAt(address, 'ip')}:${numberAt(port, 'port')}`),
    ),
  )
  const more = all.length > 3 ? ` + ${all.length - 3} more...` : ''
  return joined(all.slice(0, 3), String) + more
}

export const NODE_COLUMNS: readonly Column[] = [
  NAME,
  column('Status', 'string', nodeWord),
  column('Roles', 'string', (node) =>
    joined(Object.keys(objectAt(node, 'metadata', 'labels')).sort(), (label) =>
      String(label).startsWith(ROLE) ? String(label).slice(ROLE.length) : undefined,
    ),
  ),
  AGE,
  column('Version', 'string', (node) => textAt(node, 'status', 'nodeInfo', 'kubeletVersion') ?? ''),
  column('Internal-IP', 'string', (node) => addressOf(node, 'InternalIP'), WIDE),
  column('External-IP', 'string', (node) => addressOf(node, 'ExternalIP'), WIDE),
  column('OS-Image', 'string', (node) => textAt(node, 'status', 'nodeInfo', 'osImage') || '<unknown>', WIDE),
  column(
    'Kernel-Version',
    'string',
    (node) => textAt(node, 'status', 'nodeInfo', 'kernelVersion') || '<unknown>',
    WIDE,
  ),
  column(
    'Container-Runtime',
    'string',
    (node) => textAt(node, 'status', 'nodeInfo', 'containerRuntimeVersion') || '<unknown>',
    WIDE,
  ),
]

function nodeWord(node: JsonObject): string {
  const ready = listAt(node, 'status', 'conditions').find((condition) => at(condition, 'type') === 'Ready')
  const word = ready === undefined ? 'Unknown' : at(ready, 'status') === 'True' ? 'Ready' : 'NotReady'
  return at(node, 'spec', 'unschedulable') === true ? `${word},SchedulingDisabled` : word
}

function addressOf(node: JsonObject, type: string): string {
  const found = listAt(node, 'status', 'addresses').find((address) => at(address, 'type') === type)
  return textAt(found, 'address') ?? '<none>'
}
