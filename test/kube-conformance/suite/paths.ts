// Where things are, and the smallest objects of each kind.
import { NAMESPACE } from './subject.ts'

const inNamespace = (root: string, plural: string) => `${root}/namespaces/${NAMESPACE}/${plural}`

export const CONFIG_MAPS = inNamespace('/api/v1', 'configmaps')
export const PODS = inNamespace('/api/v1', 'pods')
export const SERVICES = inNamespace('/api/v1', 'services')
export const EVENTS = inNamespace('/api/v1', 'events')
export const NEW_EVENTS = inNamespace('/apis/events.k8s.io/v1', 'events')
export const DEPLOYMENTS = inNamespace('/apis/apps/v1', 'deployments')
export const STATEFUL_SETS = inNamespace('/apis/apps/v1', 'statefulsets')
export const LEASES = inNamespace('/apis/coordination.k8s.io/v1', 'leases')
export const GUARDS = inNamespace('/apis/evenkeel.dev/v1alpha1', 'guards')
export const INCIDENTS = inNamespace('/apis/evenkeel.dev/v1alpha1', 'incidents')
export const BOATS = inNamespace('/apis/conformance.test/v1', 'boats')
export const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

export const JSON_PATCH = 'application/json-patch+json'
export const STRATEGIC = 'application/strategic-merge-patch+json'
export const APPLY = 'application/apply-patch+yaml'
export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'

export function configMap(name: string, data: Readonly<Record<string, string>> = {}, labels = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data }
}

export function pod(name: string, spec: object = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: 'web', image: 'web' }], ...spec },
  }
}

/** Of no pods, so that the controllers of a real cluster have next to nothing to do with it. */
export function deployment(name: string, spec: object = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: 'web',
              image: 'web:1',
              env: [{ name: 'A', value: '1' }],
              ports: [{ name: 'http', containerPort: 80 }],
            },
          ],
        },
      },
      ...spec,
    },
  }
}

export function guard(name: string, spec: object = {}, labels = {}) {
  return {
    apiVersion: 'evenkeel.dev/v1alpha1',
    kind: 'Guard',
    metadata: { name, ...(Object.keys(labels).length === 0 ? {} : { labels }) },
    spec: { target: { name: 'checkout' }, ...spec },
  }
}

export function boat(name: string, spec: object = { hull: 'steel' }) {
  return { apiVersion: 'conformance.test/v1', kind: 'Boat', metadata: { name }, spec }
}
