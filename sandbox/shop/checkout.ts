// Checkout: takes an order and its payment in one transaction, and puts the order on the queue.
import { randomUUID } from 'node:crypto'
import { createPool, POOL_SETTINGS } from './common/pool.ts'
import { connectQueue } from './common/queue-client.ts'
import { runService } from './common/service.ts'
import { address, readSettings, whole } from './common/settings.ts'

const settings = readSettings({ ...POOL_SETTINGS, QUEUE_URL: address, QUEUE_TIMEOUT_MS: whole(1_000) })

runService(settings, ({ registry }) => {
  const pool = createPool(settings, registry)
  const queue = connectQueue(settings.QUEUE_URL, settings.QUEUE_TIMEOUT_MS)
  return {
    routes: {
      'POST /orders': async () => {
        const order = randomUUID()
        await pool.transaction('insert', 'insert')
        await queue.put({ order })
        return { status: 201, body: { order } }
      },
    },
    notReady: pool.notReady,
    onEnd: pool.close,
  }
})
