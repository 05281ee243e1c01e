// PostgreSQL and PgBouncer of a test, and what holds connections through them.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../sandbox/ports.ts'
import { program } from './programs.ts'
import { answersOk, type Room } from './room.ts'

/** Rows by the names of their columns. */
export type Table = readonly Readonly<Record<string, string | undefined>>[]

export interface Database {
  readonly port: number
  query(sql: string): Promise<Table>
}

/** PostgreSQL with a database `shop` that belongs to a user `shop`, who needs no password. */
export async function startPostgres(room: Room, maxConnections: number): Promise<Database> {
  const data = join(room.folder('postgres'), 'data')
  const port = await freePort()
  await room.run([
    program('initdb'),
    '-D',
    data,
    '-U',
    'shop',
    '--auth=trust',
    '--no-locale',
    '-E',
    'UTF8',
    '--no-sync',
  ])
  const settings = ['fsync=off', 'unix_socket_directories=', `max_connections=${maxConnections}`]
  const server = await room.start(
    [program('postgres'), '-D', data, '-h', '127.0.0.1', '-p', `${port}`, ...settings.flatMap((one) => ['-c', one])],
    { ready: () => query(room, port, 'postgres', 'select 1').then(() => true) },
  )
  // A fast shutdown: the usual one would wait for queries whose clients are gone.
  room.defer(() => server.process.signal('SIGINT'))
  await query(room, port, 'postgres', 'create database shop')
  return { port, query: (sql) => query(room, port, 'shop', sql) }
}

/** PgBouncer in front of it: `poolSize` server connections for `shop`, each held for a transaction. */
export async function startPgbouncer(room: Room, database: Database, poolSize: number): Promise<Database> {
  const folder = room.folder('pgbouncer')
  const port = await freePort()
  writeFileSync(join(folder, 'users.txt'), '"shop" ""\n"monitor" ""\n')
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'trust',
    auth_file: join(folder, 'users.txt'),
    stats_users: 'monitor',
    pool_mode: 'transaction',
    default_pool_size: poolSize,
    max_client_conn: 100,
  }
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(
    file,
    `[databases]
shop = host=127.0.0.1 port=${database.port} dbname=shop
[pgbouncer]
${Object.entries(settings)
  .map(([name, value]) => `${name} = ${value}\n`)
  .join('')}`,
  )
  const ask = (sql: string) => query(room, port, 'pgbouncer', sql, 'monitor')
  await room.start([program('pgbouncer'), file], { ready: () => ask('show version').then(() => true) })
  return { port, query: ask }
}

/** So many clients, each in a query that lasts until the room is stopped. */
export async function holdConnections(room: Room, { port }: Database, count: number): Promise<void> {
  const command = `exec '${program('psql')}' -h 127.0.0.1 -p ${port} -U shop -d shop -qc 'select pg_sleep(600)'`
  // One shell for all of them: what it starts belongs to its process group, and ends with it.
  const script = `for i in $(seq ${count}); do (${command}) & done; wait`
  await room.start(['/bin/sh', '-c', script], { ready: async () => true })
}

export async function startPostgresExporter(room: Room, { port }: Database): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`
  const url = `http://${address}/metrics`
  await room.start([program('prometheus-postgres-exporter'), `--web.listen-address=${address}`], {
    env: { DATA_SOURCE_NAME: `postgresql://shop@127.0.0.1:${port}/shop?sslmode=disable` },
    ready: () => answersOk(url),
  })
  return url
}

async function query(room: Room, port: number, database: string, sql: string, user = 'shop'): Promise<Table> {
  const where = ['-h', '127.0.0.1', '-p', `${port}`, '-U', user, '-d', database]
  const out = await room.run([program('psql'), '-XAq', '-P', 'footer=off', '-F', '\t', ...where, '-c', sql])
  const [names = [], ...rows] = out
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])))
}
