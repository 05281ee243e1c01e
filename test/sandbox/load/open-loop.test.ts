// The load generator sends what it is told to, and counts what came of it.
import { createServer, type RequestListener } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { inTurn, startLoad } from '../../../sandbox/load/open-loop.ts'

const WITHIN = { timeout: 10_000, interval: 10 }
const closers: (() => void)[] = []

afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port')
  return `http://127.0.0.1:${bound.port}`
}

describe('load', () => {
  test('keeps its rate, in turn over all addresses, and counts the answers', async () => {
    const hits = [0, 0]
    const count = (index: number) =>
      serve((_request, response) => {
        hits[index] = (hits[index] ?? 0) + 1
        response.end()
      })
    const urls = await Promise.all(hits.map((_, index) => count(index)))
    const startedAt = performance.now()
    const load = startLoad({ next: inTurn(() => urls), rps: 500 })
    await vi.waitUntil(() => load.counts().sent >= 250, WITHIN)
    const { sent, ok, failed } = await load.stop()
    const expected = ((performance.now() - startedAt) / 1000) * 500
    expect(sent).toBeGreaterThan(expected * 0.5)
    expect(sent).toBeLessThanOrEqual(expected + 1)
    expect({ ok, failed }).toEqual({ ok: sent, failed: 0 })
    expect(Math.abs((hits[0] ?? 0) - (hits[1] ?? 0))).toBeLessThanOrEqual(1)
  })

  test('goes on when nothing answers: an open loop does not wait', async () => {
    const url = await serve(() => {})
    const load = startLoad({ next: inTurn(() => [url]), rps: 200, timeoutMs: 300 })
    await vi.waitUntil(() => load.counts().sent >= 100, WITHIN)
    const { sent, ok, failures } = await load.stop()
    expect(ok).toBe(0)
    expect(failures).toEqual({ timeout: sent })
  })

  test('tells failures apart: a status, a refusal, no address', async () => {
    const broken = await serve((_request, response) => response.writeHead(503).end())
    let urls = [broken]
    const load = startLoad({ next: inTurn(() => urls), rps: 200 })
    await vi.waitUntil(() => (load.counts().failures['503'] ?? 0) > 0, WITHIN)
    urls = ['http://127.0.0.1:1']
    await vi.waitUntil(() => (load.counts().failures.ECONNREFUSED ?? 0) > 0, WITHIN)
    urls = []
    await vi.waitUntil(() => (load.counts().failures['no url'] ?? 0) > 0, WITHIN)
    const { sent, ok, failed } = await load.stop()
    expect({ ok, failed }).toEqual({ ok: 0, failed: sent })
  })

  test('follows a rate that changes, and ends with its signal', async () => {
    const url = await serve((_request, response) => response.end())
    let rps = 0
    const ending = new AbortController()
    const load = startLoad({ next: inTurn(() => [url]), rps: () => rps, signal: ending.signal })
    expect(load.counts().sent).toBe(0)
    rps = 1_000
    await vi.waitUntil(() => load.counts().ok >= 100, WITHIN)
    ending.abort()
    const { sent, ok } = await load.stop()
    expect(ok).toBe(sent)
    expect(load.counts().sent).toBe(sent)
  })
})
