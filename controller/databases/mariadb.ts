// What a MariaDB server says about itself and about where it replicates from, in two statements.
import type { Milliseconds } from '../model/units.ts'
import { type Gtid, parseGtids } from './gtid.ts'
import { type CallLimits, type MysqlConnection, MysqlError, type Row } from './mysql.ts'

/** A server that it replicates from. */
export interface Source {
  /** Empty unless there are several. */
  readonly name: string
  readonly host: string
  readonly port: number
  /** Yes, Connecting, Preparing or No. */
  readonly receives: string
  readonly applies: boolean
  readonly received: readonly Gtid[]
  readonly usesGtid: boolean
  readonly receiveErrno: number
  readonly receiveError: string
  readonly applyError: string
  /** What it leaves out on purpose, as its settings have it; empty when it takes everything. */
  readonly filters: string
  readonly delayS: number
  /** Changes whenever something was heard from there. */
  readonly heard: string
  /** So often it hears something, when nothing is written; 0 is never. */
  readonly heartbeatMs: Milliseconds
}

export interface MariadbState {
  readonly serverId: number
  /** In seconds since the epoch, by its own clock: the same for as long as the process runs. */
  readonly startedAt: string
  readonly readOnly: boolean
  /** How its own configuration has read_only; undefined when it was set since, which hides it. */
  readonly readOnlyAtStart: boolean | undefined
  /** What others need to replicate from it, and is not set. */
  readonly missingSettings: readonly string[]
  /** Where it is: what it wrote, and what it applied. */
  readonly position: readonly Gtid[]
  /** The last of each server, in each domain, that it is known to have. */
  readonly known: readonly Gtid[]
  /** What it knows itself to have applied as a replica. */
  readonly slavePosition: readonly Gtid[]
  readonly replicas: number
  readonly sources: readonly Source[]
}

const SERVER = `SELECT VERSION() AS version, @@server_id AS server_id, @@read_only AS read_only,
  (SELECT GLOBAL_VALUE_ORIGIN FROM information_schema.SYSTEM_VARIABLES WHERE VARIABLE_NAME = 'READ_ONLY') AS origin,
  @@log_bin AS log_bin, @@log_slave_updates AS log_slave_updates, @@gtid_strict_mode AS gtid_strict_mode,
  @@gtid_current_pos AS current_pos, @@gtid_binlog_pos AS binlog_pos, @@gtid_binlog_state AS binlog_state,
  @@gtid_slave_pos AS slave_pos,
  UNIX_TIMESTAMP() - (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'UPTIME') AS started_at,
  (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'SLAVES_CONNECTED') AS replicas`

/** Without these nobody could follow it, or a write of its own could hide behind later ones. */
const SETTINGS = ['log_bin', 'log_slave_updates', 'gtid_strict_mode'] as const

/** Throws MysqlError, and when the server is no MariaDB. */
export async function readMariadb(connection: MysqlConnection, limits: CallLimits): Promise<MariadbState> {
  const [server = {}] = await connection.query(SERVER, limits).catch(async (error: unknown) => {
    // MySQL has other variables.
    if (error instanceof MysqlError && error.errno === UNKNOWN_VARIABLE) await refuseOthers(connection, limits)
    throw error
  })
  const sources = await connection.query('SHOW ALL SLAVES STATUS', limits)
  const readOnly = server.read_only !== '0' && server.read_only !== 'OFF'
  const gtids = (column: string) => parseGtids(server[column] ?? '')
  const position = [...gtids('current_pos'), ...gtids('binlog_pos')]
  return {
    serverId: Number(server.server_id),
    startedAt: server.started_at ?? '',
    readOnly,
    readOnlyAtStart: server.origin === 'SQL' ? undefined : readOnly,
    missingSettings: SETTINGS.filter((name) => server[name] !== '1'),
    position,
    known: [...position, ...gtids('binlog_state'), ...gtids('slave_pos')],
    slavePosition: gtids('slave_pos'),
    replicas: Number(server.replicas ?? 0),
    sources: sources.map(toSource),
  }
}

const UNKNOWN_VARIABLE = 1193
/** What a replica asks for is not in its primary's binary log: it has what the primary never had, or lacks what was purged. */
const NOT_IN_BINLOG = 1236

export function isRefusedByPrimary({ receives, receiveErrno }: Source): boolean {
  return receives === 'No' && receiveErrno === NOT_IN_BINLOG
}

async function refuseOthers(connection: MysqlConnection, limits: CallLimits): Promise<void> {
  const version = (await connection.query('SELECT VERSION() AS version', limits))[0]?.version ?? ''
  if (!version.includes('MariaDB'))
    throw new MysqlError(`it is MySQL ${version}: the method mysql is for MariaDB 10.6 and later`, 'denied')
}

function toSource(row: Row): Source {
  const text = (column: string) => row[column] ?? ''
  return {
    name: text('Connection_name'),
    host: text('Master_Host'),
    port: Number(text('Master_Port')),
    receives: text('Slave_IO_Running'),
    applies: text('Slave_SQL_Running') === 'Yes',
    received: parseGtids(text('Gtid_IO_Pos')),
    usesGtid: text('Using_Gtid') !== 'No',
    receiveErrno: Number(text('Last_IO_Errno')),
    receiveError: text('Last_IO_Error'),
    applyError: text('Last_SQL_Error'),
    filters: FILTERS.filter((column) => text(column) !== '').join(', '),
    delayS: Number(text('SQL_Delay')),
    heard: ['Master_Log_File', 'Read_Master_Log_Pos', 'Gtid_IO_Pos', 'Slave_received_heartbeats'].map(text).join(' '),
    heartbeatMs: Number(text('Slave_heartbeat_period')) * 1000,
  }
}

const FILTERS = [
  'Replicate_Do_DB',
  'Replicate_Ignore_DB',
  'Replicate_Do_Table',
  'Replicate_Ignore_Table',
  'Replicate_Wild_Do_Table',
  'Replicate_Wild_Ignore_Table',
  'Replicate_Ignore_Server_Ids',
  'Replicate_Do_Domain_Ids',
  'Replicate_Ignore_Domain_Ids',
  'Replicate_Rewrite_DB',
]
