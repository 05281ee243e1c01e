// A primary and replicas of Redis, each behind a network of its own that can be cut, and customers who write to it.
import { connect as open, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createRedisClients, type RedisClients, type RedisReply } from '../../../controller/databases/redis.ts'
import { systemClock } from '../../../controller/model/clock.ts'
import type { GroupTarget, MemberPod } from '../../../controller/model/failover.ts'
import { FAILOVER_GROUP_SPEC } from '../../../controller/model/failover-group.ts'
import { createAddresses } from '../../../sandbox/kubelet/addresses.ts'
import type { Server } from '../../cluster/server.ts'
import { program } from './programs.ts'
import type { Room } from './room.ts'

const PORT = 6379
const PROXY = fileURLToPath(new URL('tcp-proxy.ts', import.meta.url))
const SETTINGS = {
  save: '',
  'min-replicas-to-write': '1',
  'min-replicas-max-lag': '1',
  'repl-ping-replica-period': '1',
  'repl-diskless-sync-delay': '0',
  'protected-mode': 'no',
}

export interface RedisMember {
  readonly name: string
  /** As the controller and the other members reach it. */
  readonly ip: string
  /** As those on its own side of the network do. */
  readonly inside: string
  /** Ends it as kill -9 does. */
  kill(): Promise<void>
  /** SIGSTOP, until `wake`. */
  hang(): void
  wake(): void
  /** Starts it again, as it was first started, without data. */
  restart(settings?: Readonly<Record<string, string>>): Promise<void>
  /** From outside nothing comes through, and no connection is taken, until `heal`. */
  cut(): Promise<void>
  heal(): void
  /** From its own side of the network. */
  ask(...command: string[]): Promise<RedisReply>
}

export interface RedisGroup {
  readonly members: readonly RedisMember[]
  member(name: string): RedisMember
  target(spec?: object): GroupTarget
}

/** redis-0 is the primary of the others. `settings` go to all of them. */
export async function startRedisGroup(
  room: Room,
  { size = 3, settings = {} }: { size?: number; settings?: Readonly<Record<string, string>> } = {},
): Promise<RedisGroup> {
  const addresses = createAddresses('127.9')
  const clients = createRedisClients()
  room.defer(() => clients.close())
  const members: RedisMember[] = []
  for (let index = 0; index < size; index += 1)
    members.push(await startMember(room, addresses, clients, `redis-${index}`, members[0], settings))
  for (const replica of members.slice(1)) await until(`${replica.name} is linked`, () => isLinked(replica))
  return {
    members,
    member: (name) => members.find((one) => one.name === name) ?? fail(`no member ${name}`),
    target: (spec = {}) => ({
      namespace: 'shop',
      name: 'db',
      spec: FAILOVER_GROUP_SPEC.parse({
        mode: 'Enforce',
        method: { redis: {} },
        service: 'db',
        members: members.map(({ name }) => ({ name })),
        interval: '200ms',
        ...spec,
      }),
      pods: Object.fromEntries(members.map(({ name, ip }) => [name, [podOf(name, ip)]])),
      credentials: undefined,
    }),
  }
}

export function podOf(name: string, ip: string): MemberPod {
  return { namespace: 'shop', name, uid: `uid-of-${name}`, ip, ready: true, terminating: false }
}

export async function until(what: string, isSo: () => Promise<boolean> | boolean, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs
  let last: unknown
  while (performance.now() < deadline) {
    try {
      if (await isSo()) return
    } catch (error) {
      last = error
    }
    await systemClock.sleep(20)
  }
  throw new Error(`not within ${withinMs} ms: ${what}`, { cause: last })
}

async function infoOf(member: RedisMember): Promise<Readonly<Record<string, string>>> {
  const lines = String(await member.ask('INFO')).split('\r\n')
  return Object.fromEntries(lines.filter((line) => line.includes(':')).map((line) => line.split(/:(.*)/s)))
}

export async function isLinked(member: RedisMember): Promise<boolean> {
  return (await infoOf(member)).master_link_status === 'up'
}

async function startMember(
  room: Room,
  addresses: ReturnType<typeof createAddresses>,
  clients: RedisClients,
  name: string,
  primary: RedisMember | undefined,
  settings: Readonly<Record<string, string>>,
): Promise<RedisMember> {
  const [ip, inside] = [await addresses.take([PORT]), await addresses.take([PORT])]
  const folder = room.folder(`${name}-${inside}`)
  const all = {
    ...SETTINGS,
    'replica-announce-ip': ip,
    ...(primary === undefined ? {} : { replicaof: `${primary.ip} ${PORT}` }),
    ...settings,
  }
  const ask = (...command: string[]) =>
    clients.ask({ host: inside, port: PORT, credentials: undefined }, command, {
      withinMs: 1_000,
      signal: new AbortController().signal,
    })
  const start = (more: Readonly<Record<string, string>> = {}) =>
    room.start(
      [
        program('redis-server'),
        '--bind',
        inside,
        '--port',
        `${PORT}`,
        '--dir',
        folder,
        ...flagsOf({ ...all, ...more }),
      ],
      { ready: async () => (await ask('PING')) === 'PONG' },
    )
  let server: Server = await start()
  const proxy = await room.start([process.execPath, PROXY, ip, `${PORT}`, inside, `${PORT}`], {
    ready: async () => (await connects(ip, 500)) !== undefined,
  })
  let fillers: Socket[] = []
  // One that is stopped would not hear that it is to end.
  room.defer(() => {
    server.process.signal('SIGCONT')
    proxy.process.signal('SIGCONT')
  })
  return {
    name,
    ip,
    inside,
    async kill() {
      server.process.signal('SIGKILL')
      await server.process.exited
    },
    hang: () => server.process.signal('SIGSTOP'),
    wake: () => server.process.signal('SIGCONT'),
    async restart(more) {
      server = await start(more)
    },
    async cut() {
      proxy.process.signal('SIGSTOP')
      // The kernel would still take connections for it, until its queue is full.
      for (;;) {
        const filler = await connects(ip, 100)
        if (filler === undefined) return
        fillers.push(filler)
      }
    },
    heal() {
      for (const filler of fillers.splice(0)) filler.destroy()
      fillers = []
      proxy.process.signal('SIGCONT')
    },
    ask,
  }
}

function flagsOf(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([flag, value]) => [
    `--${flag}`,
    ...(flag === 'replicaof' ? value.split(' ') : [value]),
  ])
}

/** Undefined when no connection is taken in time. */
function connects(host: string, withinMs: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = open({ host, port: PORT })
    const timer = setTimeout(() => {
      socket.destroy()
      resolve(undefined)
    }, withinMs)
    socket.on('error', () => {
      clearTimeout(timer)
      resolve(undefined)
    })
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve(socket)
    })
  })
}

function fail(message: string): never {
  throw new Error(message)
}
