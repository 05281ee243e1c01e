// Catalogue: what there is to buy, read from the database.
import { createPool, POOL_SETTINGS } from './common/pool.ts'
import { runService } from './common/service.ts'
import { readSettings } from './common/settings.ts'

const settings = readSettings(POOL_SETTINGS)
const PRODUCTS = ['keel', 'rudder', 'tiller', 'sextant', 'bell', 'oakum'].map((name, index) => ({
  id: index + 1,
  name,
}))

runService(settings, ({ registry }) => {
  const pool = createPool(settings, registry)
  return {
    routes: {
      'GET /products': async () => {
        await pool.transaction('select')
        return { body: { products: PRODUCTS } }
      },
    },
    notReady: pool.notReady,
    onEnd: pool.close,
  }
})
