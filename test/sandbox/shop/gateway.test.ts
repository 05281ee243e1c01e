// The gateway goes by flags that a controller really serves: parts that are off are not asked for, a flow is limited, a circuit is kept.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { useFlagRig } from '../../flags/rig.ts'
import { createShopProcesses, get, post, type ShopProcess, WITHIN } from './shop-process.ts'

const rig = useFlagRig()
const shop = createShopProcesses()
let parts: Readonly<Record<'checkout' | 'catalogue' | 'reviews' | 'recommendations', ShopProcess>>

beforeAll(async () => {
  const [database, queue] = await Promise.all([shop.start('database', { INSERT_MS: '1' }), shop.start('queue')])
  const [checkout, catalogue, reviews] = await Promise.all([
    shop.start('checkout', { DATABASE_URL: database.url, QUEUE_URL: queue.url }),
    shop.start('catalogue', { DATABASE_URL: database.url }),
    shop.start('reviews', { DATABASE_URL: database.url, WORK_MS: '1' }),
  ])
  const recommendations = await shop.start('recommendations', { CATALOGUE_URL: catalogue.url, WORK_MS: '1' })
  parts = { checkout, catalogue, reviews, recommendations }
  await rig.feature('reviews')
  await rig.feature('recommendations')
})
afterAll(() => shop.stop())

const startGateway = (flagdPort?: number, settings = {}) =>
  shop.start('gateway', {
    CHECKOUT_URL: parts.checkout.url,
    CATALOGUE_URL: parts.catalogue.url,
    REVIEWS_URL: parts.reviews.url,
    RECOMMENDATIONS_URL: parts.recommendations.url,
    FLAGD_SOURCE_SELECTOR: 'flagSetId=shop',
    FLAGD_RETRY_BACKOFF_MAX_MS: '200',
    ...(flagdPort === undefined ? {} : { FLAGD_HOST: '127.0.0.1', FLAGD_PORT: String(flagdPort) }),
    ...settings,
  })
const leftOut = async ({ url }: ShopProcess) => (await get(`${url}/`)).json()
const asked = ({ metric }: ShopProcess) => metric('http_request_duration_seconds_count')
const isLeftOut = (gateway: ShopProcess, names: readonly string[]) =>
  vi.waitFor(async () => expect(await leftOut(gateway)).toMatchObject({ leftOut: names }), WITHIN)

describe('the gateway', () => {
  test('leaves out what is off without asking for it, says so, and shows it again when it is on', async () => {
    const gateway = await startGateway((await rig.serve()).flagdPort)
    await isLeftOut(gateway, [])
    await rig.demand('reviews', 'checkout', 'the pool is full')
    await isLeftOut(gateway, ['reviews'])
    const before = await asked(parts.reviews)
    expect(await leftOut(gateway)).toMatchObject({ leftOut: ['reviews'], recommendations: expect.anything() })
    const direct = await get(`${gateway.url}/reviews`)
    expect(direct).toMatchObject({ status: 200 })
    expect(direct.json()).toEqual({ reviews: [], off: 'reviews are switched off for now' })
    expect(await asked(parts.reviews)).toBe(before)
    expect(await gateway.metric('page_parts_left_out_total', { part: 'reviews', why: 'off' })).toBeGreaterThan(0)
    await rig.release('reviews', 'checkout')
    await isLeftOut(gateway, [])
  })

  test('goes on as it was when those who serve flags end, and with all parts when there never were any', async () => {
    const served = await rig.serve()
    await rig.demand('recommendations', 'catalogue', 'the pool is full')
    const gateway = await startGateway(served.flagdPort)
    await isLeftOut(gateway, ['recommendations'])
    await served.close()
    for (let count = 0; count < 20; count++)
      expect(await leftOut(gateway)).toMatchObject({ leftOut: ['recommendations'] })
    await rig.release('recommendations', 'catalogue')
    const [alone, orphan] = await Promise.all([startGateway(), startGateway(1)])
    expect(await leftOut(alone)).toMatchObject({ leftOut: [] })
    expect(await leftOut(orphan)).toMatchObject({ leftOut: [] })
  })

  test('lets in as many who look around as the limit says, and everyone who buys', async () => {
    await rig.guard('catalogue', {
      flows: [{ flow: 'browse', limit: 4, since: '2026-01-01T00:00:00Z', reason: 'p99 latency is 900 ms' }],
    })
    const gateway = await startGateway((await rig.serve()).flagdPort, { GATEWAYS: '2' })
    const refused = await vi.waitFor(async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => get(`${gateway.url}/catalogue`)))
      const over = answers.filter(({ status }) => status === 503)
      expect(over.length).toBeGreaterThanOrEqual(9)
      return over
    }, WITHIN)
    expect(refused[0]?.text).toMatch(/more requests to browse than are let in/)
    const response = await fetch(`${gateway.url}/catalogue`)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    const orders = await Promise.all(Array.from({ length: 3 }, () => post(`${gateway.url}/checkout`)))
    expect(orders.map(({ status }) => status)).toEqual([201, 201, 201])
    await rig.patchGuard('catalogue', { flows: [] })
  })

  test('does not try a part whose circuit is open, and tries a share of it when it is half-open', async () => {
    const circuit = { mode: 'Auto', trips: 1, inARow: 1, causes: ['errors'], since: '2026-01-01T00:00:00Z' }
    const reason = 'Error ratio is 40 %'
    await rig.guard('reviews', { circuit: { ...circuit, state: 'Open', judged: 'Open', letThrough: 0, reason } })
    const gateway = await startGateway((await rig.serve()).flagdPort)
    await isLeftOut(gateway, ['reviews'])
    const before = (await asked(parts.reviews)) ?? 0
    expect(await get(`${gateway.url}/reviews`)).toMatchObject({ status: 503, text: expect.stringMatching(/circuit/) })
    expect(await asked(parts.reviews)).toBe(before)
    const halfOpen = { ...circuit, state: 'HalfOpen', judged: 'HalfOpen', letThrough: 0.5, reason }
    await rig.patchGuard('reviews', { circuit: halfOpen })
    await vi.waitFor(async () => expect((await get(`${gateway.url}/reviews`)).status).toBe(200), WITHIN)
    const statuses: number[] = []
    for (let count = 0; count < 8; count++) statuses.push((await get(`${gateway.url}/reviews`)).status)
    expect(statuses.filter((status) => status === 200).length).toBe(4)
  })
})
