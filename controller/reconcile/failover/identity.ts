// Which pod and container a member's process runs in, known for certain: its end is later proven by them.
import { runningContainer } from '../../act/failover/pod-end.ts'
import type { KubeClient } from '../../kube/client.ts'
import { textAt } from '../../kube/json.ts'
import { findObject } from '../../kube/objects.ts'
import { PODS } from '../../kube/resource-type.ts'
import type { Clock } from '../../model/clock.ts'
import type { MemberPod, MemberReading, PodIdentity } from '../../model/failover.ts'
import type { LastSeen } from '../../model/failover-group-status.ts'
import type { Milliseconds } from '../../model/units.ts'

export interface Identities {
  /** What is known of the member's present process; absent what is not. */
  of(member: string): PodIdentity | undefined
  /** Looks after a member that answers; reads its pod only while something is not known yet. Returns at once. */
  note(reading: MemberReading, pods: readonly MemberPod[], before: LastSeen | undefined): void
}

interface Sample extends PodIdentity {
  readonly instance: string
  readonly sampledAt: Milliseconds
  readonly isCertain: boolean
}

/**
 * A kubelet tells of a new container some time after it has started: a process that has just come up may still be told under
 * the id of the one before, whose end would then be taken for its own.
 */
const CERTAIN_AFTER_MS: Milliseconds = 10_000

export function createIdentities(client: KubeClient, clock: Clock, port: number | undefined): Identities {
  const samples = new Map<string, Sample>()
  const reading = new Set<string>()

  async function sample(member: string, instance: string, pod: MemberPod): Promise<void> {
    const raw = await findObject(client, PODS, pod)
    const known = samples.get(member)
    const podUid = textAt(raw, 'metadata', 'uid')
    // It answered from the pod that the watch knows, and another has taken its place since.
    if (podUid !== pod.uid) return
    const containerId = runningContainer(raw, port)
    const isSame =
      known?.instance === instance &&
      known.podUid === podUid &&
      known.containerId === containerId &&
      containerId !== undefined
    const sampledAt = isSame ? known.sampledAt : clock.monotonic()
    const isCertain = isSame && clock.monotonic() - sampledAt >= CERTAIN_AFTER_MS
    samples.set(member, { instance, pod: pod.name, podUid, containerId, sampledAt, isCertain })
  }

  return {
    of(member) {
      const known = samples.get(member)
      if (known === undefined) return undefined
      const { pod, podUid, containerId, isCertain } = known
      return { pod, podUid, ...(isCertain && containerId !== undefined && { containerId }) }
    },
    note({ name, instance }, pods, before) {
      const [pod, another] = pods.filter(({ terminating }) => !terminating)
      if (instance === undefined || pod === undefined || another !== undefined || reading.has(name)) return
      const known = samples.get(name)
      if (known?.instance === instance) {
        if (known.isCertain || clock.monotonic() - known.sampledAt < CERTAIN_AFTER_MS) return
      } else if (before?.instance === instance && before.podUid === pod.uid && before.containerId !== undefined) {
        // The leader before us was certain of it.
        const { podUid, containerId } = before
        const sampledAt = clock.monotonic()
        samples.set(name, { instance, pod: pod.name, podUid, containerId, sampledAt, isCertain: true })
        return
      } else samples.delete(name)
      reading.add(name)
      void sample(name, instance, pod)
        // Another look reads it again.
        .catch(() => {})
        .finally(() => reading.delete(name))
    },
  }
}
