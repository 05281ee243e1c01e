// Sees a group of Redis without a manager: who answers as what, how far, and what the primary's fencing can rest on.
import { createRedisClients } from '../../databases/redis.ts'
import { locate } from '../../databases/redis-members.ts'
import type { FailoverObserver } from '../../model/failover.ts'
import type { Milliseconds } from '../../model/units.ts'
import { createHangs } from './redis-hangs.ts'
import { type History, judgeHistories } from './redis-history.ts'
import { lookAt } from './redis-reading.ts'

/** Of one group. `onNews`: a member has hung up, and another look is worth while before it is due. */
export function createRedisObserver(onNews: () => void = () => {}): FailoverObserver {
  const clients = createRedisClients(tellInTime)
  const hangs = createHangs()
  let history: History | undefined

  let intervalMs: Milliseconds = 0
  let toldAt: Milliseconds = Number.NEGATIVE_INFINITY

  /** One that hangs up after every answer is asked twice as often for that, and no more. */
  function tellInTime(): void {
    const now = performance.now()
    if (now - toldAt < intervalMs) return
    toldAt = now
    onNews()
  }

  return {
    async look(target, signal) {
      intervalMs = target.spec.interval
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
