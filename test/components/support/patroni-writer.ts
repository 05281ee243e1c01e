// A client that writes without a break to whichever member takes writes, and remembers what was acknowledged, and how far the log was.
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PatroniCluster } from './patroni.ts'
import { program } from './programs.ts'
import type { Room } from './room.ts'

export interface Acknowledged {
  readonly id: string
  /** The byte of the log behind its commit. */
  readonly position: number
  /** Of the wall clock, in milliseconds. */
  readonly at: number
}

export interface Writer {
  /** All that were acknowledged until now. */
  acknowledged(): readonly Acknowledged[]
  stop(): Promise<void>
}

/** A server that is stopped leaves the client waiting: it gives up after a second, and looks for another. */
const WRITE = `import itertools, select, sys, time, psycopg2, psycopg2.extensions as ext
hosts, port, path = sys.argv[1], sys.argv[2], sys.argv[3]

def wait(connection, within=1.0):
    until = time.monotonic() + within
    while True:
        state = connection.poll()
        if state == ext.POLL_OK:
            return
        read, write = ([connection], []) if state == ext.POLL_READ else ([], [connection])
        if not any(select.select(read, write, [], max(0, until - time.monotonic()))):
            raise psycopg2.OperationalError('no answer')

ext.set_wait_callback(wait)

def find_primary():
    for host in hosts.split(','):
        try:
            connection = psycopg2.connect(host=host, port=port, user='postgres', dbname='postgres')
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute('select pg_is_in_recovery()')
            if not cursor.fetchone()[0]:
                return cursor
        except psycopg2.Error:
            pass

ids, cursor = itertools.count(time.time_ns()), None
with open(path, 'w', buffering=1) as told:
    while True:
        cursor = cursor or find_primary()
        if cursor is None:
            time.sleep(0.05)
            continue
        try:
            one = next(ids)
            cursor.execute('insert into writes (id) values (%s)', (one,))
            at = int(time.time() * 1000)
            cursor.execute("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
            told.write('%d %d %d\\n' % (one, cursor.fetchone()[0], at))
            time.sleep(0.005)
        except psycopg2.Error:
            cursor = None
`

export async function startWriter(room: Room, { addresses, postgresPort }: PatroniCluster): Promise<Writer> {
  const path = join(room.folder('writer'), `acknowledged-${randomUUID()}`)
  const acknowledged = () =>
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' '))
      .map(([id = '', position, at]) => ({ id, position: Number(position), at: Number(at) }))
  const hosts = Object.values(addresses).join()
  const server = await room.start([program('python3'), '-c', WRITE, hosts, `${postgresPort}`, path], {
    ready: async () => existsSync(path) && acknowledged().length > 100,
  })
  return {
    acknowledged,
    async stop() {
      await server.process.stop(1_000)
    },
  }
}
