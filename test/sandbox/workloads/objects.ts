// Objects for the tests of the pure rules: as small as they parse.
import {
  parseDeployment,
  parsePod,
  parseReplicaSet,
  parseService,
  parseStatefulSet,
} from '../../../sandbox/workloads/objects.ts'

const NAMESPACE = 'shop'
let count = 0

function metadata(more: object = {}): object {
  count += 1
  return { namespace: NAMESPACE, name: `object-${count}`, uid: `uid-${count}`, resourceVersion: String(count), ...more }
}

export interface PodLook {
  readonly isReady?: boolean
  readonly readyAt?: string
  readonly phase?: string
  readonly node?: string
  readonly restarts?: number
  readonly metadata?: object
  readonly ports?: readonly object[]
  readonly address?: string
}

export function aPod(look: PodLook = {}) {
  const ready = look.isReady ?? look.readyAt !== undefined
  return parsePod({
    metadata: metadata(look.metadata),
    spec: { nodeName: look.node ?? 'node-1', containers: [{ ports: look.ports ?? [] }] },
    status: {
      phase: look.phase ?? 'Running',
      podIP: look.address ?? '127.1.0.1',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: look.readyAt ?? '' }],
      containerStatuses: [{ restartCount: look.restarts ?? 0 }],
    },
  })
}

const TEMPLATE = { metadata: { labels: { app: 'web' } }, spec: { containers: [] } }
const SELECTOR = { matchLabels: { app: 'web' } }

export const aReplicaSet = (spec: object = {}, status: object = {}, more: object = {}) =>
  parseReplicaSet({ metadata: metadata(more), spec: { selector: SELECTOR, template: TEMPLATE, ...spec }, status })

export const aDeployment = (spec: object = {}, status: object = {}, more: object = {}) =>
  parseDeployment({ metadata: metadata(more), spec: { selector: SELECTOR, template: TEMPLATE, ...spec }, status })

export const aStatefulSet = (spec: object = {}, status: object = {}, more: object = {}) =>
  parseStatefulSet({ metadata: metadata(more), spec: { selector: SELECTOR, template: TEMPLATE, ...spec }, status })

export const aService = (spec: object = {}) => parseService({ metadata: metadata(), spec })
