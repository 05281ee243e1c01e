// Asks the Sentinels of a group to fail over, once, and judges what came of it.
import { createRedisClients, RedisFault } from '../../databases/redis.ts'
import { patienceMs } from '../../databases/redis-members.ts'
import { askSentinels } from '../../databases/redis-sentinels.ts'
import type { DelegatedHands, StepOutcome } from '../../model/failover.ts'
import { redisMeans } from './redis-means.ts'

/** Of one group. */
export function createSentinelHands(): DelegatedHands {
  const clients = createRedisClients()

  return {
    async delegate(context): Promise<StepOutcome> {
      const { target, mayWrite, signal } = context
      const { from, to } = context.switch
      const { master = '' } = target.spec.method.sentinel ?? {}
      const ask = { withinMs: patienceMs(target), signal }
      const sentinels = await askSentinels(clients, target, ask)
      const { member, views, fault } = sentinels
      if (member === to) {
        const { state } = await redisMeans(clients, target, context).ask(to)
        return state?.role === 'Primary'
          ? { kind: 'done' }
          : { kind: 'waiting', why: `the Sentinels name ${to}, which does not answer as the primary yet` }
      }
      const [first] = views
      // While they are at it they need not agree; whoever has moved on is not asked again.
      if (views.some(({ isFailingOver }) => isFailingOver))
        return { kind: 'waiting', why: 'the Sentinels are failing over' }
      if (fault !== undefined || first === undefined) return { kind: 'failed', why: fault ?? 'no Sentinel answers' }
      if (member !== from)
        return { kind: 'failed', why: `the Sentinels chose ${member}, not ${to}: a lower replica-priority decides` }
      if (views.some(({ primary }) => primary.host !== first.primary.host || primary.port !== first.primary.port))
        return { kind: 'waiting', why: 'the Sentinels do not all name the same primary yet' }
      if (!mayWrite()) return { kind: 'failed', why: 'nothing may be written any more' }
      try {
        await clients.ask(first.address, ['SENTINEL', 'FAILOVER', master], ask)
        return { kind: 'waiting', why: `${first.pod} was asked to fail over` }
      } catch (cause) {
        if (!(cause instanceof RedisFault)) throw cause
        return cause.message.includes('INPROG')
          ? { kind: 'waiting', why: `${first.pod} is failing over already` }
          : { kind: 'failed', why: describeRefusal(first.pod, cause.message) }
      }
    },
    async close() {
      clients.close()
    },
  }
}

function describeRefusal(pod: string, message: string): string {
  return message.includes('NOGOODSLAVE')
    ? `${pod} has no replica that it could choose: they are down, too far behind, or have replica-priority 0`
    : message
}
