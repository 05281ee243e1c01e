// What the members of a Patroni cluster said, put together: each about itself, and most of them about who leads.
import type { Answered, NoAnswer } from '../../databases/patroni.ts'
import {
  clusterFault,
  isRunningPrimary,
  leaderOf,
  type PatroniCluster,
  type PatroniConfig,
  type PatroniMember,
  storedLagOf,
  unfitReason,
} from '../../databases/patroni-words.ts'
import type { Look, MemberReading } from '../../model/failover.ts'
import type { Milliseconds } from '../../model/units.ts'

export interface MemberAnswers {
  readonly name: string
  readonly said: Answered<PatroniMember>
  readonly cluster: Answered<PatroniCluster>
  readonly config: Answered<PatroniConfig>
}

/** What most of those say who could read the shared store; one that is cut off from it can't. */
type SharedView =
  | { readonly kind: 'ok'; readonly cluster: PatroniCluster; readonly leader: string | undefined }
  | { readonly kind: 'unknown'; readonly why: string }

/** All of them that can tell say that nobody holds the leader key. */
export function isLeaderless(answers: readonly MemberAnswers[]): boolean {
  const view = sharedViewOf(answers)
  return view.kind === 'ok' && view.leader === undefined
}

export function readPatroni(
  answers: readonly MemberAnswers[],
  leaderlessForMs: Milliseconds | undefined,
): Omit<Look, 'at' | 'routed'> {
  const view = sharedViewOf(answers)
  const config = answers.map((one) => one.config).find((one) => one.kind === 'ok')?.value
  const said = new Map(answers.flatMap((one) => (one.said.kind === 'ok' ? [[one.name, one.said.value] as const] : [])))
  const members = answers.map((one): MemberReading => {
    if (one.said.kind !== 'ok')
      return { name: one.name, reach: isHeldBy(view, one.name) ? withKey(one.said) : one.said }
    if (view.kind === 'unknown') return alone(one.name, one.said.value)
    return together(one.name, one.said.value, { view, config, said, leaderlessForMs })
  })
  const fault = faultOf(view, answers)
  return fault === undefined ? { members } : { members, managerFault: fault }
}

function isHeldBy(view: SharedView, name: string): boolean {
  return view.kind === 'ok' && view.leader === name
}

/**
 * The leader key has to be renewed within its ttl: who still has it is alive for the others, or has been until just now. Then it
 * may be we who are cut off, and Patroni is waited for.
 */
function withKey({ why }: NoAnswer): NoAnswer {
  return { kind: 'unknown', why: `${why}, and it still has Patroni's leader key` }
}

function sharedViewOf(answers: readonly MemberAnswers[]): SharedView {
  const views = answers.flatMap(({ cluster }) => (cluster.kind === 'ok' ? [cluster.value] : []))
  if (views.length === 0) {
    const why = answers.map(({ name, cluster }) => `${name}: ${cluster.kind === 'ok' ? '' : cluster.why}`).join('; ')
    return { kind: 'unknown', why: `no member could read the cluster's state from its store (${why})` }
  }
  const cluster = views.find((one) => {
    const same = views.filter((other) => leaderOf(other) === leaderOf(one)).length
    return same * 2 > views.length
  })
  if (cluster !== undefined) return { kind: 'ok', cluster, leader: leaderOf(cluster) }
  const named = views.map((one) => leaderOf(one) ?? 'nobody').join(', ')
  return { kind: 'unknown', why: `the members do not agree on who leads (${named})` }
}

/** Why Patroni should not be asked to switch. */
function faultOf(view: SharedView, answers: readonly MemberAnswers[]): string | undefined {
  if (view.kind === 'unknown') return view.why
  const { cluster, leader } = view
  const ours = answers.map(({ name }) => name)
  if (leader !== undefined && !ours.includes(leader)) {
    return `Patroni's leader is ${leader}, which is no member of this group: add it to spec.members`
  }
  return clusterFault(cluster)
}

/** What it says of itself, when nobody could tell what is true of the whole. */
function alone(name: string, said: PatroniMember): MemberReading {
  const own = { name, reach: { kind: 'answers' }, ...instanceOf(said), ...positionOf(said) } as const
  if (isRunningPrimary(said)) return { ...own, role: 'Primary', isWritable: true, replicas: feedsOf(said).length }
  return said.state === 'running' ? { ...own, role: 'Replica', isWritable: false } : { ...own, isWritable: false }
}

