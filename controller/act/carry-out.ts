// Carries out one command: its writes, each with the resourceVersion on which the decision stands.
import type { KubeClient } from '../kube/client.ts'
import { isConflict } from '../kube/kube-errors.ts'
import { patchScale, writeMinimum } from '../kube/scale.ts'
import type { Command } from '../model/command.ts'
import { KubeError, messageOf } from '../model/errors.ts'
import { guardAsks } from '../model/failover-view.ts'
import type { EpochMs } from '../model/units.ts'
import { requestSwitch } from './failover-request.ts'
import { switchFeature } from './feature.ts'
import { isolatePod } from './isolate.ts'

/** `conflict`: the object changed since it was read, and nothing was written. `unclear`: the API server did not answer, so that the write may have happened; a later read tells. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'conflict'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'unclear'; readonly why: string }

/** For whom and why Features are switched, pods taken out, and groups asked. */
export interface Cause {
  /** The id of the act. */
  readonly id: string
  readonly guard: string
  readonly since: string
  readonly reason: string
  /** When what it asks others for is no longer wanted. */
  readonly until: string
  readonly now: () => EpochMs
}

/** One outcome for each write, in the order of the command. Never throws. */
export async function carryOut(client: KubeClient, command: Command, cause: Cause): Promise<readonly Outcome[]> {
  if (command.kind === 'limit') return [{ kind: 'done' }]
  if (command.kind === 'scale')
    return [await attempt(() => patchScale(client, command.target, command.to, command.resourceVersion))]
  if (command.kind === 'raiseMinimum') {
    const { autoscaler, to, resourceVersion } = command
    return [await attempt(() => writeMinimum(client, { ...autoscaler, resourceVersion }, to))]
  }
  const { guard, since, reason, now } = cause
  if (command.kind === 'failover') {
    const { namespace, group: name, resourceVersion } = command
    const request = { id: cause.id, kind: 'Switchover', by: guardAsks(guard), until: cause.until } as const
    return [await attempt(() => requestSwitch(client, { namespace, name }, request, resourceVersion))]
  }
  if (command.kind === 'isolate')
    return Promise.all(command.pods.map((pod) => attempt(() => isolatePod(client, command, pod, guard))))
  const demand = command.to === 0 ? { since, reason } : undefined
  return Promise.all(
    command.features.map(async (ref) => {
      let refusal: string | undefined
      const outcome = await attempt(async () => {
        const switched = await switchFeature(client, ref, guard, demand, now)
        if (switched.kind === 'refused') refusal = switched.why
      })
      return refusal === undefined ? outcome : { kind: 'conflict', why: refusal }
    }),
  )
}

async function attempt(write: () => Promise<unknown>): Promise<Outcome> {
  try {
    await write()
    return { kind: 'done' }
  } catch (error) {
    if (isConflict(error)) return { kind: 'conflict', why: messageOf(error) }
    const answered = error instanceof KubeError && error.status > 0 && error.status !== 504
    return { kind: answered ? 'failed' : 'unclear', why: messageOf(error) }
  }
}
