// The eyes of method patroni: every member is asked about itself and about the cluster, and the two are put together.
import { createPatroniClient, type PatroniClient } from '../../databases/patroni.ts'
import { endpointOf } from '../../databases/patroni-endpoint.ts'
import { type Clock, systemClock } from '../../model/clock.ts'
import type { FailoverObserver, GroupTarget } from '../../model/failover.ts'
import type { Milliseconds } from '../../model/units.ts'
import { isLeaderless, type MemberAnswers, readPatroni } from './patroni-reading.ts'

export interface PatroniObserverOptions {
  readonly clock?: Clock
  readonly client?: PatroniClient
}

export function createPatroniObserver(options: PatroniObserverOptions = {}): FailoverObserver {
  const { clock = systemClock, client = createPatroniClient() } = options
  /** By group: since when its members say that nobody holds the leader key. */
  const leaderlessSince = new Map<string, Milliseconds>()

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

  /** How long there has been no leader, as far as it could be told without a break. */
  function leaderlessFor(key: string, answers: readonly MemberAnswers[]): Milliseconds | undefined {
    if (!isLeaderless(answers)) {
      leaderlessSince.delete(key)
      return undefined
    }
    const now = clock.monotonic()
    const since = leaderlessSince.get(key) ?? now
    leaderlessSince.set(key, since)
    return now - since
  }

  return {
    async look(target, signal) {
      const answers = await Promise.all(target.spec.members.map(({ name }) => ask(target, name, signal)))
      return readPatroni(answers, leaderlessFor(`${target.namespace}/${target.name}`, answers))
    },
    close: () => client.close(),
  }
}
