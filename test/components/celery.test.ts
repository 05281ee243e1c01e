// Tasks in a real Redis: what a Guard reads is how many no worker has taken yet, down to none.
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { guardOf } from './support/look.ts'
import { describeWith } from './support/programs.ts'
import { type Celery, celeryOn, type Redis, startRedis, startRedisExporter } from './support/redis.ts'
import { createRoom } from './support/room.ts'

const PACKAGES = ['redis-server', 'prometheus-redis-exporter', 'python3-celery', 'python3-redis'] as const

describeWith(PACKAGES, 'Redis with a Celery queue', () => {
  const room = createRoom('celery')
  let redis: Redis
  let celery: Celery
  let url: string

  beforeAll(async () => {
    redis = await startRedis(room)
    celery = celeryOn(room, redis)
    url = await startRedisExporter(room, redis, ['db0=celery', 'db0=other'])
  })
  afterAll(() => room.stop())

  it('the queue is as long as LLEN says: empty, filled, with a worker that has taken some, and worked off', async () => {
    const queue = guardOf('queue', { profile: 'redis', match: { key: 'celery' } }, url)
    const pairs: [ours: number, theirs: number][] = []
    const length = async () => Number(await redis.ask('llen', 'celery'))
    const look = async () => {
      const pair: [number, number] = [await queue(), await length()]
      pairs.push(pair)
      return pair
    }
    expect(await look()).toEqual([0, 0])
    await redis.ask('rpush', 'other', 'a', 'b', 'c')
    await celery.send(25)
    expect(await look()).toEqual([25, 25])

    // Two that run, and two that are taken in advance.
    await celery.startWorker(2)
    await vi.waitFor(async () => expect(await length()).toBe(21), { timeout: 20_000, interval: 100 })
    expect(await look()).toEqual([21, 21])

    await redis.ask('set', 'open', '1')
    await vi.waitFor(async () => expect(await length()).toBe(0), { timeout: 20_000, interval: 100 })
    expect(await look()).toEqual([0, 0])
    console.log('ours and theirs:', JSON.stringify(pairs))
  })

  it('the clients are as many as INFO says', async () => {
    const pool = guardOf('pool', { profile: 'redis' }, url)
    const info = async (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await redis.ask('info'))?.[1])
    const most = await info('maxclients')
    const before = await info('connected_clients')
    const ours = Math.round((await pool()) * most)
    const after = await info('connected_clients')
    console.log('ours and theirs:', ours, [before, after])
    // redis-cli, which asks, and the exporter, which looks, are one client each.
    expect(Math.abs(ours - before)).toBeLessThanOrEqual(1 + Math.abs(after - before))
  })
})
