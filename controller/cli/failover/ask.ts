// Asks the controller for a switch by annotation, and follows it in the group's status until it has an end.

import { annotateGroup, requestSwitch } from '../../act/failover-request.ts'
import { unacknowledgedEpoch } from '../../decide/failover/block.ts'
import type { KubeClient } from '../../kube/client.ts'
import { projectFailoverGroup, type StoredFailoverGroup } from '../../kube/failover-group.ts'
import { isConflict, isNotFound } from '../../kube/kube-errors.ts'
import { getObject } from '../../kube/objects.ts'
import { FAILOVER_GROUPS, type NamespacedName } from '../../kube/resource-type.ts'
import type { Clock } from '../../model/clock.ts'
import { CommandError, KubeError } from '../../model/errors.ts'
import type { SwitchRequest } from '../../model/failover.ts'
import type { FailoverGroupStatus, Switch } from '../../model/failover-group-status.ts'
import { ANNOTATIONS } from '../../model/names.ts'
import { formatDuration, type Milliseconds } from '../../model/units.ts'

export type Answer = NonNullable<FailoverGroupStatus['request']>

interface Asking {
  readonly client: KubeClient
  readonly clock: Clock
  /** Tells a person how far it is. */
  readonly say: (line: string) => void
}

const LOOK_MS: Milliseconds = 100
/** A controller that works answers within its interval. */
const PATIENCE_MS: Milliseconds = 15_000
/** A request that nobody takes up must not be carried out when nobody thinks of it any more. */
const GIVE_UP_MS: Milliseconds = 60_000

/**
 * Resolves with what became of the request. When no controller takes it up within a minute it is withdrawn. Throws KubeError,
 * and CommandError when it can't be asked for.
 */
export async function askFor(asking: Asking, where: NamespacedName, request: SwitchRequest): Promise<Answer> {
  const { client, clock, say } = asking
  const before = await readGroup(client, where)
  if (before.request !== undefined && before.request.id !== before.status.request?.id)
    throw new CommandError(
      `${nameOf(where)}: ${before.request.by} has asked for a ${before.request.kind} that is not answered yet: wait for it`,
    )
  await requestSwitch(client, where, request)
  const startedAt = clock.monotonic()
  const since = () => formatDuration(Math.round(clock.monotonic() - startedAt))
  let told = ''
  let isLate = false
  for (;;) {
    await clock.sleep(LOOK_MS)
    const group = await readPatiently(client, where)
    if (group === undefined) continue
    const { status } = group
    if (status.request?.id === request.id && status.request.outcome !== 'Accepted') return status.request
    const step = status.switch?.request === request.id ? describeStep(status.switch) : ''
    if (step !== told && step !== '') say(`${since().padStart(10)}  ${step}`)
    told = step
    if (status.request?.id === request.id) continue
    if (group.request?.id !== request.id)
      throw new CommandError(`${nameOf(where)}: another request has taken the place of this one, which was not begun`)
    const waitedMs = clock.monotonic() - startedAt
    if (!isLate && waitedMs > PATIENCE_MS) {
      isLate = true
      say('No controller has taken it up yet: does one lead, and does it see this group?')
    }
    if (waitedMs > GIVE_UP_MS && (await withdraw(client, group)))
      throw new CommandError(
        `${nameOf(where)}: no controller took the request up within ${formatDuration(GIVE_UP_MS)}; it is withdrawn`,
      )
  }
}

/** Ends the recovery block: what the failover was about has been looked into. Throws as `askFor`. */
export async function acknowledge(client: KubeClient, where: NamespacedName): Promise<string> {
  const { status, acknowledgedEpoch } = await readGroup(client, where)
  const { block } = status
  const blocking = block?.acknowledgedAt === undefined ? block?.epoch : undefined
  // Alerts go on until somebody has looked into it, also when the block is over.
  const epoch = blocking ?? unacknowledgedEpoch({ status, acknowledgedEpoch })
  if (epoch === undefined)
    throw new CommandError(`${nameOf(where)} is not blocked: there is no failover to acknowledge`)
  await annotateGroup(client, where, { [ANNOTATIONS.failoverAcknowledged]: String(epoch) })
  return `${nameOf(where)}: the failover of epoch ${epoch} is acknowledged; the next may be automatic`
}

export async function readGroup(client: KubeClient, where: NamespacedName): Promise<StoredFailoverGroup> {
  const group = projectFailoverGroup(await getObject(client, FAILOVER_GROUPS, where))
  if (group.statusFault !== undefined) throw new CommandError(`${nameOf(where)}: ${group.statusFault}`)
  return group
}

/** A failover may well be about an API server that stutters. */
async function readPatiently(client: KubeClient, where: NamespacedName): Promise<StoredFailoverGroup | undefined> {
  try {
    return await readGroup(client, where)
  } catch (error) {
    if (isNotFound(error) || !(error instanceof KubeError) || (error.status > 0 && error.status < 500)) throw error
    return undefined
  }
}

/** False when the group has changed meanwhile: somebody may have just taken the request up. */
async function withdraw(client: KubeClient, group: StoredFailoverGroup): Promise<boolean> {
  try {
    await annotateGroup(client, group, { [ANNOTATIONS.failoverRequest]: null }, group.resourceVersion)
    return true
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  }
}

function describeStep({ step, from, to, epoch, fenced }: Switch): string {
  const known = fenced === undefined ? '' : `; ${fenced}`
  return `${step.padEnd(10)}  ${from} → ${to}, epoch ${epoch}${known}`
}

export const nameOf = ({ namespace, name }: NamespacedName) => `${namespace}/${name}`
