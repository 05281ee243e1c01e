// The hands of method patroni: Patroni is asked once for a switch, and what it says of itself afterwards is the result.
import {
  type Answered,
  createPatroniClient,
  type PatroniClient,
  type PatroniEndpoint,
  type WishAnswer,
} from '../../databases/patroni.ts'
import { endpointOf } from '../../databases/patroni-endpoint.ts'
import { clusterFault, isRunningPrimary, leaderOf, unfitReason } from '../../databases/patroni-words.ts'
import type { DelegatedHands, GroupTarget, StepOutcome, SwitchContext } from '../../model/failover.ts'

/** A wish that was sent; Patroni takes its time to answer. */
interface Sent {
  readonly epoch: number
  answer: Answered<WishAnswer> | undefined
}

/** Of one group, as all hands. */
export function createPatroniHands(client: PatroniClient = createPatroniClient()): DelegatedHands {
  let sent: Sent | undefined
  const closing = new AbortController()

  async function delegate(context: SwitchContext): Promise<StepOutcome> {
    const { target, switch: asked, mayWrite, signal } = context
    const { from, to, epoch } = asked
    const endpoint = endpointOf(target, to)
    if ('kind' in endpoint) return failed(`${to} can't be asked: ${endpoint.why}`)
    // Read anew from the one that is to lead: it takes part in the switch, and the look may be older than its end.
    const [said, cluster, config] = await Promise.all([
      client.member(endpoint, signal),
      client.cluster(endpoint, signal),
      client.config(endpoint, signal),
    ])
    if (said.kind !== 'ok') return failed(`${to} can't be asked: ${said.why}`)
    if (cluster.kind !== 'ok') return failed(`${to} could not read the cluster's state: ${cluster.why}`)
    if (config.kind !== 'ok') return failed(`${to} could not read the cluster's configuration: ${config.why}`)

    const leader = leaderOf(cluster.value)
    if (leader === to) {
      if (!isRunningPrimary(said.value)) return waiting(`Patroni has made ${to} the leader, and promotes it`)
      sent = undefined
      return { kind: 'done' }
    }
    if (sent?.epoch === epoch) {
      const { answer } = sent
      if (answer === undefined) return waiting(`Patroni was asked for ${to}, and is at it`)
      sent = undefined
      return outcomeOf(answer, to)
    }
    if (leader !== undefined && leader !== from) {
      return failed(`Patroni's leader is ${leader}, and not ${from} from which it was to be switched`)
    }
    const fault = clusterFault(cluster.value) ?? unfitReason(to, cluster.value, config.value, said.value)
    if (fault !== undefined) return failed(`${to} is not asked for: ${fault}`)
    if (!mayWrite()) return waiting('it is no longer ours to ask for')
    send(epoch, endpoint, { leader, candidate: to }, target)
    return waiting(`Patroni is asked for ${to}`)
  }

  function send(
    epoch: number,
    endpoint: PatroniEndpoint,
    wish: Parameters<PatroniClient['wish']>[1],
    { credentials }: GroupTarget,
  ): void {
    const one: Sent = { epoch, answer: undefined }
    sent = one
    void client.wish(endpoint, wish, credentials, closing.signal).then((answer) => {
      one.answer = answer
    })
  }

  return {
    delegate,
    async close() {
      closing.abort()
      await client.close()
    },
  }
}

/** Patroni's answer is its opinion: a switch that it calls done must be seen, and one that it lost sight of may come yet. */
function outcomeOf(answer: Answered<WishAnswer>, to: string): StepOutcome {
  if (answer.kind !== 'ok')
    return failed(`Patroni was asked for ${to} and did not say what became of it: ${answer.why}`)
  const { status, text } = answer.value
  const said = text === '' ? `HTTP ${status}` : `HTTP ${status}: ${text}`
  if (status === 401 || status === 403) {
    return failed(`Patroni does not accept the credentials of the group's Secret (${said})`)
  }
  if (status >= 200 && status < 300) return waiting(`Patroni says ${said}, which does not show yet`)
  if (status >= 300 && status < 400) return failed(`Patroni's answer is a redirect, which is not followed (${said})`)
  return failed(`Patroni refuses (${said})`)
}

function waiting(why: string): StepOutcome {
  return { kind: 'waiting', why }
}

function failed(why: string): StepOutcome {
  return { kind: 'failed', why }
}
