// The load generator, a process of its own: sends the shop the load of a day, counts what comes of it, and listens to control.
import { renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { createControl } from './control.ts'
import { type Curve, noSpike, rateAt, turnSpike } from './curve.ts'
import { createMix } from './mix.ts'
import { startLoad } from './open-loop.ts'
import { createSeconds } from './seconds.ts'

const settings = z
  .object({
    GATEWAY_URL: z.url(),
    /** Of the control; 0 for any. */
    CONTROL_PORT: z.coerce.number().int().min(0).default(0),
    /** Where the control's URL is written once it listens. */
    CONTROL_FILE: z.string().optional(),
    BASE_RPS: z.coerce.number().min(0).default(20),
    /** How many times as much load as the day has, from the start. */
    SPIKE: z.coerce.number().min(0).default(1),
    AMPLITUDE: z.coerce.number().min(0).max(1).default(0.08),
    DAY_MS: z.coerce.number().min(1_000).default(120_000),
    RAMP_MS: z.coerce.number().min(0).default(250),
    /** When a user goes away. */
    TIMEOUT_MS: z.coerce.number().min(1).default(4_000),
  })
  .parse(process.env)

/** What users do, in percent. */
const REQUESTS = {
  page: { weight: 30, method: 'GET', path: '/' },
  checkout: { weight: 25, method: 'POST', path: '/checkout' },
  catalogue: { weight: 25, method: 'GET', path: '/catalogue' },
  reviews: { weight: 10, method: 'GET', path: '/reviews' },
  recommendations: { weight: 10, method: 'GET', path: '/recommendations' },
} as const
const KEEP_SECONDS = 600

const startedAt = performance.now()
const day = { amplitude: settings.AMPLITUDE, dayMs: settings.DAY_MS, startedAt }
let curve: Curve = { ...day, base: settings.BASE_RPS, spike: noSpike(startedAt) }
curve = { ...curve, spike: { ...curve.spike, from: settings.SPIKE, to: settings.SPIKE } }

const rps = () => rateAt(curve, performance.now())
const seconds = createSeconds({ now: Date.now, wanted: rps, keep: KEEP_SECONDS })
const nextName = createMix({
  page: REQUESTS.page.weight,
  checkout: REQUESTS.checkout.weight,
  catalogue: REQUESTS.catalogue.weight,
  reviews: REQUESTS.reviews.weight,
  recommendations: REQUESTS.recommendations.weight,
})

const load = startLoad({
  rps,
  timeoutMs: settings.TIMEOUT_MS,
  next() {
    const { method, path } = REQUESTS[nextName()]
    return { method, url: settings.GATEWAY_URL + path }
  },
  onStart: seconds.started,
  onEnd: seconds.ended,
})

const control = createControl({
  after: seconds.after,
  change({ base = curve.base, spike = curve.spike.to }) {
    curve = { ...curve, base, spike: turnSpike(curve.spike, spike, performance.now(), settings.RAMP_MS) }
  },
})
control.listen(settings.CONTROL_PORT, '127.0.0.1', () => {
  const bound = control.address()
  if (bound === null || typeof bound === 'string') throw new Error('the control has no port')
  const url = `http://127.0.0.1:${bound.port}`
  console.log(`control at ${url}`)
  if (settings.CONTROL_FILE === undefined) return
  // Renamed, so that nobody reads half a URL.
  writeFileSync(`${settings.CONTROL_FILE}.new`, url)
  renameSync(`${settings.CONTROL_FILE}.new`, settings.CONTROL_FILE)
})
// A second in which nothing happens is a second too.
const heartbeat = setInterval(() => seconds.after(Number.POSITIVE_INFINITY), 500)

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    clearInterval(heartbeat)
    control.close()
    control.closeAllConnections()
    void load.stop()
  })
}
