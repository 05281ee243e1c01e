// Keeps the old primary of a group of Redis from taking writes: told while it answers, starved of its replicas while it does not.
import { NOWHERE } from '../../databases/redis-members.ts'
import { FENCED_REPLICAS } from '../../databases/redis-state.ts'
import type { FenceOutcome, SwitchContext } from '../../model/failover.ts'
import type { Milliseconds } from '../../model/units.ts'
import { type Answering, type Asked, isAnswering, isReplica, type RedisMeans } from './redis-means.ts'

/** Since when, on the steady clock, no replica that can be reached is with the old primary. */
export interface Starving {
  readonly epoch: number
  readonly since: Milliseconds
}

/** It answers: no write is taken from now on, even after a restart, since its replicas are with it no more. */
export async function tell(means: RedisMeans, context: SwitchContext, from: Answering): Promise<FenceOutcome> {
  const { to: candidate, kind } = context.switch
  const to = await means.ask(candidate)
  if (!isAnswering(to)) return { kind: 'waiting', why: `${candidate} does not answer: ${to.why}` }
  const isLinked = isReplica(to) && means.follows(to, from.name) && to.state.isLinked
  if (from.state.role === 'Replica') return tellReplica(means, from)

  if (kind !== 'Failover' && !isLinked && to.state.role === 'Replica') {
    // A fence that was begun before, by another process perhaps.
    if (means.isDetached(to)) await attach(means, to, from)
    return { kind: 'waiting', why: `${candidate} has no link to ${from.name} yet, which would lose writes` }
  }
  // What it has now may not be what they should get: after a restart it can be empty.
  if (!isLinked) await detachAll(means, from.name)
  await stopWrites(means, from)
  const stopped = await means.ask(from.name)
  if (!isAnswering(stopped)) return { kind: 'waiting', why: `${from.name} answers no more: ${stopped.why}` }
  const { position, runId } = stopped.state
  if (isLinked) {
    const caughtUp = await means.askUntil(candidate, (state) => state.position >= position)
    if (!isAnswering(caughtUp)) return { kind: 'waiting', why: `${candidate} answers no more: ${caughtUp.why}` }
    const missing = position - caughtUp.state.position
    if (missing > 0) return { kind: 'waiting', why: `${candidate} is still ${missing} bytes behind ${from.name}` }
  }
  await detachAll(means, from.name)
  const last = await means.ask(from.name)
  // Of one that has ended meanwhile, another fence tells.
  if (!isAnswering(last) || last.state.runId !== runId)
    return { kind: 'waiting', why: `${from.name} has restarted while it was fenced` }
  const has = isLinked ? `, and ${candidate} has all of its data` : ''
  return { kind: 'fenced', by: 'Told', why: `${from.name} takes no writes: it was told so${has}` }
}

async function tellReplica(means: RedisMeans, from: Answering): Promise<FenceOutcome> {
  if (!from.state.isReadOnly) await means.write(from, 'CONFIG', 'SET', 'replica-read-only', 'yes')
  await detachAll(means, from.name)
  return { kind: 'fenced', by: 'Told', why: `${from.name} is a replica, and takes no writes` }
}

async function stopWrites(means: RedisMeans, from: Answering): Promise<void> {
  const settings = await means.settings(from)
  // With 0 the other setting would mean nothing.
  if (settings?.maxLagSeconds === 0) await means.write(from, 'CONFIG', 'SET', 'min-replicas-max-lag', '10')
  if (settings?.toWrite !== FENCED_REPLICAS)
    await means.write(from, 'CONFIG', 'SET', 'min-replicas-to-write', `${FENCED_REPLICAS}`)
}

/**
 * It does not answer: its replicas are taken from it. `known` is what an earlier call of this process returned. Refused where
 * that can't stop it: only its end can, then.
 */
export async function starve(
  means: RedisMeans,
  { switch: { epoch, from }, lastSeen, look, target, clock }: SwitchContext,
  silent: Extract<Asked, { state: undefined }>,
  known: Starving | undefined,
): Promise<{ readonly outcome: FenceOutcome; readonly starving: Starving | undefined }> {
  const { detached, unreached } = await detachAll(means, from)
  const starving = known?.epoch === epoch && detached === 0 ? known : { epoch, since: clock.monotonic() }
  const refuse = (why: string) => ({ outcome: { kind: 'refused', why } as const, starving })

  const starves = lastSeen?.starves
  if (starves === undefined)
    return refuse(`${from} does not answer, and its settings were not known to keep it from writing without replicas`)
  if (unreached.length >= starves.replicas)
    return {
      starving: undefined,
      outcome: {
        kind: 'refused',
        why: `${from} does not answer, and may still have ${describeUnreached(unreached)}`,
      },
    }
  const { reach } = look.members.find(({ name }) => name === from) ?? {}
  const hangs = silent.hangs || (reach?.kind === 'silent' && reach.hangs === true)
  // Tried on Redis 7: when it wakes, it executes what has been sent to it before it notices that its replicas are gone.
  if (hangs && target.spec.fencing.deletePod)
    return refuse(`${from} hangs: were it to wake, it would take writes at first, so that only its end will do`)
  const goneMs = clock.monotonic() - starving.since
  if (goneMs < starves.afterMs) {
    const why = `${from} does not answer, and its replicas have been taken from it: after ${starves.afterMs} ms it takes no write`
    return { outcome: { kind: 'waiting', why }, starving }
  }
  const why = `${from} takes no write with fewer than ${starves.replicas} replicas, which it has been without for long enough`
  return { outcome: { kind: 'fenced', by: 'Starved', why }, starving }
}

function describeUnreached(unreached: readonly string[]): string {
  return unreached.length === 0
    ? 'replicas that are no members of the group'
    : `${unreached.join(' and ')}, which can't be reached either`
}

export async function attach(means: RedisMeans, replica: Answering, { address }: Answering): Promise<void> {
  await means.write(replica, 'REPLICAOF', address.host, `${address.port}`)
}

/** Those that a fence has left following nobody. */
export async function attachDetached(means: RedisMeans, primary: Answering): Promise<void> {
  const replicas = (await means.askOthers(primary.name)).filter(isReplica).filter(means.isDetached)
  await Promise.all(replicas.map((replica) => attach(means, replica, primary)))
}

/** Those that follow another, or nobody. */
export async function attachAll(means: RedisMeans, primary: Answering): Promise<void> {
  const replicas = (await means.askOthers(primary.name)).filter(isReplica)
  const astray = replicas.filter((replica) => !means.follows(replica, primary.name))
  await Promise.all(astray.map((replica) => attach(means, replica, primary)))
}

/** Takes every replica that answers from the old primary. They keep their data and their place. */
async function detachAll(
  means: RedisMeans,
  from: string,
): Promise<{ readonly detached: number; readonly unreached: readonly string[] }> {
  const others = await means.askOthers(from)
  const attached = others.filter(isReplica).filter((replica) => !means.isDetached(replica))
  await Promise.all(attached.map((replica) => means.write(replica, 'REPLICAOF', NOWHERE.host, `${NOWHERE.port}`)))
  return { detached: attached.length, unreached: others.filter((one) => !isAnswering(one)).map(({ name }) => name) }
}
