// The shop's checkout with a real Redis: an order that is sent twice is taken once, and without Redis none is taken blindly.
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createShopProcesses, post, type ShopProcess, WITHIN } from '../sandbox/shop/shop-process.ts'
import { describeWith } from './support/programs.ts'
import { type Redis, startRedis } from './support/redis.ts'
import { createRoom } from './support/room.ts'

describeWith(['redis-server'], 'checkout with Redis', () => {
  const room = createRoom('shop-redis')
  const shop = createShopProcesses()
  let redis: Redis
  let queue: ShopProcess
  let checkout: ShopProcess

  beforeAll(async () => {
    redis = await startRedis(room)
    const [database, broker] = await Promise.all([
      shop.start('database', { INSERT_MS: '5', SELECT_MS: '5' }),
      shop.start('queue'),
    ])
    queue = broker
    checkout = await shop.start('checkout', {
      DATABASE_URL: database.url,
      QUEUE_URL: queue.url,
      REDIS_ADDRESS: `127.0.0.1:${redis.port}`,
    })
  })
  afterAll(() => Promise.all([shop.stop(), room.stop()]))

  const order = (key: string) => post(`${checkout.url}/orders`, {}, { 'idempotency-key': key })

  it('takes each order once, however often it is sent', async () => {
    const [first, again] = [await order('a'), await order('a')]
    expect([first.status, again.status]).toEqual([201, 200])
    expect(again.json()).toEqual({ order: 'a' })
    expect((await order('b')).status).toBe(201)
    expect(await queue.metric('queue_depth')).toBe(2)
    expect(await redis.ask('get', 'order:a')).toBe('taken')
  })

  it('has one that is being taken wait', async () => {
    await redis.ask('set', 'order:c', 'pending', 'EX', '10')
    expect((await order('c')).status).toBe(409)
  })

  it('answers 503 while Redis takes no writes or hangs, and goes on when it is well', async () => {
    await redis.ask('config', 'set', 'min-replicas-to-write', '1')
    expect((await order('d')).status).toBe(503)
    await redis.ask('config', 'set', 'min-replicas-to-write', '0')
    expect((await order('d')).status).toBe(201)
    await redis.ask('client', 'pause', '2000', 'ALL')
    const refused = await order('e')
    expect([refused.status, refused.text]).toEqual([503, expect.stringContaining('no answer within 300 ms')])
    await vi.waitFor(async () => expect((await order('f')).status).toBe(201), WITHIN)
    expect(await queue.metric('queue_depth')).toBe(4)
  })
})
