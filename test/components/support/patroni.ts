// A Patroni cluster of a test: one etcd, and members that have an address each, as pods do, and run PostgreSQL under Patroni.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import type { GroupTarget } from '../../../controller/model/failover.ts'
import { FAILOVER_GROUP_SPEC } from '../../../controller/model/failover-group.ts'
import { freePort } from '../../../sandbox/ports.ts'
import type { Server } from '../../cluster/server.ts'
import { program } from './programs.ts'
import { answersOk, type Room } from './room.ts'

export const PATRONI_MEMBERS = ['db-0', 'db-1', 'db-2'] as const
export type PatroniMemberName = (typeof PATRONI_MEMBERS)[number]

/** Patroni keeps these: with them a leader that is lost is followed after 10 s at most. */
const PACE = { ttl: 10, loop_wait: 1, retry_timeout: 3 }
export const CREDENTIALS = { username: 'evenkeel', password: 'a-secret-of-the-rest-api' }

export interface PatroniCluster {
  /** As the loop gives it to eyes and hands, with pods at the members' addresses. */
  readonly target: GroupTarget
  readonly addresses: Readonly<Record<PatroniMemberName, string>>
  readonly postgresPort: number
  /** Members as Patroni itself lists them, by what `patronictl` would show. */
  roles(): Promise<Readonly<Record<string, { readonly role: string; readonly state: string }>>>
  /** Changes the configuration that all share. */
  configure(change: Readonly<Record<string, unknown>>): Promise<void>
  /** Switch points of the log: the timeline that ended, and at which byte. */
  history(): Promise<readonly (readonly [timeline: number, endedAt: number])[]>
  /** Sends a signal to Patroni and to its PostgreSQL, with all its processes. */
  signal(member: PatroniMemberName, name: NodeJS.Signals): void
  /** The process of its PostgreSQL that receives the log of the primary. */
  signalReceiver(member: PatroniMemberName, name: NodeJS.Signals): Promise<void>
  /** Starts the Patroni of a member that was killed. */
  restart(member: PatroniMemberName): Promise<void>
  /** Rows of a query to one member, fields between tabs. */
  query(member: PatroniMemberName, sql: string): Promise<string[]>
}

/** `tags` by member; all of them start at once, and the first that may becomes the leader. */
export async function startPatroni(
  room: Room,
  tags: Partial<Record<PatroniMemberName, Readonly<Record<string, unknown>>>> = {},
): Promise<PatroniCluster> {
  const [restPort, postgresPort, etcdPort] = [await freePort(), await freePort(), await startEtcd(room)]
  const net = `127.${50 + Math.floor(Math.random() * 100)}.${Math.floor(Math.random() * 250)}`
  const addresses = { 'db-0': `${net}.10`, 'db-1': `${net}.11`, 'db-2': `${net}.12` }
  const servers = new Map<PatroniMemberName, Server>()
  const dataOf = (name: PatroniMemberName) => join(room.folder(name), 'data')
  const api = (name: PatroniMemberName, path: string) => `http://${addresses[name]}:${restPort}${path}`

  async function start(name: PatroniMemberName): Promise<void> {
    const file = join(room.folder(name), 'patroni.yml')
    const text = configOf(name, {
      address: addresses[name],
      restPort,
      postgresPort,
      etcdPort,
      folder: room.folder(name),
      tags: tags[name] ?? {},
    })
    writeFileSync(file, text, { mode: 0o644 })
    const server = await room.start(['/usr/bin/patroni', file], { ready: () => answersOk(api(name, '/patroni')) })
    servers.set(name, server)
  }

  const postmasterOf = (name: PatroniMemberName) =>
    Number(readFileSync(join(dataOf(name), 'postmaster.pid'), 'utf8').split('\n')[0])

  // PostgreSQL is a session of its own, which would outlive its Patroni.
  room.defer(() => {
    for (const name of PATRONI_MEMBERS) {
      servers.get(name)?.process.signal('SIGKILL')
      try {
        killTree(postmasterOf(name), 'SIGKILL')
      } catch {
        // It runs no more.
      }
    }
  })
  await Promise.all(PATRONI_MEMBERS.map(start))

  async function json(path: string, init?: RequestInit): Promise<unknown> {
    const failures: unknown[] = []
    for (const name of PATRONI_MEMBERS) {
      try {
        const response = await fetch(api(name, path), { ...init, signal: AbortSignal.timeout(2_000) })
        if (response.ok) return await response.json()
        failures.push(`${name}: HTTP ${response.status} ${await response.text()}`)
      } catch (error) {
        failures.push(error)
      }
    }
    throw new AggregateError(failures, `no member answered ${path}`)
  }

  return {
    addresses,
    postgresPort,
    target: targetOf(addresses, restPort),
    async roles() {
      const { members } = (await json('/cluster')) as { members: { name: string; role: string; state: string }[] }
      return Object.fromEntries(members.map(({ name, role, state }) => [name, { role, state }]))
    },
    async configure(change) {
      const basic = Buffer.from(`${CREDENTIALS.username}:${CREDENTIALS.password}`).toString('base64')
      const headers = { authorization: `Basic ${basic}`, 'content-type': 'application/json' }
      await json('/config', { method: 'PATCH', headers, body: JSON.stringify(change) })
    },
    history: async () => ((await json('/history')) as [number, number][]).map(([line, end]) => [line, end] as const),
    signal(name, signal) {
      // Patroni first, so that it does not start another PostgreSQL.
      servers.get(name)?.process.signal(signal)
      killTree(postmasterOf(name), signal)
    },
    async signalReceiver(name, signal) {
      const [pid] = await query(room, addresses[name], postgresPort, 'select pid from pg_stat_wal_receiver')
      if (pid === undefined) throw new Error(`${name} receives nothing`)
      process.kill(Number(pid), signal)
    },
    restart: start,
    query: (name, sql) => query(room, addresses[name], postgresPort, sql),
  }
}

