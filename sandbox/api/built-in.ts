// The built-in resources, as data.
import { builtInListKey } from './patch/list-keys.ts'
import type { Resource } from './resource.ts'
import { BUILT_IN_COLUMNS } from './table/built-in-columns.ts'

type Entry = Pick<Resource, 'group' | 'version' | 'plural' | 'kind'> & Partial<Resource>

const STATUS = ['status'] as const
const WORKLOAD = {
  subresources: ['status', 'scale'],
  categories: ['all'],
  hasGeneration: true,
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
} as const
const CLUSTER = { namespaced: false } as const

const EVENT_FIELDS = ['uid', 'name', 'namespace', 'kind', 'apiVersion', 'resourceVersion', 'fieldPath']

const ENTRIES: readonly Entry[] = [
  {
    group: '',
    version: 'v1',
    plural: 'namespaces',
    kind: 'Namespace',
    shortNames: ['ns'],
    ...CLUSTER,
    subresources: STATUS,
    fields: ['status.phase'],
  },
  {
    group: '',
    version: 'v1',
    plural: 'pods',
    kind: 'Pod',
    shortNames: ['po'],
    categories: ['all'],
    subresources: ['status', 'binding', 'log'],
    fields: [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'status.phase',
      'status.podIP',
      'status.nominatedNodeName',
    ],
  },
  {
    group: '',
    version: 'v1',
    plural: 'services',
    kind: 'Service',
    shortNames: ['svc'],
    categories: ['all'],
    subresources: STATUS,
  },
  { group: '', version: 'v1', plural: 'endpoints', singular: 'endpoints', kind: 'Endpoints', shortNames: ['ep'] },
  { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', shortNames: ['cm'] },
  { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', fields: ['type'] },
  { group: '', version: 'v1', plural: 'serviceaccounts', kind: 'ServiceAccount', shortNames: ['sa'] },
  {
    group: '',
    version: 'v1',
    plural: 'nodes',
    kind: 'Node',
    shortNames: ['no'],
    ...CLUSTER,
    subresources: STATUS,
    keepsStatusOnCreate: true,
    fields: ['spec.unschedulable'],
  },
  {
    group: '',
    version: 'v1',
    plural: 'events',
    kind: 'Event',
    shortNames: ['ev'],
    fields: [
      ...EVENT_FIELDS.map((field) => `involvedObject.${field}`),
      'reason',
      'type',
      'source',
      'reportingComponent',
    ],
  },
  {
    group: 'events.k8s.io',
    version: 'v1',
    plural: 'events',
    kind: 'Event',
    shortNames: ['ev'],
    storage: '/events',
    aliases: {
      regarding: 'involvedObject',
      note: 'message',
      reportingController: 'reportingComponent',
      deprecatedSource: 'source',
      deprecatedFirstTimestamp: 'firstTimestamp',
      deprecatedLastTimestamp: 'lastTimestamp',
      deprecatedCount: 'count',
    },
    fields: [...EVENT_FIELDS.map((field) => `regarding.${field}`), 'reason', 'type', 'reportingController'],
  },
  { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment', shortNames: ['deploy'], ...WORKLOAD },
  {
    group: 'apps',
    version: 'v1',
    plural: 'replicasets',
    kind: 'ReplicaSet',
    shortNames: ['rs'],
    ...WORKLOAD,
    fields: ['status.replicas'],
  },
  { group: 'apps', version: 'v1', plural: 'statefulsets', kind: 'StatefulSet', shortNames: ['sts'], ...WORKLOAD },
  { group: 'apps', version: 'v1', plural: 'controllerrevisions', kind: 'ControllerRevision' },
  {
    group: 'autoscaling',
    version: 'v1',
    plural: 'horizontalpodautoscalers',
    kind: 'HorizontalPodAutoscaler',
    shortNames: ['hpa'],
    categories: ['all'],
    subresources: STATUS,
  },
  { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', needsVersionOnUpdate: true },
  {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    plural: 'customresourcedefinitions',
    kind: 'CustomResourceDefinition',
    shortNames: ['crd', 'crds'],
    ...CLUSTER,
    subresources: STATUS,
    hasGeneration: true,
    needsVersionOnUpdate: true,
  },
  { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'clusterroles', kind: 'ClusterRole', ...CLUSTER },
  {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    plural: 'clusterrolebindings',
    kind: 'ClusterRoleBinding',
    ...CLUSTER,
  },
  { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'roles', kind: 'Role' },
  { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'rolebindings', kind: 'RoleBinding' },
]

/** An entry with everything that goes without saying. */
function completed(entry: Entry): Resource {
  return {
    singular: entry.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    subresources: [],
    storage: `${entry.group}/${entry.plural}`,
    aliases: {},
    hasGeneration: false,
    keepsStatusOnCreate: false,
    needsVersionOnUpdate: false,
    fields: [],
    scale: undefined,
    columns: undefined,
    schema: undefined,
    listKeyOf: builtInListKey,
    ...entry,
  }
}

export const BUILT_IN_RESOURCES: readonly Resource[] = ENTRIES.map((entry) => {
  const resource = completed(entry)
  return { ...resource, columns: BUILT_IN_COLUMNS[resource.storage] }
})
