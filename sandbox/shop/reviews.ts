// Reviews: what others say. The shop sells without it.
import { runRanked } from './common/ranked.ts'

runRanked('/reviews', {
  reviews: [
    { product: 1, stars: 5, text: 'The boat has been upright ever since.' },
    { product: 5, stars: 4, text: 'Loud. The neighbours agree.' },
  ],
})
