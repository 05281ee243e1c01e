// The example service, run as its Deployment runs it: its numbers are true, and its faults are real.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { freePort } from '../../sandbox/ports.ts'
import { spawnTethered, type TetheredProcess } from '../../sandbox/processes/tethered.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const WITHIN = { timeout: 20_000, interval: 20 }
let folder: string
let service: { process: TetheredProcess; http: string; metrics: string; logFile: string }

async function start(settings: Record<string, string> = {}) {
  const [httpPort, metricsPort] = [await freePort(), await freePort()]
  const logFile = join(folder, `${httpPort}.log`)
  const logFd = openSync(logFile, 'a')
  const child = spawnTethered({
    command: [process.execPath, 'examples/checkout/server.ts'],
    cwd: ROOT,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      HTTP_PORT: String(httpPort),
      METRICS_PORT: String(metricsPort),
      FAULTS: 'on',
      ...settings,
    },
    logFd,
  })
  closeSync(logFd)
  const started = {
    process: child,
    http: `http://127.0.0.1:${httpPort}`,
    metrics: `http://127.0.0.1:${metricsPort}/metrics`,
    logFile,
  }
  await vi
    .waitFor(async () => expect((await get(`${started.http}/readyz`)).status).toBe(200), WITHIN)
    .catch((cause: unknown) => {
      throw new Error(`the service did not start: ${readFileSync(logFile, 'utf8')}`, { cause })
    })
  return started
}

async function get(url: string, timeoutMs = 5_000) {
  const response = await request(url, { signal: AbortSignal.timeout(timeoutMs) })
  return { status: response.statusCode, text: await response.body.text() }
}

async function post(url: string, body: object = {}): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  const response = await request(url, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5_000),
  })
  await response.body.dump()
  return response.statusCode
}

const setFault = async (fault: object) => expect(await post(`${service.http}/fault`, fault)).toBe(200)
const clearFaults = async () => {
  await setFault({ target: 'metrics', kind: 'none' })
  await setFault({ target: 'work', kind: 'none' })
}

