// What the hands of Redis do with: members asked for their state, and writes that are made only while they may be.
import {
  type RedisAddress,
  type RedisAsk,
  type RedisClients,
  RedisFault,
  type RedisReply,
} from '../../databases/redis.ts'
import { locate, NOWHERE, patienceMs, redisAt } from '../../databases/redis-members.ts'
import { askMinReplicas, askState, type RedisState, readPairs } from '../../databases/redis-state.ts'
import type { GroupTarget, StepOutcome, SwitchContext } from '../../model/failover.ts'
import type { Milliseconds } from '../../model/units.ts'

export type StepContext = Pick<SwitchContext, 'mayWrite' | 'signal' | 'clock'>

/** A member that answers. */
export interface Answering {
  readonly name: string
  readonly address: RedisAddress
  readonly state: RedisState
}

export type Asked =
  | Answering
  | { readonly name: string; readonly state: undefined; readonly why: string; readonly hangs: boolean }

/** Nothing may be written any more: another leads, or the switch is over. */
class NotOurs extends Error {}

export interface RedisMeans {
  ask(member: string): Promise<Asked>
  /** All but this one. */
  askOthers(than: string): Promise<readonly Asked[]>
  settings(member: Answering): ReturnType<typeof askMinReplicas>
  /** One setting; empty when it has none. */
  setting(member: Answering, name: string): Promise<string>
  /** Throws RedisFault, or when nothing may be written. */
  write(to: Answering, ...command: string[]): Promise<RedisReply>
  /** As write; what is refused is no fault. */
  tryWrite(to: Answering, ...command: string[]): Promise<void>
  /** Whether this replica follows that member. */
  follows(replica: Answering, member: string): boolean
  isDetached(replica: Answering): boolean
  /** Asks until `isThere`, at most for as long as a look may take; returns the last answer. */
  askUntil(member: string, isThere: (state: RedisState) => boolean): Promise<Asked>
}

const POLL_MS = 10

export function redisMeans(clients: RedisClients, target: GroupTarget, context: StepContext): RedisMeans {
  const { mayWrite, signal, clock } = context
  const withinMs: Milliseconds = patienceMs(target)
  const asking: RedisAsk = { withinMs, signal }

  async function ask(name: string): Promise<Asked> {
    const located = locate(target, name)
    if (located.kind !== 'address') return { name, state: undefined, why: located.why, hangs: false }
    const { address } = located
    const inquire = () => askState(clients, address, asking)
    try {
      // The kept connection may have ended since it was last used; to ask again changes nothing.
      const state = await inquire().catch((cause: unknown) =>
        cause instanceof RedisFault && cause.kind === 'broken' ? inquire() : Promise.reject(cause),
      )
      return { name, address, state }
    } catch (cause) {
      if (!(cause instanceof RedisFault)) throw cause
      return { name, state: undefined, why: cause.message, hangs: cause.hangs }
    }
  }

  async function write(to: Answering, ...command: string[]): Promise<RedisReply> {
    if (!mayWrite()) throw new NotOurs('nothing may be written any more: another process leads, or the switch is over')
    return clients.ask(to.address, command, asking)
  }

  return {
    ask,
    askOthers: (than) =>
      Promise.all(target.spec.members.filter(({ name }) => name !== than).map(({ name }) => ask(name))),
    settings: ({ address }) => askMinReplicas(clients, address, asking),
    setting: async ({ address }, name) =>
      readPairs(await clients.ask(address, ['CONFIG', 'GET', name], asking))[name] ?? '',
    write,
    async tryWrite(to, ...command) {
      try {
        await write(to, ...command)
      } catch (cause) {
        if (!(cause instanceof RedisFault && cause.kind === 'denied')) throw cause
      }
    },
    follows: ({ state }, member) => state.follows !== undefined && redisAt(target, state.follows) === member,
    isDetached: ({ state: { follows } }) => follows?.host === NOWHERE.host && follows.port === NOWHERE.port,
    async askUntil(member, isThere) {
      const deadline = clock.monotonic() + withinMs
      for (;;) {
        const asked = await ask(member)
        if (asked.state === undefined || isThere(asked.state) || clock.monotonic() >= deadline) return asked
        await clock.sleep(POLL_MS, signal)
      }
    },
  }
}

export type Failed = Extract<StepOutcome, { kind: 'failed' }> & {
  /** The member said no to a command, and will again. */
  readonly isDenied: boolean
}

/** What the other side does is an outcome, and no error. */
export async function outcomeOf<T>(step: () => Promise<T>): Promise<T | Failed> {
  try {
    return await step()
  } catch (cause) {
    if (cause instanceof RedisFault) return { kind: 'failed', why: cause.message, isDenied: cause.kind === 'denied' }
    if (cause instanceof NotOurs) return { kind: 'failed', why: cause.message, isDenied: false }
    throw cause
  }
}

export function isAnswering(asked: Asked): asked is Answering {
  return asked.state !== undefined
}

export function isReplica(asked: Asked): asked is Answering {
  return asked.state?.role === 'Replica'
}
