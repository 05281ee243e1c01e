// Marks on pods: the label or annotation that takes one out of load balancing, and the condition that its readiness gate waits for.
import { ANNOTATIONS, FIELD_MANAGER, SERVING_MARK } from '../model/names.ts'
import type { EpochMs } from '../model/units.ts'
import type { KubeClient } from './client.ts'
import { textAt } from './json.ts'
import { isConflict } from './kube-errors.ts'
import { findObject, mergePatch } from './objects.ts'
import { describeObject, type NamespacedName, PODS, pathOf } from './resource-type.ts'
import { versionOf } from './resources.ts'

interface MarkedPod extends NamespacedName {
  readonly uid: string
}

/** Others write pods too: the kubelet. */
const MOST_TRIES = 4

/** Marks the pod for a Guard. Throws KubeError; 409 when it changed since it was read, and nothing was written. */
export async function markPod(
  client: KubeClient,
  { namespace, name, uid }: MarkedPod,
  {
    guard,
    resourceVersion,
    mark,
    label,
  }: {
    readonly guard: string
    readonly resourceVersion: string
    readonly mark: 'label' | 'annotation'
    readonly label: string | undefined
  },
): Promise<void> {
  const isByLabel = mark === 'label'
  const annotations = {
    [ANNOTATIONS.isolatedBy]: guard,
    ...(isByLabel ? {} : { [SERVING_MARK]: 'false' }),
    ...(isByLabel && label !== undefined ? { [ANNOTATIONS.servingBefore]: label } : {}),
  }
  const labels = isByLabel ? { labels: { [SERVING_MARK]: 'false' } } : {}
  await mergePatch(
    client,
    PODS,
    { namespace, name },
    { metadata: { uid, annotations, ...labels } },
    { resourceVersion },
  )
}

/** Takes a Guard's mark back; does nothing when it is not there. Throws KubeError; 409 when the pod keeps changing. */
export async function unmarkPod(client: KubeClient, pod: MarkedPod, guard: string): Promise<void> {
  const { namespace, name, uid } = pod
  for (let tries = 1; ; tries++) {
    const raw = await findObject(client, PODS, { namespace, name })
    const annotation = (key: string) => textAt(raw, 'metadata', 'annotations', key)
    if (textAt(raw, 'metadata', 'uid') !== uid || annotation(ANNOTATIONS.isolatedBy) !== guard) return
    const isByLabel = annotation(SERVING_MARK) !== 'false'
    const labels = isByLabel ? { labels: { [SERVING_MARK]: annotation(ANNOTATIONS.servingBefore) ?? null } } : {}
    const annotations = { [ANNOTATIONS.isolatedBy]: null, [ANNOTATIONS.servingBefore]: null, [SERVING_MARK]: null }
    const resourceVersion = versionOf(raw)
    try {
      await mergePatch(
        client,
        PODS,
        { namespace, name },
        { metadata: { uid, annotations, ...labels } },
        { resourceVersion },
      )
      return
    } catch (error) {
      if (!isConflict(error) || tries >= MOST_TRIES) throw error
    }
  }
}

/** Writes the condition of the readiness gate; those of others stay. Throws KubeError; 409 when it is another pod by now. */
export async function setGate(
  client: KubeClient,
  { namespace, name, uid }: MarkedPod,
  status: 'True' | 'False',
  now: EpochMs,
): Promise<void> {
  const address = { namespace, name, subresource: 'status' }
  const isOpen = status === 'True'
  const condition = {
    type: SERVING_MARK,
    status,
    // Kubernetes keeps whole seconds here.
    lastTransitionTime: new Date(now).toISOString().replace(/\.\d+Z$/, 'Z'),
    reason: isOpen ? 'Serving' : 'MarkedAsNotServing',
    message: isOpen ? 'Nothing is held against it.' : 'It carries the mark that takes it out of load balancing.',
  }
  await client.request({
    method: 'PATCH',
    path: pathOf(PODS, address),
    object: describeObject(PODS, address),
    contentType: 'application/strategic-merge-patch+json',
    query: { fieldManager: FIELD_MANAGER },
    body: { metadata: { uid }, status: { conditions: [condition] } },
  })
}