/** The value of the one series with this name and these labels, from a real scrape; undefined when there is none. */
async function scrape(name: string, labels: Record<string, string> = {}, of = service): Promise<number | undefined> {
  const { text } = await get(of.metrics)
  const found = text.split('\n').filter((line) => {
    const isOfName = line.startsWith(`${name} `) || line.startsWith(`${name}{`)
    return isOfName && Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`))
  })
  if (found.length > 1) throw new Error(`more than one series of ${name} has ${JSON.stringify(labels)}`)
  return found[0] === undefined ? undefined : Number(found[0].split(' ').at(-1))
}

const counted = (method: string, route: string, status: number) =>
  scrape('http_request_duration_seconds_count', { method, route, status_code: String(status) })
const gaugeOf = (name: string, of = service) => scrape(name, {}, of)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-checkout-'))
  service = await start()
})

afterAll(async () => {
  await service?.process.stop(5_000)
  rmSync(folder, { recursive: true, force: true })
})

describe('the numbers of the checkout service', () => {
  test('count each request by method, route and status, and neither health checks nor scrapes', async () => {
    for (let sent = 0; sent < 3; sent += 1) expect((await get(`${service.http}/?ms=0`)).status).toBe(200)
    expect(await post(`${service.http}/orders`)).toBe(201)
    expect((await get(`${service.http}/nothing/here`)).status).toBe(404)
    await get(`${service.http}/healthz`)
    expect(await counted('GET', '/', 200)).toBe(3)
    expect(await counted('POST', '/orders', 201)).toBe(1)
    expect(await counted('GET', 'unmatched', 404)).toBe(1)
    const { text } = await get(service.metrics)
    const routes = [...text.matchAll(/^http_request_duration_seconds_count\{.*route="([^"]*)"/gm)].map(
      ([, route]) => route,
    )
    expect(new Set(routes)).toEqual(new Set(['/', '/orders', 'unmatched']))
  })

  test('include the processor time that prom-client measures', async () => {
    expect(await gaugeOf('process_cpu_seconds_total')).toBeGreaterThan(0)
  })

  test('show a pool that is dry and a queue that grows, and orders beyond it are refused with 503', async () => {
    const small = await start({
      POOL_MAX: '2',
      QUERY_MS: '400',
      POOL_WAIT_MS: '100',
      QUEUE_WORKERS: '1',
      TASK_MS: '60000',
    })
    try {
      expect(await gaugeOf('db_pool_connections_max', small)).toBe(2)
      const orders = Array.from({ length: 5 }, () => post(`${small.http}/orders`))
      await vi.waitFor(async () => expect(await gaugeOf('db_pool_connections_in_use', small)).toBe(2), WITHIN)
      expect((await Promise.all(orders)).toSorted()).toEqual([201, 201, 503, 503, 503])
      expect(await gaugeOf('db_pool_connections_in_use', small)).toBe(0)
      expect(await post(`${small.http}/orders`)).toBe(201)
      expect(await gaugeOf('queue_depth', small)).toBe(2)
    } finally {
      small.process.signal('SIGKILL')
      await small.process.exited
    }
  })
})

describe('the end of the checkout service', () => {
  test('comes after the requests under way, with exit code 0', async () => {
    const ending = await start({ QUERY_MS: '700' })
    const underWay = get(`${ending.http}/orders`)
    await vi.waitFor(async () => expect(await gaugeOf('db_pool_connections_in_use', ending)).toBe(1), WITHIN)
    ending.process.signal('SIGTERM')
    expect((await underWay).status).toBe(200)
    expect(await ending.process.exited).toEqual({ code: 0, signal: undefined })
    await expect(get(ending.http)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('a fault', () => {
  test('is refused, with what is wrong, when there is no such fault', async () => {
    expect(await post(`${service.http}/fault`, { target: 'metrics', kind: 'sulking' })).toBe(400)
    expect(await post(`${service.http}/fault`, { target: 'work', kind: 'none', errorRatio: 2 })).toBe(400)
  })

  test('does not exist unless FAULTS is on', async () => {
    const proper = await start({ FAULTS: 'off' })
    try {
      expect(await post(`${proper.http}/fault`, { target: 'work', kind: 'hang' })).toBe(404)
    } finally {
      await proper.process.stop(5_000)
    }
  })

  test('of the work fails the wanted part of the requests, evenly', async () => {
    await setFault({ target: 'work', kind: 'none', errorRatio: 0.25 })
    const statuses: number[] = []
    for (let sent = 0; sent < 20; sent += 1) statuses.push((await get(`${service.http}/?ms=0`)).status)
    await clearFaults()
    expect(statuses.filter((status) => status === 500)).toHaveLength(5)
  })

  test('of the work delays each request', async () => {
    await setFault({ target: 'work', kind: 'none', latencyMs: 150 })
    const startedAt = performance.now()
    await get(`${service.http}/?ms=0`)
    await clearFaults()
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(145)
  })

  test.each(['hang', 'slow'])(
    'of the metrics of kind %s keeps the scraper waiting, and the work goes on',
    async (kind) => {
      await setFault({ target: 'metrics', kind })
      await expect(get(service.metrics, 300)).rejects.toMatchObject({ name: 'TimeoutError' })
      expect((await get(`${service.http}/?ms=0`)).status).toBe(200)
      await clearFaults()
    },
  )

  test.each(['reset', 'truncated'])('of the metrics of kind %s breaks the connection', async (kind) => {
    await setFault({ target: 'metrics', kind })
    await expect(get(service.metrics)).rejects.toThrow()
    await clearFaults()
  })

  test('of the metrics of kind huge sends more than any scraper should take', async () => {
    await setFault({ target: 'metrics', kind: 'huge' })
    const response = await request(service.metrics)
    let bytes = 0
    for await (const chunk of response.body) {
      bytes += Buffer.byteLength(chunk)
      if (bytes > 50_000_000) break
    }
    await clearFaults()
    expect(bytes).toBeGreaterThan(50_000_000)
  })

  test('of the metrics of kind status500, empty, garbage or nan is what it says', async () => {
    await setFault({ target: 'metrics', kind: 'status500' })
    expect((await get(service.metrics)).status).toBe(500)
    await setFault({ target: 'metrics', kind: 'empty' })
    expect(await get(service.metrics)).toEqual({ status: 200, text: '' })
    await setFault({ target: 'metrics', kind: 'garbage' })
    expect((await get(service.metrics)).text).toMatch(/not an exposition/)
    await setFault({ target: 'metrics', kind: 'nan' })
    expect(await gaugeOf('queue_depth')).toBeNaN()
    await clearFaults()
    expect(await gaugeOf('queue_depth')).toBe(0)
  })
})

describe('the Deployment', () => {
  test('runs a file that exists and names its ports http and metrics', () => {
    const deployment = z
      .object({
        spec: z.object({
          template: z.object({
            spec: z.object({
              containers: z.array(
                z.object({
                  command: z.array(z.string()),
                  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
                }),
              ),
            }),
          }),
        }),
      })
      .parse(parse(readFileSync(join(ROOT, 'examples/checkout/deployment.yaml'), 'utf8')))
    const [container] = deployment.spec.template.spec.containers
    expect(container?.command).toEqual(['node', 'examples/checkout/server.ts'])
    expect(container?.ports.map(({ name }) => name)).toEqual(['http', 'metrics'])
  })
})
