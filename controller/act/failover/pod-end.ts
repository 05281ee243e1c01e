// Whether the process that was the primary has ended, by the word of its kubelet, and the deletion of its pod, so that it says so.
import type { KubeClient } from '../../kube/client.ts'
import { listAt, textAt } from '../../kube/json.ts'
import { isConflict } from '../../kube/kube-errors.ts'
import { deleteObject, findObject } from '../../kube/objects.ts'
import { PODS } from '../../kube/resource-type.ts'
import { messageOf } from '../../model/errors.ts'
import type { ObjectRef } from '../../model/workload.ts'

/** `unknown` is no ground for anything: what is not known to have ended may still take writes. */
export type PodEnd =
  | { readonly kind: 'ended'; readonly why: string }
  | { readonly kind: 'runs'; readonly why: string; readonly terminating: boolean }
  | { readonly kind: 'unknown'; readonly why: string }

/** Which process is meant: its pod, by uid, and its container, when that is known. */
export interface Ending {
  readonly namespace: string
  readonly pod: string
  readonly podUid: string
  readonly containerId: string | undefined
}

/** Reads the pod from the API server, never from the watch. Never throws. */
export async function readPodEnd(client: KubeClient, which: Ending, signal?: AbortSignal): Promise<PodEnd> {
  try {
    const { namespace, pod: name } = which
    return judgePodEnd(which, await findObject(client, PODS, { namespace, name }, { signal }))
  } catch (error) {
    return { kind: 'unknown', why: `the pod ${which.pod} can't be read: ${messageOf(error)}` }
  }
}

/** Pure. `pod` is raw, and undefined when there is none of that name. */
export function judgePodEnd({ pod: name, podUid, containerId }: Ending, pod: unknown): PodEnd {
  if (pod === undefined) return { kind: 'ended', why: `the pod ${name} is gone` }
  if (textAt(pod, 'metadata', 'uid') !== podUid) return { kind: 'ended', why: `the pod ${name} has been replaced` }
  const terminating = textAt(pod, 'metadata', 'deletionTimestamp') !== undefined
  const runs = (why: string): PodEnd => ({ kind: 'runs', why, terminating })
  if (containerId === undefined) return runs(`the pod ${name} is still there`)
  const containers = listAt(pod, 'status', 'containerStatuses')
  for (const container of containers) {
    const ids = ['state', 'lastState'].map((state) => textAt(container, state, 'terminated', 'containerID'))
    const hasEnded = textAt(container, 'state', 'terminated', 'reason') !== undefined
    if (ids.includes(containerId) || (hasEnded && idOf(container) === containerId))
      return { kind: 'ended', why: `the kubelet says that its container in the pod ${name} has terminated` }
  }
  // A kubelet runs no container twice at a time: when each has another id, ours is over.
  if (containers.length > 0 && containers.every((one) => idOf(one) !== '' && idOf(one) !== containerId))
    return { kind: 'ended', why: `the kubelet runs another container in the pod ${name}` }
  return runs(`its container in the pod ${name} has not terminated`)
}

function idOf(container: unknown): string {
  return textAt(container, 'containerID') ?? ''
}

/** The id of the container that runs now and listens on this port; of several that don't say, the first, as kubectl has it. */
export function runningContainer(pod: unknown, port: number | undefined): string | undefined {
  const containers = listAt(pod, 'spec', 'containers')
  const onPort = containers.find((one) => listAt(one, 'ports').some((entry) => portOf(entry) === port))
  const name = textAt(onPort ?? containers[0], 'name')
  const status = listAt(pod, 'status', 'containerStatuses').find((one) => textAt(one, 'name') === name)
  const isRunning = textAt(status, 'state', 'running', 'startedAt') !== undefined
  return isRunning ? idOf(status) || undefined : undefined
}

function portOf(entry: unknown): number | undefined {
  const value: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'containerPort') : undefined
  return typeof value === 'number' ? value : undefined
}

/**
 * Asks for the pod's end with its own grace period, never by force: only the kubelet knows when its processes are gone. With
 * its uid as precondition, so that a successor of the same name is let be. Returns why it could not be asked, if so.
 */
export async function deletePod(client: KubeClient, pod: ObjectRef, signal?: AbortSignal): Promise<string | undefined> {
  try {
    await deleteObject(client, PODS, pod, { uid: pod.uid, signal })
    return undefined
  } catch (error) {
    return isConflict(error) ? undefined : messageOf(error)
  }
}
