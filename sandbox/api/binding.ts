// The binding subresource of a pod: puts it on a node, once.
import { type Call, type Cluster, timestamp } from './cluster.ts'
import { at, type JsonObject, listAt, objectAt, textAt, withValueAt } from './json.ts'
import { strategicMerge } from './patch/strategic-merge.ts'
import type { Resource } from './resource.ts'
import { badRequest, conflict, invalid, notFound, required } from './status.ts'
import { keyOf } from './store.ts'

/** Throws ApiError: 404, 409 when it is bound already, is being deleted or is another pod than the one meant. */
export function bindPod(cluster: Cluster, resource: Resource, name: string, call: Call, body: unknown): JsonObject {
  const key = keyOf(call.namespace, name)
  const pod = cluster.store.get(resource.storage, key)
  if (pod === undefined) throw notFound(resource, name)
  const node = textAt(body, 'target', 'name')
  if (node === undefined || node === '') {
    throw invalid({ group: '', kind: 'Binding' }, name, [required('target.name')])
  }
  const kind = textAt(body, 'target', 'kind') ?? 'Node'
  if (kind !== 'Node') throw badRequest(`target.kind: "${kind}" is not supported: a pod is bound to a Node`)
  const { uid, deletionTimestamp } = objectAt(pod, 'metadata')
  const wanted = textAt(body, 'metadata', 'uid')
  if (wanted !== undefined && wanted !== uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${String(uid)}`,
    )
  }
  if (deletionTimestamp !== undefined)
    throw conflict(resource, name, `pod ${name} is being deleted, cannot be assigned to a host`)
  const bound = textAt(pod, 'spec', 'nodeName') ?? ''
  if (bound !== '') throw conflict(resource, name, `pod ${name} is already assigned to node "${bound}"`)
  const condition = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(cluster.now()),
  }
  const merged = strategicMerge(
    { conditions: listAt(pod, 'status', 'conditions') },
    { conditions: [condition] },
    resource.listKeyOf,
    ['status'],
  )
  const placed = withValueAt(pod, ['spec', 'nodeName'], node)
  const next = withValueAt(placed, ['status', 'conditions'], at(merged, 'conditions'))
  if (!call.isDryRun) cluster.store.put(resource.storage, key, next)
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
}
