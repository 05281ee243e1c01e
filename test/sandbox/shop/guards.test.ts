// The product sees the shop: every signal that a Guard of the manifests asks for is known from what its service really prints.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../../controller/model/clock.ts'
import type { Observations, SignalName } from '../../../controller/model/signal.ts'
import { validateGuardSpec } from '../../../controller/model/validate.ts'
import { createObserver } from '../../../controller/observe/observer.ts'
import { createFetcher } from '../../../controller/observe/scrape/fetcher.ts'
import { planOf } from '../../../controller/reconcile/guard-plan.ts'
import { shopManifests } from '../../../sandbox/shop/manifests.ts'
import { createShopProcesses, get, post, type ShopProcess, WITHIN } from './shop-process.ts'

const shop = createShopProcesses()
const fetcher = createFetcher()
const manifests = shopManifests({ servicePrefix: '127.2.0', namespace: 'shop', guardMode: 'Observe' })
let database: ShopProcess
let queue: ShopProcess
beforeAll(async () => {
  ;[database, queue] = await Promise.all([
    shop.start('database', { INSERT_MS: '2', SELECT_MS: '2' }),
    shop.start('queue'),
  ])
})
afterAll(async () => {
  fetcher.close()
  await shop.stop()
})

/** What the Guard of a service sees of one pod between two scrapes, with `work` done between them. */
async function observe(service: string, pod: ShopProcess, work: () => Promise<unknown>): Promise<Observations> {
  const guard = manifests.find(({ kind, metadata }) => kind === 'Guard' && metadata.name === service)
  const validation = validateGuardSpec(guard?.spec)
  if (!validation.ok) throw new Error(JSON.stringify(validation.faults))
  const observer = createObserver({ clock: systemClock, fetcher }, planOf(validation.spec).scrape)
  observer.setTargets([
    { pod: `shop/${service}`, podUid: service, origin: pod.side, path: '/metrics', cpuCores: 1, expected: true },
  ])
  try {
    // A series exists from its first request on, and a rate from its second reading on.
    await work()
    await observer.observe()
    await work()
    return (await observer.observe()).observations
  } finally {
    observer.close()
  }
}

const times = (count: number, work: () => Promise<unknown>) => async () => {
  for (let done = 0; done < count; done += 1) await work()
}
const known = (observations: Observations) =>
  Object.entries(observations).flatMap(([name, seen]) => (seen?.kind === 'ok' ? [name as SignalName] : []))
const numberOf = (observations: Observations, name: SignalName) => {
  const seen = observations[name]
  return seen?.kind === 'ok' ? seen.value : seen?.why
}

const SERVED: readonly SignalName[] = ['rps', 'errors', 'latencyP50', 'latencyP95', 'latencyP99', 'cpu']

describe('the Guard of', () => {
  test('checkout knows its load, errors, latency, processor and pool', async () => {
    const pod = await shop.start('checkout', { DATABASE_URL: database.url, QUEUE_URL: queue.url })
    const seen = await observe(
      'checkout',
      pod,
      times(24, () => post(`${pod.url}/orders`)),
    )
    expect(known(seen)).toEqual([...SERVED, 'pool'])
    expect(numberOf(seen, 'errors')).toBe(0)
    expect(numberOf(seen, 'pool')).toBe(0)
  })

  test('catalogue knows its pool, and its errors when half of the requests fail', async () => {
    const pod = await shop.start('catalogue', { DATABASE_URL: database.url })
    await pod.fault({ kind: 'errors', ratio: 0.5 })
    const seen = await observe(
      'catalogue',
      pod,
      times(24, () => get(`${pod.url}/products`)),
    )
    expect(known(seen)).toEqual([...SERVED, 'pool'])
    expect(numberOf(seen, 'errors')).toBe(0.5)
  })

  test('reviews knows its load, errors, latency, processor and pool', async () => {
    const pod = await shop.start('reviews', { WORK_MS: '1', DATABASE_URL: database.url })
    const work = times(24, () => get(`${pod.url}/reviews`))
    expect(known(await observe('reviews', pod, work))).toEqual([...SERVED, 'pool'])
  })

  test('recommendations knows its load, errors, latency and processor', async () => {
    const catalogue = await shop.start('catalogue', { DATABASE_URL: database.url })
    const pod = await shop.start('recommendations', { WORK_MS: '1', CATALOGUE_URL: catalogue.url })
    const work = times(24, () => get(`${pod.url}/recommendations`))
    expect(known(await observe('recommendations', pod, work))).toEqual(SERVED)
  })

  test('gateway knows the same, and its own errors are those of the core', async () => {
    const nobody = 'http://127.0.0.1:1'
    const pod = await shop.start('gateway', {
      CHECKOUT_URL: nobody,
      CATALOGUE_URL: nobody,
      REVIEWS_URL: nobody,
      RECOMMENDATIONS_URL: nobody,
    })
    const seen = await observe(
      'gateway',
      pod,
      times(24, () => get(`${pod.url}/`)),
    )
    expect(known(seen)).toEqual(SERVED)
    expect(numberOf(seen, 'errors')).toBe(1)
  })

  test('worker knows its tasks, their time and the queue that all workers share', async () => {
    const own = await shop.start('queue')
    const pod = await shop.start('worker', { QUEUE_URL: own.url, TASK_MS: '1' })
    let put = 0
    const seen = await observe('worker', pod, async () => {
      await times(24, () => post(`${own.url}/tasks`))()
      put += 24
      await vi.waitFor(async () => expect(await pod.metric('tasks_total', { result: 'done' })).toBe(put), WITHIN)
    })
    expect(known(seen)).toEqual([...SERVED, 'queue'])
    expect(numberOf(seen, 'errors')).toBe(0)
    expect(numberOf(seen, 'queue')).toBe(0)
  })

  test('worker sees a queue that grows, and does not know one that is silent', async () => {
    const own = await shop.start('queue')
    const pod = await shop.start('worker', { QUEUE_URL: own.url, CONCURRENCY: '2', TASK_MS: '250' })
    await times(60, () => post(`${own.url}/tasks`))()
    await vi.waitFor(async () => expect(await pod.metric('queue_depth')).toBeGreaterThan(40), WITHIN)
    own.process.signal('SIGKILL')
    await vi.waitFor(async () => expect(await pod.metric('queue_depth')).toBeNaN(), WITHIN)
  })
})
