// A conversation with one MariaDB member: opened for a step, and what is asked of it there.
import { formatGtids, type Gtid, lastOf } from '../../databases/gtid.ts'
import { type MariadbState, readMariadb } from '../../databases/mariadb.ts'
import { connectMysql, MysqlError, type Row } from '../../databases/mysql.ts'
import { mysqlPlaceOf } from '../../databases/mysql-members.ts'
import type { GroupTarget, SwitchContext } from '../../model/failover.ts'
import type { Milliseconds } from '../../model/units.ts'

export type Permission = Pick<SwitchContext, 'mayWrite' | 'signal'>

export interface Session {
  readonly member: string
  state(): Promise<MariadbState>
  ask(sql: string, values?: readonly (string | number)[], timeoutMs?: Milliseconds): Promise<readonly Row[]>
  /** A statement that changes something: asked for permission immediately before. Throws NotAllowed. */
  change(sql: string, values?: readonly (string | number)[]): Promise<void>
}

/** Somebody else leads, or the switch is not ours any more. */
export class NotAllowed extends Error {
  constructor() {
    super('we may not write any more')
    this.name = 'NotAllowed'
  }
}

const CONNECT_MS: Milliseconds = 1_000
const STATEMENT_MS: Milliseconds = 3_000

/** Throws MysqlError when the member does not answer, and what `work` throws. */
export async function withMember<T>(
  target: GroupTarget,
  member: string,
  { mayWrite, signal }: Permission,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const place = mysqlPlaceOf(target, member)
  if (place.kind !== 'server') throw new MysqlError(place.why, 'failed')
  const connection = await connectMysql(place.server, { timeoutMs: CONNECT_MS, signal })
  const ask: Session['ask'] = (sql, values = [], timeoutMs = STATEMENT_MS) =>
    connection.query(sql, { values, timeoutMs, signal })
  try {
    return await work({
      member,
      state: () => readMariadb(connection, { timeoutMs: STATEMENT_MS, signal }),
      ask,
      async change(sql, values) {
        if (!mayWrite()) throw new NotAllowed()
        await ask(sql, values)
      },
    })
  } finally {
    connection.close()
  }
}

/** Whether it has applied all of these, after at most so long. */
export async function hasApplied(session: Session, gtids: readonly Gtid[], withinMs: Milliseconds): Promise<boolean> {
  const upTo = formatGtids(lastOf(gtids))
  if (upTo === '') return true
  const sql = 'SELECT MASTER_GTID_WAIT(?, ?) AS waited'
  const [row] = await session.ask(sql, [upTo, withinMs / 1000], withinMs + STATEMENT_MS)
  return row?.waited === '0'
}

/** A leader that was paused right after it asked whether it may write has this long, by the server's own clock. */
const VALID_S = 1
const LOCK_WAIT_TIMEOUT = 1205

/**
 * Sets read_only, unless the statement arrives so late that somebody else may lead by then. Writes under way are waited for
 * for a second; what holds longer is ended, since it could not be committed any more: its client gets an error.
 */
export async function setReadOnly(session: Session, isReadOnly: boolean): Promise<void> {
  // A whole second is the least that there is.
  await session.ask('SET SESSION lock_wait_timeout = 1')
  const set = async () => {
    const [row] = await session.ask(`SELECT UTC_TIMESTAMP(6) + INTERVAL ${VALID_S} SECOND AS until`)
    const sql = 'SET GLOBAL read_only = IF(UTC_TIMESTAMP(6) < ?, ?, @@global.read_only)'
    await session.change(sql, [row?.until ?? '', isReadOnly ? 1 : 0])
  }
  try {
    await set()
  } catch (error) {
    if (!(error instanceof MysqlError) || error.errno !== LOCK_WAIT_TIMEOUT) throw error
    await endClients(session)
    await set()
  }
}

/** Every connection of a client, and none of the server's own, nor of a replica. */
async function endClients(session: Session): Promise<void> {
  const rows = await session.ask(
    `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID()
      AND USER NOT IN ('system user', 'event_scheduler') AND COMMAND NOT IN ('Binlog Dump', 'Daemon')`,
  )
  for (const { id } of rows) {
    await session.change('KILL CONNECTION ?', [Number(id)]).catch((error: unknown) => {
      if (!(error instanceof MysqlError) || error.errno !== NO_SUCH_THREAD) throw error
    })
  }
}

const NO_SUCH_THREAD = 1094
