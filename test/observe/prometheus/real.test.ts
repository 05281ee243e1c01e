// A real Prometheus that scrapes the real example is as good a source as scraping it: the same signals, within the resolution.
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { systemClock } from '../../../controller/model/clock.ts'
import { GUARD_SPEC } from '../../../controller/model/guard.ts'
import type { Observations, SignalName } from '../../../controller/model/signal.ts'
import { createObserver, type GuardObserver } from '../../../controller/observe/observer.ts'
import { createPrometheusApi } from '../../../controller/observe/prometheus/api.ts'
import { createPrometheusSource } from '../../../controller/observe/prometheus/source.ts'
import { createFetcher } from '../../../controller/observe/scrape/fetcher.ts'
import type { Target } from '../../../controller/observe/scrape/targets.ts'
import { planOf } from '../../../controller/reconcile/guard-plan.ts'
import { inTurn, type Load, startLoad } from '../../../sandbox/load/open-loop.ts'
import { freePort } from '../../../sandbox/ports.ts'
import { spawnTethered, type TetheredProcess } from '../../../sandbox/processes/tethered.ts'
import { startTestPrometheus, type TestPrometheus } from './server.ts'

const ROOT = new URL('../../../', import.meta.url).pathname
const LIMITS = { window: '8s', hold: '4s' }
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-real-'))
const logFd = openSync(join(folder, 'log'), 'a')
const services: { process: TetheredProcess; http: string; target: Target; address: string }[] = []
const loads: Load[] = []
const api = createPrometheusApi()
const fetcher = createFetcher()
let server: TestPrometheus

beforeAll(async () => {
  for (const suffix of ['bcd2x', 'zzz9q']) services.push(await startService(`checkout-7d9f8c6b5-${suffix}`))
  server = await startTestPrometheus({
    targets: services.map(({ address, target }) => ({
      address,
      labels: { namespace: 'shop', pod: target.pod.slice('shop/'.length) },
    })),
  })
})
afterAll(async () => {
  await Promise.all(loads.map((load) => load.stop()))
  await server?.stop()
  await api.close()
  fetcher.close()
  await Promise.all(services.map((service) => service.process.stop(2_000)))
  closeSync(logFd)
  rmSync(folder, { recursive: true, force: true })
})

async function startService(name: string) {
  const [http, metrics] = [await freePort(), await freePort()]
  const child = spawnTethered({
    command: [process.execPath, 'examples/checkout/server.ts'],
    cwd: ROOT,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      HTTP_PORT: String(http),
      METRICS_PORT: String(metrics),
      FAULTS: 'on',
      QUERY_MS: '200',
      POOL_MAX: '20',
      QUEUE_WORKERS: '1',
      TASK_MS: '120000',
      SHUTDOWN_MS: '500',
    },
    logFd,
  })
  await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${http}/readyz`)).ok).toBe(true), 20_000)
  const address = `127.0.0.1:${metrics}`
  const target: Target = {
    pod: `shop/${name}`,
    podUid: name,
    origin: `http://${address}`,
    path: '/metrics',
    cpuCores: 1,
    expected: true,
  }
  return { process: child, http: `http://127.0.0.1:${http}`, target, address }
}

function observers(): { scraped: GuardObserver; asked: GuardObserver } {
  const plan = (from: object) =>
    planOf(GUARD_SPEC.parse({ target: { name: 'checkout' }, signals: { from }, limits: LIMITS }))
  const { prometheus } = plan({ prometheus: { url: server.url, interval: '1s' } })
  if (prometheus === undefined) throw new Error('not observed through Prometheus')
  const both = {
    scraped: createObserver({ clock: systemClock, fetcher }, plan({ scrape: { interval: '1s' } }).scrape),
    asked: createPrometheusSource({ api, clock: systemClock }).observer('shop', prometheus),
  }
  for (const one of Object.values(both)) one.setTargets(services.map((service) => service.target))
  return both
}

const value = (seen: Observations, name: SignalName) => {
  const one = seen[name]
  return one?.kind === 'ok' ? one.value : undefined
}

it('the same signals as from scraping; killed, they are unknown with the reason; started again, they are back', async () => {
  const { scraped, asked } = observers()
  for (const service of services) {
    const fault = { target: 'work', kind: 'none', latencyMs: 30, errorRatio: 0.1 }
    const headers = { 'content-type': 'application/json' }
    const set = await fetch(`${service.http}/fault`, { method: 'POST', headers, body: JSON.stringify(fault) })
    expect(set.status).toBe(200)
  }
  // Orders that wait all the while: a queue whose length is known.
  const posted = await Promise.all(
    services.flatMap((service) =>
      Array.from({ length: 20 }, () => fetch(`${service.http}/orders`, { method: 'POST' })),
    ),
  )
  const queued = posted.filter((response) => response.status === 201).length - services.length
  const urls = services.map((service) => `${service.http}/orders`)
  loads.push(startLoad({ next: inTurn(() => urls), rps: () => 60 }))

  // Both look once a second, as the loop has them do, until both have had a whole window of steady load.
  let last: { scraped: Observations; asked: Observations } = { scraped: {}, asked: {} }
  for (let tick = 0; tick < 14; tick++) {
    const [one, other] = await Promise.all([scraped.observe(), asked.observe()])
    last = { scraped: one.observations, asked: other.observations }
    await sleep(1_000)
  }
  const pairs = (['rps', 'errors', 'latencyP50', 'latencyP95', 'latencyP99', 'cpu', 'pool', 'queue'] as const).map(
    (name) => [name, value(last.scraped, name), value(last.asked, name)] as const,
  )
  const told = JSON.stringify(pairs)
  for (const [name, one, other] of pairs) {
    expect(one, `${name} from scraping: ${told} ${JSON.stringify(last.scraped)}`).toBeDefined()
    expect(other, `${name} from Prometheus: ${told} ${JSON.stringify(last.asked)}`).toBeDefined()
  }
  const near = (name: SignalName, share: number, floor = 0) => {
    const [one = 0, other = 0] = [value(last.scraped, name), value(last.asked, name)]
    expect(Math.abs(one - other), `${name}: ${told}`).toBeLessThanOrEqual(Math.max(floor, share * one))
  }
  near('rps', 0.1)
  near('errors', 0.1, 0.02)
  near('latencyP50', 0.15)
  near('latencyP95', 0.25)
  near('latencyP99', 0.35)
  near('cpu', 0.3, 0.05)
  near('pool', 0, 0.15)
  expect(value(last.asked, 'pool')).toBeGreaterThan(0.1)
  expect([value(last.scraped, 'queue'), value(last.asked, 'queue')]).toEqual([queued, queued])
  expect(queued).toBeGreaterThan(20)
  expect(value(last.asked, 'rps')).toBeGreaterThan(50)
  expect(value(last.asked, 'errors')).toBeGreaterThan(0.05)
  console.info(`scraped and asked: ${told}`)

  await server.kill()
  const blind = await vi.waitFor(
    async () => {
      const { observations } = await asked.observe()
      expect(observations.rps?.kind).toBe('unknown')
      return observations
    },
    { timeout: 10_000, interval: 200 },
  )
  for (const name of ['rps', 'errors', 'latencyP99', 'cpu', 'pool', 'queue'] as const)
    expect(blind[name]).toEqual({ kind: 'unknown', why: expect.stringMatching(/^http:.*: connection refused$/) })

  await server.start()
  await vi.waitFor(async () => expect(value((await asked.observe()).observations, 'rps')).toBeGreaterThan(45), {
    timeout: 20_000,
    interval: 500,
  })
  scraped.close()
  asked.close()
}, 60_000)
