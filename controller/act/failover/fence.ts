// How the old primary is known to take no writes, the gentlest proof first: told, ended, starved, and last of all its pod deleted.
import type { KubeClient } from '../../kube/client.ts'
import type { FailoverHands, FenceOutcome, SwitchContext } from '../../model/failover.ts'
import { deletePod, type Ending, type PodEnd, readPodEnd } from './pod-end.ts'

export interface FenceDeps {
  readonly client: KubeClient
  readonly hands: Pick<FailoverHands, 'fence'>
}

/** Asked again and again until it is fenced, or the switch is abandoned. Never throws. */
export async function fenceOldPrimary({ client, hands }: FenceDeps, context: SwitchContext): Promise<FenceOutcome> {
  const { target, switch: under, look, signal } = context
  const old = look.members.find(({ name }) => name === under.from)
  // What answers is told: whatever is known of its pod, something there takes part.
  if (old?.reach.kind === 'answers') return hands.fence(context)
  const ending = endingOf(context)
  const end: PodEnd =
    ending === undefined
      ? { kind: 'unknown', why: 'which pod it ran in is not known' }
      : await readPodEnd(client, ending, signal)
  if (end.kind === 'ended') return { kind: 'fenced', by: 'Ended', why: end.why }
  const fence = await hands.fence(context)
  if (fence.kind !== 'refused') return fence
  if (end.kind === 'unknown' || ending === undefined) return refused(fence.why, end.why)
  if (end.terminating) return { kind: 'waiting', why: `${fence.why}; its pod is asked to end, and has not yet` }
  if (!target.spec.fencing.deletePod) return refused(fence.why, `${end.why}, and spec.fencing.deletePod is false`)
  if (!context.mayWrite()) return { kind: 'waiting', why: 'this replica does not lead any more' }
  const { namespace, pod: name, podUid: uid } = ending
  const fault = await deletePod(client, { namespace, name, uid }, signal)
  return fault === undefined
    ? { kind: 'waiting', why: `${fence.why}; its pod ${name} is asked to end` }
    : refused(fence.why, `its pod can't be asked to end: ${fault}`)
}

function endingOf({ target, lastSeen }: SwitchContext): Ending | undefined {
  if (lastSeen?.podUid === undefined || lastSeen.pod === undefined) return undefined
  const { pod, podUid, containerId } = lastSeen
  return { namespace: target.namespace, pod, podUid, containerId }
}

function refused(...whys: readonly string[]): FenceOutcome {
  return { kind: 'refused', why: whys.join('; ') }
}
