// What a Redis says of itself: INFO, and the settings on which fencing rests, as values.
import { type RedisAddress, type RedisAsk, type RedisClients, RedisFault, type RedisReply } from './redis.ts'

/** What this puts in the way of writes while a switch is made. Nobody has so many replicas. */
export const FENCED_REPLICAS = 1_000_000

export interface RedisState {
  readonly role: 'Primary' | 'Replica'
  /** Of this run of the process. */
  readonly runId: string
  /** The histories that its data is of: the present one, and the one before it. */
  readonly replId: string
  readonly replId2: string
  /** In bytes of the replication stream: of a replica, what it has applied. */
  readonly position: number
  /** Of a replica: what it follows. */
  readonly follows: { readonly host: string; readonly port: number } | undefined
  readonly isLinked: boolean
  /** Of a replica: since when it has heard nothing; undefined when it never has. */
  readonly silentSeconds: number | undefined
  readonly isSyncing: boolean
  readonly isReadOnly: boolean
  readonly priority: number
  readonly isLoading: boolean
  /** Of a primary: the replicas that get its stream. */
  readonly replicas: number
  /** Of those, the ones that have been heard in time; undefined when it does not count them. */
  readonly goodReplicas: number | undefined
  /** It was started with a file that it can write its settings to. */
  readonly hasConfigFile: boolean
  /** The last snapshot or the last write to the append-only file failed. */
  readonly diskFault: 'snapshot' | 'append-only file' | undefined
}

/** Settings that keep a primary without replicas from taking writes. */
export interface MinReplicas {
  readonly toWrite: number
  readonly maxLagSeconds: number
}

/** Asks for INFO. Throws RedisFault. */
export async function askState(clients: RedisClients, address: RedisAddress, ask: RedisAsk): Promise<RedisState> {
  const reply = await clients.ask(address, ['INFO'], ask)
  const state = typeof reply === 'string' ? parseState(reply) : undefined
  if (state === undefined)
    throw new RedisFault('denied', `${address.host}:${address.port} answers INFO, but not as a Redis does`)
  return state
}

/** Undefined when it can't be told. Throws RedisFault. */
export async function askMinReplicas(
  clients: RedisClients,
  address: RedisAddress,
  ask: RedisAsk,
): Promise<MinReplicas | undefined> {
  const settings = readPairs(await clients.ask(address, ['CONFIG', 'GET', 'min-replicas-*'], ask))
  const toWrite = countIn(settings['min-replicas-to-write'])
  const maxLagSeconds = countIn(settings['min-replicas-max-lag'])
  return toWrite === undefined || maxLagSeconds === undefined ? undefined : { toWrite, maxLagSeconds }
}

/** Whether a fault of the disk keeps it from taking writes. Throws RedisFault. */
export async function askStopsOnDiskFault(
  clients: RedisClients,
  address: RedisAddress,
  { diskFault }: RedisState,
  ask: RedisAsk,
): Promise<boolean> {
  if (diskFault !== 'snapshot') return diskFault !== undefined
  const stops = readPairs(await clients.ask(address, ['CONFIG', 'GET', 'stop-writes-on-bgsave-error'], ask))
  const saves = readPairs(await clients.ask(address, ['CONFIG', 'GET', 'save'], ask))
  return stops['stop-writes-on-bgsave-error'] === 'yes' && saves.save !== ''
}

/** Undefined when the text is not the INFO of a Redis with data: a Sentinel, something else. */
function parseState(info: string): RedisState | undefined {
  const fields: Record<string, string> = {}
  for (const line of info.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0 && !line.startsWith('#')) fields[line.slice(0, colon)] = line.slice(colon + 1)
  }
  const isPrimary = fields.role === 'master'
  const position = countIn(isPrimary ? fields.master_repl_offset : fields.slave_repl_offset)
  if (!(isPrimary || fields.role === 'slave') || fields.run_id === undefined || fields.master_replid === undefined)
    return undefined
  if (position === undefined) return undefined
  const isLinked = fields.master_link_status === 'up'
  const port = countIn(fields.master_port)
  return {
    role: isPrimary ? 'Primary' : 'Replica',
    runId: fields.run_id,
    replId: fields.master_replid,
    replId2: fields.master_replid2 ?? '',
    position,
    follows: fields.master_host === undefined || port === undefined ? undefined : { host: fields.master_host, port },
    isLinked,
    silentSeconds: countIn(isLinked ? fields.master_last_io_seconds_ago : fields.master_link_down_since_seconds),
    isSyncing: fields.master_sync_in_progress === '1',
    isReadOnly: fields.slave_read_only !== '0',
    priority: countIn(fields.slave_priority) ?? 100,
    isLoading: fields.loading === '1' || fields.async_loading === '1',
    replicas: Object.entries(fields).filter(
      ([name, value]) => /^slave\d+$/.test(name) && value.includes('state=online'),
    ).length,
    goodReplicas: countIn(fields.min_slaves_good_slaves),
    hasConfigFile: (fields.config_file ?? '') !== '',
    diskFault:
      fields.aof_enabled === '1' && fields.aof_last_write_status === 'err'
        ? 'append-only file'
        : fields.rdb_last_bgsave_status === 'err'
          ? 'snapshot'
          : undefined,
  }
}

/** A reply of names and values in turn. */
export function readPairs(reply: RedisReply): Readonly<Record<string, string>> {
  const pairs: Record<string, string> = {}
  if (typeof reply !== 'object' || reply === null) return pairs
  for (let index = 0; index + 1 < reply.length; index += 2) pairs[String(reply[index])] = String(reply[index + 1])
  return pairs
}

/** Redis writes -1 where it has none. */
function countIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}
