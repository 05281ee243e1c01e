// Looks at one Redis: what it says of itself, as a reading of a member.
import { type RedisAsk, type RedisClients, RedisFault } from '../../databases/redis.ts'
import { locate, patienceMs, redisAt } from '../../databases/redis-members.ts'
import {
  askMinReplicas,
  askState,
  askStopsOnDiskFault,
  FENCED_REPLICAS,
  type MinReplicas,
  type RedisState,
} from '../../databases/redis-state.ts'
import type { GroupTarget, MemberReading, Reach } from '../../model/failover.ts'

export interface Sight {
  readonly reading: MemberReading
  /** Of one that answers. */
  readonly state?: RedisState
}

/** Never throws. */
export async function lookAt(
  clients: RedisClients,
  target: GroupTarget,
  name: string,
  signal: AbortSignal,
): Promise<Sight> {
  const located = locate(target, name)
  if (located.kind !== 'address') return { reading: { name, reach: { kind: located.kind, why: located.why } } }
  const ask: RedisAsk = { withinMs: patienceMs(target), signal }
  const { address } = located
  try {
    const state = await askState(clients, address, ask).catch((cause: unknown) => {
      // A connection that was kept from the last look ended: with the process, or by itself.
      if (cause instanceof RedisFault && cause.kind === 'broken') return askState(clients, address, ask)
      throw cause
    })
    if (state.role === 'Replica') {
      const stops = await askStopsOnDiskFault(clients, address, state, ask)
      return { state, reading: readReplica(target, name, state, stops) }
    }
    // What guards CONFIG from us guards it from our hands, too: it answers, and can't be relied on to starve.
    const settings = await askMinReplicas(clients, address, ask).catch(unlessDenied)
    const stops = await askStopsOnDiskFault(clients, address, state, ask).catch(unlessDenied)
    return { state, reading: readPrimary(name, state, settings, stops === true) }
  } catch (cause) {
    return { reading: { name, reach: reachOf(cause) } }
  }
}

function readReplica(target: GroupTarget, name: string, state: RedisState, stops: boolean): MemberReading {
  const unfit = unfitReplica(state, stops)
  return {
    name,
    reach: { kind: 'answers' },
    role: 'Replica',
    isWritable: !state.isReadOnly,
    position: state.position,
    follows: state.follows === undefined ? undefined : redisAt(target, state.follows),
    link: state.isLinked ? 'Up' : 'Down',
    ...(state.silentSeconds === undefined ? {} : { primarySilentMs: state.silentSeconds * 1000 }),
    instance: state.runId,
    ...(unfit === undefined ? {} : { unfit }),
  }
}

function unfitReplica(state: RedisState, stops: boolean): string | undefined {
  if (state.isLoading) return 'it is still loading its data'
  if (state.isSyncing || (!state.isLinked && state.position === 0))
    return 'it has not been synchronised with its primary yet'
  if (state.priority === 0) return 'its replica-priority is 0'
  if (stops) return `it would take no write: its last ${state.diskFault} could not be written to disk`
  return undefined
}

function readPrimary(
  name: string,
  state: RedisState,
  settings: MinReplicas | undefined,
  stops: boolean,
): MemberReading {
  const wants = settings !== undefined && settings.maxLagSeconds > 0 ? settings.toWrite : 0
  const hasEnough = settings === undefined ? undefined : wants === 0 || (state.goodReplicas ?? 0) >= wants
  const isWritable = state.isLoading || stops ? false : hasEnough
  const isFenced = settings?.toWrite === FENCED_REPLICAS
  return {
    name,
    reach: { kind: 'answers' },
    role: 'Primary',
    ...(isWritable === undefined ? {} : { isWritable }),
    position: state.position,
    instance: state.runId,
    replicas: state.replicas,
    ...(wants > 0 && !isFenced && settings !== undefined
      ? { starves: { replicas: wants, afterMs: starvesAfterMs(settings) } }
      : {}),
  }
}

/** It counts in whole seconds of a clock that is cut off, so up to one more; and counts anew once a second. */
function starvesAfterMs({ maxLagSeconds }: MinReplicas): number {
  return (maxLagSeconds + 2) * 1000
}

function reachOf(cause: unknown): Reach {
  if (!(cause instanceof RedisFault))
    return { kind: 'unknown', why: cause instanceof Error ? cause.message : String(cause) }
  const why = cause.message
  switch (cause.kind) {
    case 'refused':
      return { kind: 'refused', why }
    // Twice in one look: what is at this address, a proxy perhaps, has nobody behind it.
    case 'broken':
      return { kind: 'refused', why }
    case 'silent':
      return cause.hangs ? { kind: 'silent', why, hangs: true } : { kind: 'silent', why }
    case 'denied':
      return { kind: 'unknown', why }
  }
}

function unlessDenied(cause: unknown): undefined {
  if (cause instanceof RedisFault && cause.kind === 'denied') return undefined
  throw cause
}
