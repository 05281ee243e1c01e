// Recommendations: what else one could buy. Each asks catalogue what there is, as a customer does. The shop sells without it.
import { callOk } from './common/call.ts'
import { RANKED_SETTINGS, runRanked } from './common/ranked.ts'
import { address, readSettings, whole } from './common/settings.ts'

const settings = readSettings({ ...RANKED_SETTINGS, CATALOGUE_URL: address, CATALOGUE_TIMEOUT_MS: whole(1_000) })

runRanked(settings, '/recommendations', { recommendations: [{ product: 2 }, { product: 4 }] }, () => ({
  read: () => callOk(`${settings.CATALOGUE_URL}/products`, { timeoutMs: settings.CATALOGUE_TIMEOUT_MS }),
}))
