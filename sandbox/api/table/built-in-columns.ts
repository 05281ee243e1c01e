// The columns that kube-apiserver prints for the built-in kinds, by storage; kinds that are not here have NAME and AGE.
import { listAt, textAt } from '../json.ts'
import { AGE, CREATED_AT, column, count, joined, NAME, size, text } from './cells.ts'
import type { Column } from './column.ts'
import { EVENT_COLUMNS } from './event-columns.ts'
import { ENDPOINTS_COLUMNS, NODE_COLUMNS, SERVICE_COLUMNS } from './network-columns.ts'
import { POD_COLUMNS } from './pod-columns.ts'
import {
  AUTOSCALER_COLUMNS,
  DEPLOYMENT_COLUMNS,
  REPLICA_SET_COLUMNS,
  STATEFUL_SET_COLUMNS,
} from './workload-columns.ts'

export const BUILT_IN_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  '/namespaces': [NAME, text('Status', 'status.phase'), AGE],
  '/pods': POD_COLUMNS,
  '/services': SERVICE_COLUMNS,
  '/endpoints': ENDPOINTS_COLUMNS,
  '/nodes': NODE_COLUMNS,
  '/events': EVENT_COLUMNS,
  '/configmaps': [NAME, size('Data', 'data', 'binaryData'), AGE],
  '/secrets': [NAME, text('Type', 'type'), size('Data', 'data'), AGE],
  '/serviceaccounts': [NAME, size('Secrets', 'secrets'), AGE],
  'apps/deployments': DEPLOYMENT_COLUMNS,
  'apps/replicasets': REPLICA_SET_COLUMNS,
  'apps/statefulsets': STATEFUL_SET_COLUMNS,
  'apps/controllerrevisions': [
    NAME,
    column('Controller', 'string', (revision) =>
      joined(listAt(revision, 'metadata', 'ownerReferences'), (owner) => textAt(owner, 'name')),
    ),
    count('Revision', 'revision'),
    AGE,
  ],
  'autoscaling/horizontalpodautoscalers': AUTOSCALER_COLUMNS,
  'coordination.k8s.io/leases': [
    NAME,
    column('Holder', 'string', (lease) => textAt(lease, 'spec', 'holderIdentity') ?? ''),
    AGE,
  ],
  'apiextensions.k8s.io/customresourcedefinitions': [NAME, CREATED_AT],
  'rbac.authorization.k8s.io/clusterroles': [NAME, CREATED_AT],
  'rbac.authorization.k8s.io/roles': [NAME, CREATED_AT],
}
