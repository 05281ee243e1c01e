// The eyes of the method `mysql`: every member of a MariaDB group asked at once, over a connection that is kept.
import { countOf } from '../../databases/gtid.ts'
import { type MariadbState, readMariadb, type Source } from '../../databases/mariadb.ts'
import { memberAt } from '../../databases/members.ts'
import { connectMysql, type MysqlConnection, MysqlError, type MysqlServer } from '../../databases/mysql.ts'
import { mysqlPlaceOf } from '../../databases/mysql-members.ts'
import { type Clock, systemClock } from '../../model/clock.ts'
import { messageOf } from '../../model/errors.ts'
import type { FailoverObserver, GroupTarget, MemberReading, Reach } from '../../model/failover.ts'
import type { Milliseconds } from '../../model/units.ts'
import { returnsWritable, unfitOf } from './mysql-fitness.ts'

const SHORTEST_MS: Milliseconds = 500
const LONGEST_MS: Milliseconds = 2_000

interface Kept {
  readonly server: MysqlServer
  readonly connection: MysqlConnection
}

interface Heard {
  readonly what: string
  readonly atMs: Milliseconds
}

type Seen =
  | { readonly name: string; readonly kind: 'state'; readonly state: MariadbState }
  | { readonly name: string; readonly kind: 'unseen'; readonly reach: Reach }

export function createMysqlObserver(clock: Clock = systemClock): FailoverObserver {
  const kept = new Map<string, Kept>()
  const heard = new Map<string, Heard>()
  /** How the configuration of each member was last seen to have read_only: a value that is set later hides it. */
  const atStart = new Map<string, { readonly pod: string | undefined; readonly isReadOnly: boolean }>()

  async function see(target: GroupTarget, name: string, signal: AbortSignal): Promise<Seen> {
    const place = mysqlPlaceOf(target, name)
    if (place.kind !== 'server') {
      drop(name)
      return { name, kind: 'unseen', reach: place }
    }
    const { server } = place
    const limits = { timeoutMs: Math.min(LONGEST_MS, Math.max(SHORTEST_MS, target.spec.interval)), signal }
    try {
      const last = keptFor(name, server)
      const state =
        (last && (await readMariadb(last, limits).catch(againWhenLost))) ??
        (await readMariadb(await connect(name, server, limits), limits))
      return { name, kind: 'state', state }
    } catch (error) {
      return { name, kind: 'unseen', reach: reachAfter(error) }
    }
  }

  function keptFor(name: string, server: MysqlServer): MysqlConnection | undefined {
    const last = kept.get(name)
    if (last?.connection.isOpen() && isSameServer(last.server, server)) return last.connection
    drop(name)
    return undefined
  }

  async function connect(name: string, server: MysqlServer, limits: Parameters<typeof connectMysql>[1]) {
    drop(name)
    const connection = await connectMysql(server, limits)
    kept.set(name, { server, connection })
    return connection
  }

  function drop(name: string): void {
    kept.get(name)?.connection.close()
    kept.delete(name)
  }

  /** For how long it should have heard something, and did not. */
  function silentMs(member: string, source: Source): Milliseconds | undefined {
    const what = `${source.host} ${source.port} ${source.heard}`
    const last = heard.get(member)
    if (last?.what !== what) {
      heard.set(member, { what, atMs: clock.monotonic() })
      return 0
    }
    if (source.heartbeatMs === 0) return undefined
    return Math.max(0, clock.monotonic() - last.atMs - source.heartbeatMs)
  }

  function readingOf(target: GroupTarget, seen: Seen, all: readonly Seen[]): MemberReading {
    const { name } = seen
    if (seen.kind === 'unseen') return { name, reach: seen.reach }
    const { state } = seen
    const source = state.sources[0]
    const place = mysqlPlaceOf(target, name)
    const pod = place.kind === 'server' ? place.podUid : undefined
    if (state.readOnlyAtStart !== undefined) atStart.set(name, { pod, isReadOnly: state.readOnlyAtStart })
    const last = atStart.get(name)
    const others = all.flatMap((one) => (one.kind === 'state' && one !== seen ? [one.state] : []))
    const writable = returnsWritable(last?.pod === pod ? last?.isReadOnly : undefined)
    const unfit = writable ?? unfitOf(state, others)
    const common = {
      name,
      reach: { kind: 'answers' },
      isWritable: !state.readOnly,
      instance: state.startedAt,
      ...(unfit === undefined ? {} : { unfit }),
    } as const
    if (source === undefined)
      return {
        ...common,
        role: 'Primary',
        position: countOf(state.position),
        replicas: state.replicas,
        ...(writable === undefined ? {} : { returnsWritable: writable }),
      }
    const silent = silentMs(name, source)
    return {
      ...common,
      role: 'Replica',
      // What it has received it will have: a promotion waits until it is applied.
      position: countOf([...state.position, ...source.received]),
      follows: memberAt(target, source.host),
      link: source.receives === 'Yes' ? 'Up' : 'Down',
      ...(silent === undefined ? {} : { primarySilentMs: silent }),
    }
  }

  return {
    async look(target, signal) {
      const all = await Promise.all(target.spec.members.map(({ name }) => see(target, name, signal)))
      return { members: all.map((seen) => readingOf(target, seen, all)) }
    },
    async close() {
      for (const name of [...kept.keys()]) drop(name)
    },
  }
}

/** A kept connection that the server has closed says nothing about the server. */
function againWhenLost(error: unknown): undefined {
  if (error instanceof MysqlError && error.fault === 'lost') return undefined
  throw error
}

function reachAfter(error: unknown): Reach {
  const why = messageOf(error)
  const fault = error instanceof MysqlError ? error.fault : 'failed'
  if (fault === 'silent' || fault === 'refused') return { kind: fault, why }
  return { kind: fault === 'lost' ? 'refused' : 'unknown', why }
}

function isSameServer(one: MysqlServer, other: MysqlServer): boolean {
  return (
    one.host === other.host &&
    one.port === other.port &&
    one.credentials?.username === other.credentials?.username &&
    one.credentials?.password === other.credentials?.password
  )
}
