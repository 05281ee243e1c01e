// Recommendations: what else one could buy. The shop sells without it.
import { runRanked } from './common/ranked.ts'

runRanked('/recommendations', { recommendations: [{ product: 2 }, { product: 4 }] })
