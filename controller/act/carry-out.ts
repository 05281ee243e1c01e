// Carries out one command: a single write with the resourceVersion on which the decision stands.
import type { KubeClient } from '../kube/client.ts'
import { isConflict } from '../kube/kube-errors.ts'
import { patchScale, writeMinimum } from '../kube/scale.ts'
import type { Command } from '../model/command.ts'
import { KubeError, messageOf } from '../model/errors.ts'

/** `conflict`: the object changed since it was read, and nothing was written. `unclear`: the API server did not answer, so that the write may have happened; a later read tells. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'conflict'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'unclear'; readonly why: string }

/** Never throws. */
export async function carryOut(client: KubeClient, command: Command): Promise<Outcome> {
  try {
    if (command.kind === 'scale') await patchScale(client, command.target, command.to, command.resourceVersion)
    else await writeMinimum(client, { ...command.autoscaler, resourceVersion: command.resourceVersion }, command.to)
    return { kind: 'done' }
  } catch (error) {
    if (isConflict(error)) return { kind: 'conflict', why: messageOf(error) }
    const answered = error instanceof KubeError && error.status > 0 && error.status !== 504
    return { kind: answered ? 'failed' : 'unclear', why: messageOf(error) }
  }
}
