// The shop as a whole, each service a process: orders are done, failures stay where they belong, and nothing is lost at the end.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createShopProcesses, get, post, type ShopProcess, TOKEN, WITHIN } from './shop-process.ts'

const shop = createShopProcesses()
let database: ShopProcess
let queue: ShopProcess
let checkout: ShopProcess
let catalogue: ShopProcess
let reviews: ShopProcess
let recommendations: ShopProcess
let gateway: ShopProcess

const NOBODY = 'http://127.0.0.1:1'
const FAST = { INSERT_MS: '5', SELECT_MS: '5' }

beforeAll(async () => {
  ;[database, queue] = await Promise.all([shop.start('database', FAST), shop.start('queue')])
  ;[checkout, catalogue, reviews] = await Promise.all([
    shop.start('checkout', { DATABASE_URL: database.url, QUEUE_URL: queue.url }),
    shop.start('catalogue', { DATABASE_URL: database.url }),
    startReviews(),
  ])
  recommendations = await shop.start('recommendations', { WORK_MS: '1', CATALOGUE_URL: catalogue.url })
  gateway = await startGateway()
})
afterAll(() => shop.stop())

const startReviews = (settings = {}) => shop.start('reviews', { WORK_MS: '1', DATABASE_URL: database.url, ...settings })
const startGateway = (settings = {}) =>
  shop.start('gateway', {
    CHECKOUT_URL: checkout.url,
    CATALOGUE_URL: catalogue.url,
    REVIEWS_URL: reviews.url,
    RECOMMENDATIONS_URL: recommendations.url,
    ...settings,
  })

describe('the shop', () => {
  test('takes an order and its payment, and a worker does what there is to do', async () => {
    const answer = await post(`${gateway.url}/checkout`)
    expect(answer).toMatchObject({ status: 201 })
    expect(answer.json()).toEqual({ order: expect.any(String) })
    const worker = await shop.start('worker', { QUEUE_URL: queue.url, TASK_MS: '1' })
    await vi.waitFor(async () => expect(await worker.metric('tasks_total', { result: 'done' })).toBe(1), WITHIN)
    expect(await queue.metric('queue_depth')).toBe(0)
    worker.process.signal('SIGTERM')
    expect(await worker.process.exited).toEqual({ code: 0, signal: undefined })
  })

  test('shows its goods, and a page of all parts', async () => {
    expect((await get(`${gateway.url}/catalogue`)).json()).toMatchObject({ products: expect.any(Array) })
    expect((await get(`${gateway.url}/reviews`)).json()).toMatchObject({ reviews: expect.any(Array) })
    expect((await get(`${gateway.url}/recommendations`)).status).toBe(200)
    expect((await get(`${gateway.url}/`)).json()).toMatchObject({
      catalogue: { products: expect.any(Array) },
      reviews: { reviews: expect.any(Array) },
      recommendations: { recommendations: expect.any(Array) },
      leftOut: [],
    })
    expect((await get(`${gateway.url}/nothing/here`)).status).toBe(404)
  })
})

describe('the gateway', () => {
  test('leaves out of the page what it can do without, whether it is gone or silent', async () => {
    const hurried = await startGateway({ REVIEWS_URL: NOBODY, EXTRA_TIMEOUT_MS: '50' })
    await recommendations.fault({ kind: 'errors', ratio: 1 })
    const page = await get(`${hurried.url}/`)
    await recommendations.fault({ kind: 'none' })
    expect(page.status).toBe(200)
    expect(page.json()).toEqual({ catalogue: expect.anything(), leftOut: ['reviews', 'recommendations'] })
    expect(await hurried.metric('page_parts_left_out_total', { part: 'reviews' })).toBe(1)
    const slow = await startReviews({ WORK_MS: '60000' })
    const patient = await startGateway({ REVIEWS_URL: slow.url, EXTRA_TIMEOUT_MS: '50' })
    expect((await get(`${patient.url}/`)).json()).toMatchObject({ leftOut: ['reviews'] })
  })

  test('fails, and says why, when the core does: gone is 502, busy stays 503, silent is 504', async () => {
    const orphan = await startGateway({ CATALOGUE_URL: NOBODY, CHECKOUT_URL: NOBODY })
    expect((await get(`${orphan.url}/`)).status).toBe(502)
    expect(await post(`${orphan.url}/checkout`)).toMatchObject({
      status: 502,
      text: expect.stringMatching(/not reached/),
    })
    const full = await shop.start('catalogue', { DATABASE_URL: NOBODY, POOL_WAIT_MS: '20' }, false)
    const busy = await startGateway({ CATALOGUE_URL: full.url })
    expect((await get(`${busy.url}/catalogue`)).status).toBe(503)
    const hurried = await startGateway({ CORE_TIMEOUT_MS: '100' })
    await database.fault({ kind: 'slow', factor: 100 })
    expect((await get(`${hurried.url}/catalogue`)).status).toBe(504)
    await database.fault({ kind: 'none' })
  })
})

