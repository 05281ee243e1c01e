// Defaults of the built-in kinds, as far as something depends on them.
import { at, isObject, type JsonObject, listAt, objectAt, textAt, withValueAt } from './json.ts'

/** Per field: a value for when it is missing, or what to fill into the object or into each item that is there. */
interface Defaults {
  readonly [field: string]: string | number | boolean | (() => unknown) | Defaults | readonly [Defaults]
}

const PROBE: Defaults = {
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
  httpGet: { path: '/', scheme: 'HTTP' },
}
const CONTAINER: Defaults = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
  resources: () => ({}),
  ports: [{ protocol: 'TCP' }],
  env: [{ valueFrom: { fieldRef: { apiVersion: 'v1' } } }],
  readinessProbe: PROBE,
  livenessProbe: PROBE,
  startupProbe: PROBE,
}
const POD_SPEC: Defaults = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  securityContext: () => ({}),
  containers: [CONTAINER],
  initContainers: [CONTAINER],
}
const TEMPLATE: Defaults = { spec: POD_SPEC }
const POD: Defaults = { spec: { ...POD_SPEC, enableServiceLinks: true } }

const DEFAULTS: Readonly<Record<string, Defaults>> = {
  '/pods': POD,
  'apps/deployments': {
    spec: {
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: () => ({ type: 'RollingUpdate' }),
      template: TEMPLATE,
    },
  },
  'apps/replicasets': { spec: { replicas: 1, template: TEMPLATE } },
  'apps/statefulsets': {
    spec: {
      replicas: 1,
      revisionHistoryLimit: 10,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: () => ({ type: 'RollingUpdate', rollingUpdate: { partition: 0 } }),
      template: TEMPLATE,
    },
  },
  '/services': { spec: { type: 'ClusterIP', sessionAffinity: 'None', ports: [{ protocol: 'TCP' }] } },
  '/secrets': { type: 'Opaque' },
  '/namespaces': { spec: () => ({ finalizers: ['kubernetes'] }) },
  'autoscaling/horizontalpodautoscalers': { spec: { minReplicas: 1 } },
  '/events': { source: () => ({}), reportingComponent: '', reportingInstance: '' },
}

/** What can't be said field by field. */
const DERIVED: Readonly<Record<string, (object: JsonObject) => JsonObject>> = {
  'apps/deployments'(object) {
    const strategy = objectAt(object, 'spec', 'strategy')
    if (strategy.type !== undefined && strategy.type !== 'RollingUpdate') return object
    const rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%', ...objectAt(strategy, 'rollingUpdate') }
    return withValueAt(object, ['spec', 'strategy'], { type: 'RollingUpdate', rollingUpdate })
  },
  '/services'(object) {
    const ports = listAt(object, 'spec', 'ports').map((port) =>
      isObject(port) && port.targetPort === undefined ? { ...port, targetPort: port.port } : port,
    )
    const clusterIP = textAt(object, 'spec', 'clusterIP')
    const withPorts = ports.length === 0 ? object : withValueAt(object, ['spec', 'ports'], ports)
    return clusterIP === undefined ? withPorts : withValueAt(withPorts, ['spec', 'clusterIPs'], [clusterIP])
  },
  '/pods'(object) {
    const ip = textAt(object, 'status', 'podIP')
    if (ip === undefined || ip === at(listAt(object, 'status', 'podIPs')[0], 'ip')) return object
    return withValueAt(object, ['status', 'podIPs'], [{ ip }])
  },
}

/** The status that a new object has. */
export const FIRST_STATUS: Readonly<Record<string, JsonObject>> = {
  '/pods': { phase: 'Pending', qosClass: 'BestEffort' },
  '/namespaces': { phase: 'Active' },
  '/services': { loadBalancer: {} },
  'apps/deployments': {},
  'apps/replicasets': { replicas: 0 },
  'apps/statefulsets': { replicas: 0 },
  'autoscaling/horizontalpodautoscalers': { currentReplicas: 0, desiredReplicas: 0 },
}

/** The object with the defaults of its kind. */
export function withBuiltInDefaults(storage: string, object: JsonObject): JsonObject {
  const defaults = DEFAULTS[storage]
  const filled = defaults === undefined ? object : fillIn(object, defaults)
  return DERIVED[storage]?.(filled) ?? filled
}

function fillIn(object: JsonObject, defaults: Defaults): JsonObject {
  const filled: Record<string, unknown> = { ...object }
  for (const [field, fallback] of Object.entries(defaults)) {
    const value = object[field]
    if (isListDefaults(fallback)) {
      if (Array.isArray(value)) filled[field] = value.map((item) => (isObject(item) ? fillIn(item, fallback[0]) : item))
    } else if (typeof fallback === 'object') {
      if (isObject(value)) filled[field] = fillIn(value, fallback)
    } else if (value === undefined || value === null)
      filled[field] = typeof fallback === 'function' ? fallback() : fallback
  }
  return filled
}

function isListDefaults(fallback: Defaults[string]): fallback is readonly [Defaults] {
  return Array.isArray(fallback)
}
