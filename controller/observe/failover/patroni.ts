// The eyes of method patroni: every member is asked about itself and about the cluster, and the two are put together.
import { createPatroniClient } from '../../databases/patroni.ts'
import { endpointOf } from '../../databases/patroni-endpoint.ts'
import { type Clock, systemClock } from '../../model/clock.ts'
import type { FailoverObserver, GroupTarget } from '../../model/failover.ts'
import type { Milliseconds } from '../../model/units.ts'
import { isLeaderless, type MemberAnswers, readPatroni } from './patroni-reading.ts'

/** Of one group, as every observer. */
export function createPatroniObserver(clock: Clock = systemClock, client = createPatroniClient()): FailoverObserver {
  /** Since when the members have said, without a break, that nobody holds the leader key. */
  let leaderlessSince: Milliseconds | undefined

  async function ask(target: GroupTarget, name: string, signal: AbortSignal): Promise<MemberAnswers> {
    const endpoint = endpointOf(target, name)
    if ('kind' in endpoint) return { name, said: endpoint, cluster: endpoint, config: endpoint }
    const [said, cluster, config] = await Promise.all([
      client.member(endpoint, signal),
      client.cluster(endpoint, signal),
      client.config(endpoint, signal),
    ])
    return { name, said, cluster, config }
  }

  return {
    async look(target, signal) {
      const answers = await Promise.all(target.spec.members.map(({ name }) => ask(target, name, signal)))
      leaderlessSince = isLeaderless(answers) ? (leaderlessSince ?? clock.monotonic()) : undefined
      return readPatroni(answers, leaderlessSince === undefined ? undefined : clock.monotonic() - leaderlessSince)
    },
    close: () => client.close(),
  }
}
