// Sees a group of Redis without a manager: who answers as what, how far, and what the primary's fencing can rest on.
import { createRedisClients } from '../../databases/redis.ts'
import { locate } from '../../databases/redis-members.ts'
import type { FailoverObserver } from '../../model/failover.ts'
import { createHangs } from './redis-hangs.ts'
import { type History, judgeHistories } from './redis-history.ts'
import { lookAt } from './redis-reading.ts'

/** Of one group. */
export function createRedisObserver(): FailoverObserver {
  const clients = createRedisClients()
  const hangs = createHangs()
  let history: History | undefined

  return {
    async look(target, signal) {
      const names = target.spec.members.map(({ name }) => name)
      const located = names.map((name) => locate(target, name))
      clients.keepOnly(located.flatMap((one) => (one.kind === 'address' ? [one.address] : [])))
      const sights = await Promise.all(names.map((name) => lookAt(clients, target, name, signal)))
      const judged = judgeHistories(sights, history)
      history = judged.history
      return { members: judged.members.map(hangs.mark) }
    },
    async close() {
      clients.close()
    },
  }
}
