// Reviews: what others say, read from the database that checkout and catalogue need too. The shop sells without it.
import { createPool, POOL_SETTINGS } from './common/pool.ts'
import { RANKED_SETTINGS, runRanked } from './common/ranked.ts'
import { readSettings } from './common/settings.ts'

const settings = readSettings({ ...RANKED_SETTINGS, ...POOL_SETTINGS })
const REVIEWS = [
  { product: 1, stars: 5, text: 'The boat has been upright ever since.' },
  { product: 5, stars: 4, text: 'Loud. The neighbours agree.' },
]

runRanked(settings, '/reviews', { reviews: REVIEWS }, ({ registry }) => {
  const pool = createPool(settings, registry)
  return { read: () => pool.transaction('select'), notReady: pool.notReady, onEnd: pool.close }
})