describe('a service', () => {
  test('is ready once it has what it needs, and says what that is', async () => {
    const waiting = await shop.start('catalogue', { DATABASE_URL: NOBODY, POOL_WAIT_MS: '20' }, false)
    expect(await get(`${waiting.side}/readyz`)).toMatchObject({ status: 503, text: expect.stringMatching(/database/) })
    expect((await get(`${waiting.side}/healthz`)).status).toBe(200)
  })

  test('does not start with settings it can’t use, and names them', async () => {
    await expect(shop.start('checkout', { DATABASE_URL: 'where?', QUEUE_URL: NOBODY })).rejects.toThrow(/DATABASE_URL/)
    await expect(startReviews({ FAULT_TOKEN: '' })).rejects.toThrow(/FAULTS is on without a FAULT_TOKEN/)
  })

  test('counts requests by route and status, and neither health checks nor scrapes', async () => {
    const counted = await startReviews()
    await get(`${counted.url}/reviews`)
    await get(`${counted.url}/reviews`)
    await get(`${counted.url}/elsewhere`)
    const count = 'http_request_duration_seconds_count'
    expect(await counted.metric(count, { method: 'GET', route: '/reviews', status_code: '200' })).toBe(2)
    expect(await counted.metric(count, { route: 'unmatched', status_code: '404' })).toBe(1)
    expect(await counted.metric(count)).toBe(3)
  })

  test('ends after the requests under way and those that still come, with code 0: none is lost', async () => {
    const slow = await shop.start('database', { INSERT_MS: '150' })
    const ending = await shop.start('checkout', { DATABASE_URL: slow.url, QUEUE_URL: queue.url, LINGER_MS: '400' })
    const before = [post(`${ending.url}/orders`), post(`${ending.url}/orders`)]
    await vi.waitFor(async () => expect(await ending.metric('db_pool_connections_in_use')).toBe(2), WITHIN)
    ending.process.signal('SIGTERM')
    await vi.waitFor(async () => expect((await get(`${ending.side}/readyz`)).status).toBe(503), WITHIN)
    const after = await post(`${ending.url}/orders`)
    expect([...(await Promise.all(before)), after].map(({ status }) => status)).toEqual([201, 201, 201])
    expect(await ending.process.exited).toEqual({ code: 0, signal: undefined })
  })
})

describe('the switch for faults', () => {
  test('answers only to its token', async () => {
    expect((await post(`${reviews.side}/fault`, { kind: 'crash', afterMs: 0 })).status).toBe(401)
    const guess = { authorization: `Bearer ${TOKEN}?` }
    expect((await post(`${reviews.side}/fault`, { kind: 'crash', afterMs: 0 }, guess)).status).toBe(401)
    expect((await get(`${reviews.side}/fault`)).status).toBe(401)
    expect((await post(`${reviews.url}/fault`, {}, { authorization: `Bearer ${TOKEN}` })).status).toBe(404)
  })

  test('refuses, with what is wrong, a fault that it does not have', async () => {
    const answer = await post(`${reviews.side}/fault`, { kind: 'sulk' }, { authorization: `Bearer ${TOKEN}` })
    expect(answer).toMatchObject({ status: 400, text: expect.stringMatching(/kind/) })
  })

  test('does not exist unless FAULTS is on', async () => {
    const proper = await startReviews({ FAULTS: 'off' })
    expect((await post(`${proper.side}/fault`, {}, { authorization: `Bearer ${TOKEN}` })).status).toBe(404)
  })

  test('fails the wanted part of the requests, evenly, until it is taken back', async () => {
    const statuses = async () => {
      const got: number[] = []
      for (let sent = 0; sent < 8; sent += 1) got.push((await get(`${reviews.url}/reviews`)).status)
      return got.filter((status) => status === 500).length
    }
    await reviews.fault({ kind: 'errors', ratio: 0.5 })
    expect(await statuses()).toBe(4)
    await reviews.fault({ kind: 'none' })
    expect(await statuses()).toBe(0)
  })

  test('ends the process once, unless it is taken back in time', async () => {
    const lucky = await startReviews()
    await lucky.fault({ kind: 'crash', afterMs: 60_000 })
    await lucky.fault({ kind: 'none' })
    await lucky.fault({ kind: 'crash', afterMs: 0 })
    expect(await lucky.process.exited).toEqual({ code: 1, signal: undefined })
  })
})
