// A connection to a server that speaks MySQL's protocol: one statement at a time, each with a deadline, never repeated by itself.
import { type Connection, createConnection, type QueryError } from 'mysql2'
import { EvenkeelError, messageOf } from '../model/errors.ts'
import type { MemberCredentials } from '../model/failover.ts'
import { formatDuration, type Milliseconds } from '../model/units.ts'

/** `denied`: the credentials, or what they allow. `lost`: it closed the connection. `failed`: it answers that it can't. */
type MysqlFault = 'refused' | 'silent' | 'denied' | 'lost' | 'failed'

/** Without a cause: the driver's errors carry the statement, and with it what a replica is to present to its primary. */
export class MysqlError extends EvenkeelError {
  readonly code = 'MYSQL'
  readonly fault: MysqlFault
  /** The server's own number of the error; 0 when it did not say any. */
  readonly errno: number
  constructor(message: string, fault: MysqlFault, errno = 0) {
    super(message)
    this.fault = fault
    this.errno = errno
  }
}

export interface MysqlServer {
  /** How it is called in errors. */
  readonly name: string
  readonly host: string
  readonly port: number
  readonly credentials: MemberCredentials | undefined
}

/** A column that is NULL is undefined; everything else is text. */
export type Row = Readonly<Record<string, string | undefined>>

export interface CallLimits {
  readonly timeoutMs: Milliseconds
  readonly signal: AbortSignal
}

export interface MysqlConnection {
  /** False once it was closed, by either side. */
  isOpen(): boolean
  /** The rows of one statement, `?` replaced by values. Throws MysqlError; one that came too late has closed the connection. */
  query(sql: string, limits: CallLimits & { readonly values?: readonly (string | number)[] }): Promise<readonly Row[]>
  close(): void
}

/** Connected and let in, within the time. Throws MysqlError. */
export async function connectMysql(server: MysqlServer, { timeoutMs, signal }: CallLimits): Promise<MysqlConnection> {
  const { name, host, port, credentials } = server
  const driver = createConnection({
    host,
    port,
    user: credentials?.username ?? 'evenkeel',
    ...(credentials === undefined ? {} : { password: credentials.password }),
    connectTimeout: timeoutMs,
    // As the server wrote it: nothing here wants a Date or a number that was rounded.
    typeCast: (field) => field.string(),
  })
  let isOpen = true
  const close = () => {
    isOpen = false
    driver.destroy()
  }
  // A connection that breaks between two statements says so here, and the next statement says it again.
  driver.on('error', close)
  driver.on('end', close)

  const run = <T>(withinMs: Milliseconds, end: AbortSignal, start: (settle: Settle<T>) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      const late = () => give(new MysqlError(`${name}: nothing within ${formatDuration(withinMs)}`, 'silent'))
      const stop = () => give(new MysqlError(`${name}: given up`, 'failed'))
      const timer = setTimeout(late, withinMs)
      const finish = () => {
        clearTimeout(timer)
        end.removeEventListener('abort', stop)
      }
      const give = (error: MysqlError) => {
        finish()
        close()
        reject(error)
      }
      end.addEventListener('abort', stop, { once: true })
      if (end.aborted) return stop()
      start((error, value) => {
        finish()
        if (error === null) return resolve(value)
        const told = toMysqlError(server, error)
        if (!ANSWERED.has(told.fault)) close()
        reject(told)
      })
    })

  await run<undefined>(timeoutMs, signal, (settle) => connect(driver, settle)).catch((error: unknown) => {
    close()
    throw error
  })
  return {
    isOpen: () => isOpen,
    query: (sql, { values = [], ...limits }) =>
      run<readonly Row[]>(limits.timeoutMs, limits.signal, (settle) => {
        driver.query(sql, [...values], (error, rows) => settle(error, error === null ? rowsOf(rows) : []))
      }),
    close,
  }
}

type Settle<T> = (error: QueryError | Error | null, value: T) => void

function connect(driver: Connection, settle: Settle<undefined>): void {
  driver.connect((error) => settle(error, undefined))
}

/** A statement that returns no rows returns an object of the driver's. */
function rowsOf(rows: unknown): readonly Row[] {
  if (!Array.isArray(rows)) return []
  return rows.map((row: unknown) => {
    const entries = typeof row === 'object' && row !== null ? Object.entries(row) : []
    return Object.fromEntries(entries.map(([key, value]) => [key, typeof value === 'string' ? value : undefined]))
  })
}

/** With these the connection goes on. */
const ANSWERED = new Set<MysqlFault>(['denied', 'failed'])
const SILENT = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'])
const LOST = new Set(['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE', 'ER_SERVER_SHUTDOWN', 'ER_CONNECTION_KILLED'])
const DENIED = new Set([
  'ER_ACCESS_DENIED_ERROR',
  'ER_ACCESS_DENIED_NO_PASSWORD_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
  'ER_SPECIFIC_ACCESS_DENIED_ERROR',
  'ER_HOST_NOT_PRIVILEGED',
  'ER_HOST_IS_BLOCKED',
  'ER_MUST_CHANGE_PASSWORD',
  'ER_CON_COUNT_ERROR',
  'AUTH_SWITCH_PLUGIN_ERROR',
])

function toMysqlError({ name, credentials }: MysqlServer, error: QueryError | Error): MysqlError {
  const code = 'code' in error ? error.code : ''
  const errno = 'errno' in error && typeof error.errno === 'number' ? error.errno : 0
  // A syntax error quotes the statement.
  const text = code === 'ER_PARSE_ERROR' ? 'it does not understand the statement' : messageOf(error)
  const secrets = [credentials?.password, credentials?.replication?.password].filter(
    (one) => one !== undefined && one !== '',
  )
  const told = secrets.reduce<string>((left, secret) => left.replaceAll(secret ?? '', '***'), text || code)
  return new MysqlError(`${name}: ${told}`, faultOf(code), errno)
}

function faultOf(code: string): MysqlFault {
  if (code === 'ECONNREFUSED') return 'refused'
  if (SILENT.has(code)) return 'silent'
  if (LOST.has(code)) return 'lost'
  return DENIED.has(code) ? 'denied' : 'failed'
}
