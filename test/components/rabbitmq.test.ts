// Messages in a real RabbitMQ: a Guard reads those that are ready, of one queue or of all, and not those that are being worked on.
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { guardOf } from './support/look.ts'
import { describeWith } from './support/programs.ts'
import { type Rabbit, startRabbit } from './support/rabbitmq.ts'
import { createRoom } from './support/room.ts'

describeWith(['rabbitmq-server', 'python3-celery'], 'RabbitMQ', () => {
  const room = createRoom('rabbitmq', 'rabbitmq')
  let rabbit: Rabbit

  beforeAll(async () => {
    rabbit = await startRabbit(room)
  })
  afterAll(() => room.stop())

  it('the queues are as long as rabbitmqctl lists them', async () => {
    await rabbit.fill('orders', 40, 5)
    await rabbit.fill('mails', 7, 0)
    const rows = await rabbit.ctl(
      'list_queues',
      '--no-table-headers',
      'name',
      'messages_ready',
      'messages_unacknowledged',
    )
    expect(rows.toSorted()).toEqual(['mails\t7\t0', 'orders\t35\t5'])

    const orders = guardOf('queue', { profile: 'rabbitmq', match: { queue: 'orders' } }, `${rabbit.url}/per-object`)
    const mails = guardOf('queue', { profile: 'rabbitmq', match: { queue: 'mails' } }, `${rabbit.url}/per-object`)
    const all = guardOf('queue', { profile: 'rabbitmq' }, rabbit.url)
    // Its own statistics are a second behind.
    const ours = await vi.waitFor(
      async () => {
        const read = { orders: await orders(), mails: await mails(), all: await all() }
        expect(read).toEqual({ orders: 35, mails: 7, all: 42 })
        return read
      },
      { timeout: 10_000, interval: 200 },
    )
    console.log('ours and theirs:', ours, rows)
  })
})
