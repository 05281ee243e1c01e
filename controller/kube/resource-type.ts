// Which kinds of objects the API serves, and the path of each.
import { API_GROUP, API_VERSION } from '../model/names.ts'

export interface ResourceType {
  /** API group; empty for core. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
}

/** Names one object. */
export interface NamespacedName {
  readonly namespace: string
  readonly name: string
}

export const PODS = { group: '', version: 'v1', plural: 'pods', kind: 'Pod' } as const satisfies ResourceType
export const CONFIG_MAPS = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
} as const satisfies ResourceType
export const PROMETHEUS_RULES = {
  group: 'monitoring.coreos.com',
  version: 'v1',
  plural: 'prometheusrules',
  kind: 'PrometheusRule',
} as const satisfies ResourceType
export const SECRETS = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' } as const satisfies ResourceType
export const SERVICES = {
  group: '',
  version: 'v1',
  plural: 'services',
  kind: 'Service',
} as const satisfies ResourceType
export const DEPLOYMENTS = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
} as const satisfies ResourceType
export const STATEFUL_SETS = {
  group: 'apps',
  version: 'v1',
  plural: 'statefulsets',
  kind: 'StatefulSet',
} as const satisfies ResourceType
export const AUTOSCALERS = {
  group: 'autoscaling',
  version: 'v1',
  plural: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
} as const satisfies ResourceType
export const SCALED_OBJECTS = {
  group: 'keda.sh',
  version: 'v1alpha1',
  plural: 'scaledobjects',
  kind: 'ScaledObject',
} as const satisfies ResourceType
export const LEASES = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
} as const satisfies ResourceType
export const EVENTS = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
} as const satisfies ResourceType
export const CUSTOM_RESOURCE_DEFINITIONS = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
} as const satisfies ResourceType

export const GUARDS = {
  group: API_GROUP,
  version: API_VERSION,
  plural: 'guards',
  kind: 'Guard',
} as const satisfies ResourceType
export const INCIDENTS = {
  group: API_GROUP,
  version: API_VERSION,
  plural: 'incidents',
  kind: 'Incident',
} as const satisfies ResourceType

export const FEATURES = {
  group: API_GROUP,
  version: API_VERSION,
  plural: 'features',
  kind: 'Feature',
} as const satisfies ResourceType

export const FAILOVER_GROUPS = {
  group: API_GROUP,
  version: API_VERSION,
  plural: 'failovergroups',
  kind: 'FailoverGroup',
} as const satisfies ResourceType

/** The apiVersion of a type's objects: "v1", "apps/v1". */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`
}

/**
 * The path of a collection (no `name`), an object, or a subresource of it. Without a namespace: the collection over all
 * namespaces, or an object that has none.
 */
export function pathOf(
  type: ResourceType,
  where: { readonly namespace?: string | undefined; readonly name?: string; readonly subresource?: string } = {},
): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`
  const scope = where.namespace === undefined ? '' : `/namespaces/${encodeURIComponent(where.namespace)}`
  const object = where.name === undefined ? '' : `/${encodeURIComponent(where.name)}`
  const subresource = where.subresource === undefined ? '' : `/${where.subresource}`
  return `${root}${scope}/${type.plural}${object}${subresource}`
}

/** How an object is named in messages: "Deployment shop/checkout", "Deployment shop/checkout/scale". */
export function describeObject(
  type: ResourceType,
  where: { readonly namespace?: string | undefined; readonly name?: string; readonly subresource?: string },
): string {
  const scope = where.namespace === undefined ? '' : `${where.namespace}/`
  const name = where.name ?? '*'
  return `${type.kind} ${scope}${name}${where.subresource === undefined ? '' : `/${where.subresource}`}`
}
