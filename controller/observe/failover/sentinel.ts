// Sees a group of Redis under Sentinel: each member by its own word, and by the Sentinels' who is the primary and who would be next.
import { createRedisClients, type RedisClients, RedisFault } from '../../databases/redis.ts'
import { patienceMs } from '../../databases/redis-members.ts'
import { askChoice, askSentinels, type SentinelsSeen } from '../../databases/redis-sentinels.ts'
import type { FailoverObserver, GroupTarget, MemberReading } from '../../model/failover.ts'
import { createHangs } from './redis-hangs.ts'
import { lookAt } from './redis-reading.ts'

/** Of one group. */
export function createSentinelObserver(): FailoverObserver {
  const clients = createRedisClients()
  const hangs = createHangs()

  return {
    async look(target, signal) {
      const ask = { withinMs: patienceMs(target), signal }
      const [sights, sentinels] = await Promise.all([
        Promise.all(target.spec.members.map(({ name }) => lookAt(clients, target, name, signal))),
        askSentinels(clients, target, ask),
      ])
      const members = sights.map(({ reading }) => hangs.mark(reading))
      const { fault } = sentinels
      return {
        members: await withChoice(clients, target, members, sentinels, signal),
        ...(fault === undefined ? {} : { managerFault: fault }),
      }
    },
    async close() {
      clients.close()
    },
  }
}

/** A Sentinel lets nobody tell it whom to choose: whoever is not first in its eyes could not be switched to. */
async function withChoice(
  clients: RedisClients,
  target: GroupTarget,
  members: readonly MemberReading[],
  { views: [first], fault }: SentinelsSeen,
  signal: AbortSignal,
): Promise<readonly MemberReading[]> {
  if (first === undefined || fault !== undefined) return members
  const order = await askChoice(clients, target, first, { withinMs: patienceMs(target), signal }).catch(
    (cause: unknown) => {
      if (cause instanceof RedisFault) return []
      throw cause
    },
  )
  const [chosen] = order
  return members.map((reading) => {
    if (reading.role !== 'Replica' || reading.unfit !== undefined) return reading
    const known = order.find(({ member }) => member === reading.name)
    if (known === undefined) return { ...reading, unfit: `${first.pod} does not know it as a replica` }
    if (!known.isUsable) return { ...reading, unfit: `${first.pod} has it as ${known.flags}` }
    if (known === chosen) return reading
    return {
      ...reading,
      unfit: `the Sentinels would choose ${chosen?.member} before it: a lower replica-priority decides`,
    }
  })
}
