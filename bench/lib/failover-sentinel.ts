// Redis under three Sentinels; new ones for each round.

import { startRedisGroup } from '../../test/components/support/redis-group.ts'
import { startWriter, type Writers } from '../../test/components/support/redis-writers.ts'
import { createRoom, type Room } from '../../test/components/support/room.ts'
import { startSentinels } from '../../test/components/support/sentinels.ts'
import type { FailoverWorld } from './failover-world.ts'

export function startSentinelWorld(settings: Readonly<Record<string, number>>): FailoverWorld {
  let room: Room | undefined
  let load: Writers | undefined

  async function end(): Promise<void> {
    await load?.stop()
    await room?.stop()
    load = undefined
    room = undefined
  }

  return {
    async prepare() {
      await end()
      room = createRoom('bench-failover')
      const group = await startRedisGroup(room, { settings: { 'min-replicas-to-write': '0' } })
      await startSentinels(room, group, settings)
      const hosts = group.members.map(({ ip }) => ip)
      const [primary] = group.members
      if (primary === undefined) throw new Error('the group has no members')
      load = startWriter(() => hosts, 'bench', 0)
      return { hosts: () => hosts, primary: primary.ip, kill: () => void primary.kill() }
    },
    stop: end,
  }
}
