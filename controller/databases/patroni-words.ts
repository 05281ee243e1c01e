// What Patroni says over REST, versions 2 to 4, as far as it is used: a member of itself, the cluster, and the configuration of all.
import { z } from 'zod'

const TAGS = z.record(z.string(), z.unknown())

/** GET /patroni. Locations are bytes of write-ahead log. */
export const PATRONI_MEMBER = z.object({
  state: z.string(),
  role: z.string(),
  postmaster_start_time: z.string().nullish(),
  timeline: z.number().nullish(),
  xlog: z
    .object({
      location: z.number().nullish(),
      received_location: z.number().nullish(),
      replayed_location: z.number().nullish(),
    })
    .nullish(),
  /** Those that this one feeds. */
  replication: z.array(z.object({ application_name: z.string().nullish(), state: z.string().nullish() })).nullish(),
  /** Of a replica, from Patroni 3.1 on. */
  replication_state: z.string().nullish(),
  watchdog_failed: z.boolean().nullish(),
  tags: TAGS.nullish(),
})
export type PatroniMember = z.output<typeof PATRONI_MEMBER>

const CLUSTER_MEMBER = z.object({
  name: z.string(),
  role: z.string(),
  state: z.string().nullish(),
  api_url: z.string().nullish(),
  /** Bytes, or "unknown". */
  lag: z.union([z.number(), z.string()]).nullish(),
  tags: TAGS.nullish(),
})

/** GET /cluster. */
export const PATRONI_CLUSTER = z.object({
  members: z.array(CLUSTER_MEMBER),
  pause: z.boolean().nullish(),
})
export type PatroniCluster = z.output<typeof PATRONI_CLUSTER>
type ClusterMember = PatroniCluster['members'][number]

/** GET /config. */
export const PATRONI_CONFIG = z.object({
  /** true, false, or "quorum". */
  synchronous_mode: z.union([z.boolean(), z.string()]).nullish(),
})
export type PatroniConfig = z.output<typeof PATRONI_CONFIG>

const LEADERS: ReadonlySet<string> = new Set(['leader', 'standby_leader', 'master', 'primary'])
const SYNCHRONOUS: ReadonlySet<string> = new Set(['sync_standby', 'quorum_standby'])
const PRIMARIES: ReadonlySet<string> = new Set(['master', 'primary', 'promoted'])

/** Who holds the leader key; undefined when nobody does. */
export function leaderOf({ members }: PatroniCluster): string | undefined {
  return members.find(({ role }) => LEADERS.has(role))?.name
}

/** Its PostgreSQL runs and is no standby: Patroni has asked it. */
export function isRunningPrimary({ state, role }: PatroniMember): boolean {
  return state === 'running' && PRIMARIES.has(role)
}

/** Why nobody should be asked to switch in this cluster; undefined when nothing stands against it. */
export function clusterFault({ pause, members }: PatroniCluster): string | undefined {
  if (pause === true) return 'Patroni is paused: `patronictl resume` it, or switch by patronictl'
  if (members.some(({ role }) => role === 'standby_leader')) {
    return 'this is a standby cluster, whose leader is a replica of another cluster: promote it by its own configuration'
  }
  return undefined
}

/** Why this one must not become the primary, whatever its position. */
export function unfitReason(
  name: string,
  cluster: PatroniCluster,
  config: PatroniConfig | undefined,
  said: PatroniMember,
): string | undefined {
  const known = cluster.members.find((one) => one.name === name)
  if (known === undefined) {
    return `Patroni knows no member ${name}, only ${cluster.members.map((one) => one.name).join(', ') || 'none'}`
  }
  const tag = refusingTag(said.tags ?? known.tags ?? {})
  if (tag !== undefined) return `Patroni's tag ${tag} keeps it from being promoted`
  if (said.state !== 'running') return `its PostgreSQL is not running: ${said.state}`
  if (said.watchdog_failed === true) return 'its watchdog does not work'
  if (isSynchronous(config) && leaderOf(cluster) !== name && !SYNCHRONOUS.has(known.role)) {
    return "it is no synchronous standby, and Patroni's synchronous_mode is on"
  }
  return undefined
}

/** How far the shared store has it behind; undefined when it is not known there. */
export function storedLagOf(member: ClusterMember | undefined): number | undefined {
  return typeof member?.lag === 'number' ? member.lag : undefined
}

function isSynchronous(config: PatroniConfig | undefined): boolean {
  return Boolean(config?.synchronous_mode)
}

function refusingTag(tags: Readonly<Record<string, unknown>>): string | undefined {
  if (tags.nofailover) return 'nofailover'
  // From Patroni 3.2 on.
  const priority = tags.failover_priority
  return tags.nofailover === undefined && typeof priority === 'number' && priority <= 0
    ? 'failover_priority'
    : undefined
}
