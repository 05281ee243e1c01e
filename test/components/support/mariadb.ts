// MariaDB servers of a test: on addresses of their own, all from one seed, as docs/guide/failover-mysql.md configures them.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Connection, createConnection } from 'mysql2/promise'
import { createAddresses } from '../../../sandbox/kubelet/addresses.ts'
import { freePort } from '../../../sandbox/ports.ts'
import { program } from './programs.ts'
import type { Room } from './room.ts'

export const EVENKEEL = { username: 'evenkeel', password: 'even"keel\'s own' }
export const REPLICATION = { username: 'replication', password: 'a replica\'s "own"' }
const APP = { user: 'app', password: 'app' }

const STOP_GRACE_MS = 10_000

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

const USERS = [
  // It starts without privileges, and learns of them so.
  'FLUSH PRIVILEGES',
  `CREATE USER evenkeel@'%' IDENTIFIED BY ${literal(EVENKEEL.password)}`,
  `GRANT SLAVE MONITOR, REPLICATION SLAVE ADMIN, READ ONLY ADMIN, CONNECTION ADMIN, PROCESS, RELOAD ON *.* TO evenkeel@'%'`,
  `CREATE USER replication@'%' IDENTIFIED BY ${literal(REPLICATION.password)}`,
  `GRANT REPLICATION SLAVE ON *.* TO replication@'%'`,
  `CREATE USER app@'%' IDENTIFIED BY '${APP.password}'`,
  `GRANT ALL ON shop.* TO app@'%'`,
  // For the test itself.
  `CREATE USER admin@'%' IDENTIFIED BY 'admin'`,
  `GRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION`,
  'CREATE DATABASE shop',
  'CREATE TABLE shop.orders (id BIGINT PRIMARY KEY, note VARCHAR(64) NOT NULL)',
]

/** Small, and without waiting for the disk: a test kills processes, not machines. */
export const SMALL = [
  '--innodb-flush-log-at-trx-commit=2',
  '--innodb-log-file-size=8M',
  '--innodb-buffer-pool-size=16M',
  '--performance-schema=OFF',
  '--skip-name-resolve',
]
/** What the guide asks for. */
export const AS_IN_THE_GUIDE = [
  '--read-only=ON',
  '--log-bin=binlog',
  '--log-slave-updates',
  '--gtid-strict-mode=ON',
  '--relay-log=relay',
  '--rpl-semi-sync-master-enabled=ON',
  // A replica is told to wait for replicas too, and has none.
  '--rpl-semi-sync-master-wait-no-slave=OFF',
  '--rpl-semi-sync-slave-enabled=ON',
  '--rpl-semi-sync-master-wait-point=AFTER_SYNC',
  '--rpl-semi-sync-slave-kill-conn-timeout=1',
  '--init-rpl-role=SLAVE',
]

export interface Mariadb {
  readonly name: string
  readonly address: string
  readonly port: number
  /** Starts it, with more settings; ready when it lets somebody in. */
  start(more?: readonly string[]): Promise<void>
  signal(name: NodeJS.Signals): void
  /** SIGKILL, and waits for its end. */
  kill(): Promise<void>
  /** SIGTERM, and waits for its end. */
  stop(): Promise<void>
  /** Throws away its data. */
  wipe(): void
  /** As the administrator, with values as the driver has them. */
  query(sql: string): Promise<readonly Record<string, unknown>[]>
  /** As an application, whom read_only binds. */
  asApp(sql: string): Promise<readonly Record<string, unknown>[]>
  /** For the caller to close, unless the server does. */
  connectAsApp(): Promise<Connection>
}

/** The folder from which every server's data is copied. */
export async function makeSeed(room: Room): Promise<string> {
  const seed = join(room.folder('seed'), 'data')
  const extra = join(room.folder('seed'), 'users.sql')
  writeFileSync(extra, `${USERS.join(';\n')};\n`, { mode: 0o644 })
  const quiet = ['--auth-root-authentication-method=normal', '--skip-test-db', '--innodb-log-file-size=8M']
  await room.run([
    program('mariadb-install-db'),
    '--no-defaults',
    `--datadir=${seed}`,
    `--extra-file=${extra}`,
    ...quiet,
  ])
  return seed
}

/** Not started yet. */
export async function makeMariadbs(room: Room, names: readonly string[]): Promise<readonly Mariadb[]> {
  const seed = await makeSeed(room)
  const addresses = createAddresses()
  const port = await freePort()
  return Promise.all(
    names.map(async (name, index) =>
      mariadb(room, seed, { name, address: await addresses.take([port]), port }, index + 1),
    ),
  )
}

function mariadb(
  room: Room,
  seed: string,
  { name, address, port }: Pick<Mariadb, 'name' | 'address' | 'port'>,
  serverId: number,
): Mariadb {
  const folder = room.folder(name)
  const data = join(folder, 'data')
  let server: Awaited<ReturnType<Room['start']>> | undefined
  const connect = (user: string, password: string) =>
    createConnection({ host: address, port, user, password, connectTimeout: 2_000 })
  const ask = async (user: string, password: string, sql: string) => {
    const connection = await connect(user, password)
    try {
      const [rows] = await connection.query(sql)
      return Array.isArray(rows) ? rows.map((row) => ({ ...row })) : []
    } finally {
      connection.destroy()
    }
  }
  return {
    name,
    address,
    port,
    async start(more = []) {
      await room.run(['/bin/sh', '-c', `[ -d ${data} ] || cp -r ${seed} ${data}`])
      const own = [`--datadir=${data}`, `--bind-address=${address}`, `--port=${port}`, `--server-id=${serverId}`]
      const files = [`--socket=${folder}/socket`, `--pid-file=${folder}/pid`]
      server = await room.start(
        [program('mariadbd'), '--no-defaults', ...own, ...files, ...SMALL, ...AS_IN_THE_GUIDE, ...more],
        { ready: () => ask('admin', 'admin', 'SELECT 1').then(() => true) },
      )
    },
    signal: (signal) => server?.process.signal(signal),
    async kill() {
      server?.process.signal('SIGKILL')
      await server?.process.exited
    },
    async stop() {
      await server?.process.stop(STOP_GRACE_MS)
    },
    wipe: () => rmSync(data, { recursive: true }),
    query: (sql) => ask('admin', 'admin', sql),
    asApp: (sql) => ask(APP.user, APP.password, sql),
    connectAsApp: () => connect(APP.user, APP.password),
  }
}
