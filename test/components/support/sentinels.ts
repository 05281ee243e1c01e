// Sentinels of a test, each on an address of its own, who watch a group of Redis.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRedisClients, type RedisReply } from '../../../controller/databases/redis.ts'
import type { MemberPod } from '../../../controller/model/failover.ts'
import { createAddresses } from '../../../sandbox/kubelet/addresses.ts'
import { program } from './programs.ts'
import { podOf, type RedisGroup, until } from './redis-group.ts'
import type { Room } from './room.ts'

const PORT = 26_379
export const MASTER = 'shop-db'

export interface Sentinels {
  readonly pods: readonly MemberPod[]
  ask(index: number, ...command: string[]): Promise<RedisReply>
  kill(index: number): Promise<void>
}

export async function startSentinels(
  room: Room,
  group: RedisGroup,
  settings: Readonly<Record<string, number>>,
): Promise<Sentinels> {
  const addresses = createAddresses('127.9')
  const clients = createRedisClients()
  room.defer(() => clients.close())
  const hosts = [await addresses.take([PORT]), await addresses.take([PORT]), await addresses.take([PORT])]
  const ask = (index: number, ...command: string[]) =>
    clients.ask({ host: hosts[index] ?? '', port: PORT, credentials: undefined }, command, {
      withinMs: 1_000,
      signal: new AbortController().signal,
    })
  const servers: Awaited<ReturnType<Room['start']>>[] = []
  for (const [index, host] of hosts.entries()) {
    const file = join(room.folder(`sentinel-${host}`), 'sentinel.conf')
    const lines = [
      `bind ${host}`,
      `port ${PORT}`,
      `sentinel announce-ip ${host}`,
      'protected-mode no',
      `sentinel monitor ${MASTER} ${group.members[0]?.ip} 6379 2`,
      ...Object.entries(settings).map(([name, value]) => `sentinel ${name} ${MASTER} ${value}`),
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    // It writes what it learns into its file, as the user that servers run as.
    chmodSync(file, 0o666)
    servers.push(
      await room.start([program('redis-sentinel'), file], { ready: async () => (await ask(index, 'PING')) === 'PONG' }),
    )
  }
  await until(
    'the Sentinels know each other and all replicas',
    async () => {
      const counts = await Promise.all(hosts.map((_, index) => ask(index, 'SENTINEL', 'MASTER', MASTER)))
      return counts.every((reply) => {
        const fields = (reply as readonly string[]).map(String)
        const field = (name: string) => fields[fields.indexOf(name) + 1]
        return field('num-other-sentinels') === '2' && field('num-slaves') === `${group.members.length - 1}`
      })
    },
    30_000,
  )
  return {
    pods: hosts.map((host, index) => podOf(`sentinel-${index}`, host)),
    ask,
    async kill(index) {
      servers[index]?.process.signal('SIGKILL')
      await servers[index]?.process.exited
    },
  }
}