interface Surroundings {
  readonly view: Extract<SharedView, { kind: 'ok' }>
  readonly config: PatroniConfig | undefined
  readonly said: ReadonlyMap<string, PatroniMember>
  readonly leaderlessForMs: Milliseconds | undefined
}

function together(name: string, said: PatroniMember, around: Surroundings): MemberReading {
  const { view, config, leaderlessForMs } = around
  const { cluster, leader } = view
  const { role, ...rest } = alone(name, said)
  // Whoever has the key and is no primary yet is being promoted.
  const isComing = role === undefined || (role === 'Replica' && leader === name)
  const reading: MemberReading = isComing ? rest : { ...rest, role }
  const unfit = unfitReason(name, cluster, config, said)
  if (reading.role === 'Primary' && leader !== undefined && leader !== name) {
    return { ...reading, unfit: `it is a primary though ${leader} leads: Patroni has yet to demote it` }
  }
  if (reading.role !== 'Replica') return unfit === undefined ? reading : { ...reading, unfit }
  const source = sourceOf(said) ?? leader
  const leading = leader === undefined ? undefined : around.said.get(leader)
  const stale = timelineFault(said, leading)
  return {
    ...(stale === undefined ? reading : { ...reading, unfit: stale }),
    ...(unfit === undefined ? {} : { unfit }),
    ...(source === undefined ? {} : { follows: source }),
    ...linkOf(name, said, source === undefined ? undefined : around.said.get(source)),
    ...lagOf(reading, leading, storedLagOf(cluster.members.find((one) => one.name === name))),
    ...(leaderlessForMs === undefined ? {} : { primarySilentMs: leaderlessForMs }),
  }
}

function instanceOf({ postmaster_start_time: since }: PatroniMember): Pick<MemberReading, 'instance'> {
  return typeof since === 'string' ? { instance: since } : {}
}

function positionOf({ xlog }: PatroniMember): Pick<MemberReading, 'position'> {
  const position = Math.max(xlog?.location ?? 0, xlog?.received_location ?? 0, xlog?.replayed_location ?? 0)
  return position > 0 ? { position } : {}
}

/** From the two positions, both of now; the shared store has those of Patroni's last round. */
function lagOf(
  { position }: MemberReading,
  leading: PatroniMember | undefined,
  stored: number | undefined,
): Pick<MemberReading, 'lag'> {
  const ahead = leading === undefined || !isRunningPrimary(leading) ? undefined : positionOf(leading).position
  if (position !== undefined && ahead !== undefined) return { lag: Math.max(0, ahead - position) }
  return stored === undefined ? {} : { lag: stored }
}

/** By its own word, where this Patroni says it, or by that of the one that feeds it; unknown while that one is silent. */
function linkOf(name: string, said: PatroniMember, feeder: PatroniMember | undefined): Pick<MemberReading, 'link'> {
  if (typeof said.replication_state === 'string') return { link: isUp(said.replication_state) ? 'Up' : 'Down' }
  if (feeder === undefined || feeder.state !== 'running') return {}
  const feed = feedsOf(feeder).find((one) => one.application_name === name)
  return { link: feed !== undefined && isUp(feed.state) ? 'Up' : 'Down' }
}

function isUp(state: string | null | undefined): boolean {
  return state === 'streaming' || state === 'catchup'
}

function feedsOf({ replication }: PatroniMember) {
  return replication ?? []
}

/** A cascading replica follows another than the leader. */
function sourceOf({ tags }: PatroniMember): string | undefined {
  const source = tags?.replicatefrom
  return typeof source === 'string' && source !== '' ? source : undefined
}

/** Positions on different timelines can't be compared: it has yet to be brought onto the leader's. */
function timelineFault(said: PatroniMember, leading: PatroniMember | undefined): string | undefined {
  const [own, leaders] = [said.timeline, leading?.timeline]
  if (!own || !leaders || leading === undefined || !isRunningPrimary(leading)) return undefined
  return own === leaders ? undefined : `it is on timeline ${own}, the leader on ${leaders}`
}
