// The hands of a group of Redis without a manager: the old primary fenced, another promoted, the others repointed.
import { createRedisClients } from '../../databases/redis.ts'
import { FENCED_REPLICAS } from '../../databases/redis-state.ts'
import type { FailoverHands, StepOutcome } from '../../model/failover.ts'
import { attachAll, attachDetached, type Starving, starve, tell } from './redis-fence.ts'
import { follow, keepSettings, minReplicasToWrite } from './redis-follow.ts'
import { isAnswering, isReplica, outcomeOf, redisMeans } from './redis-means.ts'

/** Of one group. */
export function createRedisHands(): FailoverHands {
  const clients = createRedisClients()
  let starving: Starving | undefined

  return {
    async fence(context) {
      const { from } = context.switch
      const means = redisMeans(clients, context.target, context)
      const outcome = await outcomeOf(async () => {
        const asked = await means.ask(from)
        if (isAnswering(asked)) return tell(means, context, asked)
        const starved = await starve(means, context, asked, starving)
        starving = starved.starving
        return starved.outcome
      })
      // One that failed in between may answer the next time, or be fenced otherwise.
      return outcome.kind === 'failed' ? { kind: outcome.isDenied ? 'refused' : 'waiting', why: outcome.why } : outcome
    },

    unfence: (context) =>
      outcomeOf<StepOutcome>(async () => {
        const { from } = context.switch
        const means = redisMeans(clients, context.target, context)
        const primary = await means.ask(from)
        // One that has ended may come back empty: its replicas are better off without it until it answers.
        if (!isAnswering(primary)) return { kind: 'failed', why: `${from} does not answer: ${primary.why}` }
        if (primary.state.role !== 'Primary') return { kind: 'failed', why: `${from} is a primary no more` }
        const replicas = (await means.askOthers(from)).filter(isReplica)
        await attachDetached(means, primary)
        const settings = await means.settings(primary)
        if (settings?.toWrite === FENCED_REPLICAS) {
          const toWrite = Math.min(minReplicasToWrite(context.target), replicas.length)
          await means.write(primary, 'CONFIG', 'SET', 'min-replicas-to-write', `${toWrite}`)
        }
        const isFed = await means.askUntil(from, ({ goodReplicas }) => (goodReplicas ?? 0) >= replicas.length)
        return isAnswering(isFed) && (isFed.state.goodReplicas ?? 0) >= replicas.length
          ? { kind: 'done' }
          : { kind: 'waiting', why: `the replicas of ${from} are being linked again` }
      }),

    promote: (context) =>
      outcomeOf<StepOutcome>(async () => {
        const { to } = context.switch
        const means = redisMeans(clients, context.target, context)
        const asked = await means.ask(to)
        if (!isAnswering(asked)) return { kind: 'failed', why: `${to} does not answer: ${asked.why}` }
        if (asked.state.role === 'Primary') return { kind: 'done' }
        if (asked.state.isLoading) return { kind: 'waiting', why: `${to} is still loading its data` }
        // With fewer replicas than that it would be a primary that takes no write. `follow` raises it as they join.
        const others = (await means.askOthers(to)).filter(isReplica).length
        const toWrite = Math.min(minReplicasToWrite(context.target), others)
        const settings = await means.settings(asked)
        if (settings?.toWrite !== toWrite)
          await means.write(asked, 'CONFIG', 'SET', 'min-replicas-to-write', `${toWrite}`)
        await means.write(asked, 'REPLICAOF', 'NO', 'ONE')
        // It takes no write before one of them follows: nobody waits for the next step to be written down.
        // And whoever still follows the old one feeds it, should it come back.
        await attachAll(means, asked)
        const now = await means.ask(to)
        if (!isAnswering(now) || now.state.role !== 'Primary')
          return { kind: 'waiting', why: `${to} does not say yet that it is the primary` }
        if (toWrite === minReplicasToWrite(context.target)) await keepSettings(means, now)
        return { kind: 'done' }
      }),

    follow: (target, member, primary, context) =>
      outcomeOf(() => follow(redisMeans(clients, target, context), target, member, primary)),

    async close() {
      clients.close()
    },
  }
}
