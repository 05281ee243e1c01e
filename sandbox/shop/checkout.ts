// Checkout: takes an order and its payment in one transaction, once, and puts the order on the queue.
import { randomUUID } from 'node:crypto'
import { ShopError } from './common/errors.ts'
import { connectOrderKeys, ORDER_KEY_SETTINGS } from './common/order-keys.ts'
import { createPool, POOL_SETTINGS } from './common/pool.ts'
import { connectQueue } from './common/queue-client.ts'
import { runService } from './common/service.ts'
import { address, readSettings, whole } from './common/settings.ts'

const settings = readSettings({
  ...POOL_SETTINGS,
  ...ORDER_KEY_SETTINGS,
  QUEUE_URL: address,
  QUEUE_TIMEOUT_MS: whole(1_000),
})

runService(settings, ({ registry }) => {
  const pool = createPool(settings, registry)
  const queue = connectQueue(settings.QUEUE_URL, settings.QUEUE_TIMEOUT_MS)
  const keys = connectOrderKeys(settings)
  return {
    routes: {
      'POST /orders': async ({ headers }) => {
        const sent = headers['idempotency-key']
        const order = typeof sent === 'string' && sent !== '' ? sent : randomUUID()
        const known = await keys?.claim(order)
        if (known === 'taken') return { status: 200, body: { order } }
        if (known === 'pending') throw new ShopError(409, 'this order is being taken: ask again in a moment')
        await pool.transaction('insert', 'insert')
        await queue.put({ order })
        // It is taken, whoever remembers it.
        await keys?.confirm(order).catch((error: Error) => console.error(error.message))
        return { status: 201, body: { order } }
      },
    },
    notReady: pool.notReady,
    async onEnd() {
      await Promise.all([pool.close(), keys?.close()])
    },
  }
})
