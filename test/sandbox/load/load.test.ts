// The load generator as a process: it sends what the curve says, is told another one, and survives its own death.
import { createServer } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type LoadHandle, startLoadGenerator } from '../../../sandbox/load/load.ts'

const WITHIN = { timeout: 20_000, interval: 20 }
const hits = new Map<string, number>()
let gatewayUrl = ''
let isBroken = false
const gateway = createServer((request, response) => {
  const route = `${request.method} ${request.url}`
  hits.set(route, (hits.get(route) ?? 0) + 1)
  response.writeHead(isBroken ? 503 : 200).end()
})
const loads: LoadHandle[] = []

beforeAll(async () => {
  await new Promise<void>((resolve) => gateway.listen({ host: '127.0.0.1', port: 0 }, resolve))
  const bound = gateway.address()
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port')
  gatewayUrl = `http://127.0.0.1:${bound.port}`
})
afterEach(async () => {
  isBroken = false
  await Promise.all(loads.splice(0).map((load) => load.stop()))
  hits.clear()
})
afterAll(() => {
  gateway.close()
  gateway.closeAllConnections()
})

async function start(options: Partial<Parameters<typeof startLoadGenerator>[0]> = {}) {
  const problems: string[] = []
  const onProblem = (problem: Error) => problems.push(problem.message)
  const load = await startLoadGenerator({ gatewayUrl, rampMs: 0, amplitude: 0, onProblem, ...options })
  loads.push(load)
  return { load, problems }
}
const total = (load: LoadHandle, count: 'sent' | 'ok' | 'failed') =>
  load.stats().reduce((sum, second) => sum + second[count], 0)

describe('the load generator', () => {
  test('sends the mix of a shop, and counts each second what came of it', async () => {
    const { load } = await start({ base: 200 })
    await vi.waitUntil(() => total(load, 'ok') >= 200, WITHIN)
    const counted = total(load, 'ok')
    expect(counted).toBeLessThanOrEqual([...hits.values()].reduce((sum, count) => sum + count))
    expect(new Set(hits.keys())).toEqual(
      new Set(['GET /', 'POST /checkout', 'GET /catalogue', 'GET /reviews', 'GET /recommendations']),
    )
    expect(total(load, 'failed')).toBe(0)
    const stats = load.stats()
    expect(stats.every(({ at, wanted }) => at % 1_000 === 0 && wanted === 200)).toBe(true)
    expect(stats.every(({ at }, index) => index === 0 || at === (stats[index - 1]?.at ?? 0) + 1_000)).toBe(true)
  })

  test('tells failures by what happened', async () => {
    isBroken = true
    const { load } = await start({ base: 200 })
    await vi.waitUntil(() => total(load, 'failed') >= 100, WITHIN)
    expect(load.stats().some(({ failures }) => (failures['503'] ?? 0) > 0)).toBe(true)
    expect(total(load, 'ok')).toBe(0)
  })

  test('follows another curve, also after it died', async () => {
    const { load, problems } = await start({ base: 40 })
    await vi.waitUntil(() => load.stats().some(({ wanted }) => wanted === 40), WITHIN)
    await load.setCurve({ spike: 4 })
    await vi.waitUntil(() => load.stats().some(({ wanted }) => wanted === 160), WITHIN)
    const before = load.stats().length
    process.kill(load.pid() ?? 0, 'SIGKILL')
    await vi.waitUntil(() => load.restarts() === 1 && load.pid() !== undefined, WITHIN)
    await vi.waitUntil(() => load.stats().length > before + 1, WITHIN)
    expect(load.stats().at(-1)?.wanted).toBe(160)
    expect(problems[0]).toMatch(/ended by itself/)
    await load.setCurve({ base: 10, spike: 1 })
    await vi.waitUntil(() => load.stats().at(-1)?.wanted === 10, WITHIN)
  })

  test('refuses a curve that is none, and keeps its own', async () => {
    const { load } = await start({ base: 10 })
    await expect(load.setCurve({ spike: -1 })).rejects.toThrow(/400.*spike/s)
    await load.setCurve({ spike: 1 })
  })

  test('that can’t be started says why', async () => {
    await expect(startLoadGenerator({ gatewayUrl: 'not a URL' })).rejects.toThrow(/did not start.*GATEWAY_URL/s)
  })
})