async function query(room: Room, host: string, port: number, sql: string): Promise<string[]> {
  const where = ['-h', host, '-p', `${port}`, '-U', 'postgres', '-d', 'postgres']
  const out = await room.run([program('psql'), '-XAqt', '-F', '\t', ...where, '-c', sql])
  return out.split('\n').filter((line) => line !== '')
}

async function startEtcd(room: Room): Promise<number> {
  const [port, peers] = [await freePort(), await freePort()]
  const [url, peerUrl] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peers}`]
  const flags = [
    '--data-dir',
    join(room.folder('etcd'), 'data'),
    '--enable-v2',
    '--unsafe-no-fsync',
    '--log-level',
    'error',
  ]
  const listen = ['--listen-client-urls', url, '--advertise-client-urls', url, '--listen-peer-urls', peerUrl]
  const cluster = ['--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `default=${peerUrl}`]
  await room.start([program('etcd'), ...flags, ...listen, ...cluster], { ready: () => answersOk(`${url}/health`) })
  return port
}

interface Place {
  readonly address: string
  readonly restPort: number
  readonly postgresPort: number
  readonly etcdPort: number
  readonly folder: string
  readonly tags: Readonly<Record<string, unknown>>
}

function configOf(name: string, { address, restPort, postgresPort, etcdPort, folder, tags }: Place): string {
  return stringify({
    scope: 'shop-db',
    name,
    restapi: {
      listen: `${address}:${restPort}`,
      connect_address: `${address}:${restPort}`,
      authentication: CREDENTIALS,
    },
    // By version 2 of its protocol: by version 3, this Patroni takes the leader key back without asking when it wakes after a hang.
    etcd: { host: `127.0.0.1:${etcdPort}` },
    bootstrap: {
      dcs: {
        ...PACE,
        maximum_lag_on_failover: 1_048_576,
        postgresql: {
          use_pg_rewind: true,
          parameters: {
            max_connections: 30,
            shared_buffers: '16MB',
            fsync: 'off',
            wal_keep_size: '128MB',
            wal_retrieve_retry_interval: '200ms',
          },
        },
      },
      initdb: [{ encoding: 'UTF8' }, { locale: 'C' }, 'data-checksums', 'no-sync'],
    },
    postgresql: {
      listen: `${address}:${postgresPort}`,
      connect_address: `${address}:${postgresPort}`,
      data_dir: join(folder, 'data'),
      bin_dir: dirname(program('postgres')),
      pgpass: join(folder, 'pgpass'),
      authentication: { superuser: { username: 'postgres' }, replication: { username: 'replicator' } },
      pg_hba: ['host all all 127.0.0.0/8 trust', 'host replication all 127.0.0.0/8 trust'],
      basebackup: [{ checkpoint: 'fast' }, 'no-sync'],
      parameters: { unix_socket_directories: folder },
    },
    tags,
  })
}

function targetOf(addresses: Readonly<Record<PatroniMemberName, string>>, port: number): GroupTarget {
  return {
    namespace: 'shop',
    name: 'shop-db',
    spec: FAILOVER_GROUP_SPEC.parse({
      mode: 'Enforce',
      method: { patroni: { port, auth: { secret: 'patroni' } } },
      members: PATRONI_MEMBERS.map((name) => ({ name })),
    }),
    pods: Object.fromEntries(
      PATRONI_MEMBERS.map((name) => [
        name,
        [{ namespace: 'shop', name, uid: name, ip: addresses[name], ready: true, terminating: false }],
      ]),
    ),
    credentials: CREDENTIALS,
  }
}

/** The process and those that it has started: PostgreSQL's are sessions of their own. */
function killTree(pid: number, signal: NodeJS.Signals): void {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  process.kill(pid, signal)
  for (const child of children) {
    try {
      process.kill(Number(child), signal)
    } catch {
      // It has ended with its parent.
    }
  }
}
