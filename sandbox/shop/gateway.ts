// The gateway: the shop's one entry. What is core must answer; what is not is left out of the page when it doesn't.
import { Counter } from 'prom-client'
import { callOk } from './common/call.ts'
import { CallFailed } from './common/errors.ts'
import { runService } from './common/service.ts'
import { address, readSettings, whole } from './common/settings.ts'

const settings = readSettings({
  CHECKOUT_URL: address,
  CATALOGUE_URL: address,
  REVIEWS_URL: address,
  RECOMMENDATIONS_URL: address,
  /** How long what is core may take… */
  CORE_TIMEOUT_MS: whole(3_500),
  /** …and what a page can do without. */
  EXTRA_TIMEOUT_MS: whole(600),
})

const core = (url: string) => callOk(url, { timeoutMs: settings.CORE_TIMEOUT_MS })
const extra = (url: string) => callOk(url, { timeoutMs: settings.EXTRA_TIMEOUT_MS })
const products = () => core(`${settings.CATALOGUE_URL}/products`)
const EXTRAS = {
  reviews: () => extra(`${settings.REVIEWS_URL}/reviews`),
  recommendations: () => extra(`${settings.RECOMMENDATIONS_URL}/recommendations`),
} as const

runService(settings, ({ registry }) => {
  const leftOut = new Counter({
    name: 'page_parts_left_out_total',
    help: 'Parts that a page was sent without, because their service failed.',
    labelNames: ['part'],
    registers: [registry],
  })

  async function partOfPage([name, ask]: [string, () => Promise<unknown>]): Promise<readonly [string, unknown]> {
    try {
      return [name, await ask()]
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error
      leftOut.inc({ part: name })
      return [name, undefined]
    }
  }

  return {
    routes: {
      'GET /': async () => {
        const [catalogue, parts] = await Promise.all([products(), Promise.all(Object.entries(EXTRAS).map(partOfPage))])
        const missing = parts.filter(([, part]) => part === undefined).map(([name]) => name)
        return { body: { catalogue, ...Object.fromEntries(parts), leftOut: missing } }
      },
      'POST /checkout': async () => ({
        status: 201,
        body: await callOk(`${settings.CHECKOUT_URL}/orders`, { method: 'POST', timeoutMs: settings.CORE_TIMEOUT_MS }),
      }),
      'GET /catalogue': async () => ({ body: await products() }),
      'GET /reviews': async () => ({ body: await EXTRAS.reviews() }),
      'GET /recommendations': async () => ({ body: await EXTRAS.recommendations() }),
    },
  }
})
