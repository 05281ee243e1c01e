// The gateway: the shop's one entry. What is core must answer; what is not is left out when it is switched off or doesn't answer.
import { Counter } from 'prom-client'
import { createRate, createShare } from './common/admission.ts'
import { callOk } from './common/call.ts'
import { CallFailed, Limited } from './common/errors.ts'
import { connectFlags, FLAG_SETTINGS } from './common/flags.ts'
import type { Answer } from './common/http.ts'
import { runService } from './common/service.ts'
import { address, readSettings, whole } from './common/settings.ts'

const settings = readSettings({
  ...FLAG_SETTINGS,
  CHECKOUT_URL: address,
  CATALOGUE_URL: address,
  REVIEWS_URL: address,
  RECOMMENDATIONS_URL: address,
  /** How long what is core may take… */
  CORE_TIMEOUT_MS: whole(3_500),
  /** …and what a page can do without. */
  EXTRA_TIMEOUT_MS: whole(600),
  /** How many gateways there are: a limit is kept by all of them together. */
  GATEWAYS: whole(1),
})

const core = (url: string) => callOk(url, { timeoutMs: settings.CORE_TIMEOUT_MS })
const extra = (url: string) => callOk(url, { timeoutMs: settings.EXTRA_TIMEOUT_MS })
const products = () => core(`${settings.CATALOGUE_URL}/products`)
/** The parts that a page can do without, each named as its Feature and its Guard. */
const EXTRAS = {
  reviews: { ask: () => extra(`${settings.REVIEWS_URL}/reviews`), isLetThrough: createShare() },
  recommendations: {
    ask: () => extra(`${settings.RECOMMENDATIONS_URL}/recommendations`),
    isLetThrough: createShare(),
  },
} as const
type Part = keyof typeof EXTRAS
const PARTS = ['reviews', 'recommendations'] as const satisfies readonly Part[]

type Asked =
  | { readonly kind: 'here'; readonly content: unknown }
  | { readonly kind: 'off' }
  | { readonly kind: 'failed'; readonly error: CallFailed }

runService(settings, ({ registry }) => {
  const flags = connectFlags(settings)
  const isAdmitted = createRate()
  const leftOut = new Counter({
    name: 'page_parts_left_out_total',
    help: 'Parts that a page was sent without, because they are switched off or their service failed.',
    labelNames: ['part', 'why'],
    registers: [registry],
  })
  const refused = new Counter({
    name: 'requests_refused_total',
    help: 'Requests that were over the limit of their flow.',
    labelNames: ['flow'],
    registers: [registry],
  })

  /** What is off is not asked for at all: that is the relief. */
  async function askFor(part: Part): Promise<Asked> {
    if (!(await flags.isOn(part))) return { kind: 'off' }
    try {
      if (!EXTRAS[part].isLetThrough(await flags.shareOf(part)))
        throw new CallFailed(503, `the circuit of ${part} is open: try again later`)
      return { kind: 'here', content: await EXTRAS[part].ask() }
    } catch (error) {
      if (error instanceof CallFailed) return { kind: 'failed', error }
      throw error
    }
  }

  async function page(): Promise<Answer> {
    const [catalogue, parts] = await Promise.all([
      products(),
      Promise.all(PARTS.map(async (part) => ({ part, asked: await askFor(part) }))),
    ])
    const missing = parts.filter(({ asked }) => asked.kind !== 'here')
    for (const { part, asked } of missing) leftOut.inc({ part, why: asked.kind })
    const contents = parts.flatMap(({ part, asked }) => (asked.kind === 'here' ? [[part, asked.content]] : []))
    return { body: { catalogue, ...Object.fromEntries(contents), leftOut: missing.map(({ part }) => part) } }
  }

  async function answerPart(part: Part): Promise<Answer> {
    const asked = await askFor(part)
    if (asked.kind === 'failed') throw asked.error
    return { body: asked.kind === 'here' ? asked.content : { [part]: [], off: `${part} are switched off for now` } }
  }

  /** Customers who look around may be limited; those who buy never are. */
  const browsing = (answer: () => Promise<Answer>) => async () => {
    if (!isAdmitted((await flags.limitOf('browse')) / Math.max(1, settings.GATEWAYS))) {
      refused.inc({ flow: 'browse' })
      throw new Limited('browse')
    }
    return answer()
  }

  return {
    routes: {
      'GET /': browsing(page),
      'POST /checkout': async () => ({
        status: 201,
        body: await callOk(`${settings.CHECKOUT_URL}/orders`, { method: 'POST', timeoutMs: settings.CORE_TIMEOUT_MS }),
      }),
      'GET /catalogue': browsing(async () => ({ body: await products() })),
      'GET /reviews': browsing(() => answerPart('reviews')),
      'GET /recommendations': browsing(() => answerPart('recommendations')),
    },
    onEnd: flags.close,
  }
})
