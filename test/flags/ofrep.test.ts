// OFREP 0.3 as its specification has it: each status code, and entity tags.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../controller/model/clock.ts'
import { openAccess } from '../../flags/access.ts'
import { createCounts } from '../../flags/counts.ts'
import type { FlagSets } from '../../flags/flag-sets.ts'
import { createEventStreams } from '../../flags/ofrep/events.ts'
import { createOfrepHandler } from '../../flags/ofrep/handler.ts'
import { ask, BULK, eventsUri } from './ask.ts'
import { NAMESPACE, type Served, useFlagRig } from './rig.ts'

const rig = useFlagRig()
const soon = { timeout: 5_000, interval: 10 }

beforeAll(async () => {
  await rig.feature('reviews', { owner: 'team-reviews' })
  await rig.feature('page-size', { normal: 50, degraded: 10, tier: 'SheddablePlus' })
  await rig.feature('ranking', { normal: 'learned', degraded: 'by-price' })
  await rig.guard('checkout', {
    circuit: {
      state: 'HalfOpen',
      mode: 'Auto',
      judged: 'HalfOpen',
      since: '2026-01-01T00:00:00Z',
      trips: 1,
      inARow: 1,
      causes: ['cpu'],
      letThrough: 0.1,
      reason: 'it is tried',
    },
  })
})

describe('one flag', () => {
  it('200: its value, variant, reason and metadata', async () => {
    const served = await rig.serve()
    const { status, headers, json } = await ask(served, `${BULK}/reviews`)
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(json).toEqual({
      key: 'reviews',
      value: true,
      reason: 'STATIC',
      variant: 'normal',
      metadata: {
        kind: 'Feature',
        tier: 'Sheddable',
        state: 'Normal',
        reason: 'No Guard asks for less',
        owner: 'team-reviews',
      },
    })
  })

  it.each([
    ['page-size', 50, 'normal'],
    ['ranking', 'learned', 'normal'],
    ['circuit.checkout', 'half-open', 'half-open'],
    ['circuit.checkout.share', 0.1, 'current'],
    ['page%2Dsize', 50, 'normal'],
  ])('%s may be a number or text: %j', async (key, value, variant) => {
    expect((await ask(await rig.serve(), `${BULK}/${key}`)).json).toMatchObject({ value, variant })
  })

  it.each([
    ['an empty body', ''],
    ['no context', '{}'],
    ['a context without targetingKey', '{"context":{"country":"CN"}}'],
    ['a targetingKey', '{"context":{"targetingKey":"me"}}'],
  ])('200 too with %s: the value does not hang on it', async (_, body) => {
    expect((await ask(await rig.serve(), `${BULK}/reviews`, { body })).status).toBe(200)
  })

  it.each([
    ['what is not JSON', '{', 'PARSE_ERROR'],
    ['what is not an object', '[1]', 'PARSE_ERROR'],
    ['a context that is no object', '{"context":7}', 'INVALID_CONTEXT'],
    ['a targetingKey that is no text', '{"context":{"targetingKey":7}}', 'INVALID_CONTEXT'],
    ['a body past 64 KiB', `{"context":{"a":"${'x'.repeat(70_000)}"}}`, 'GENERAL'],
  ])('400 for %s', async (_, body, errorCode) => {
    const served = await rig.serve()
    const one = await ask(served, `${BULK}/reviews`, { body })
    expect([one.status, one.json]).toEqual([400, { key: 'reviews', errorCode, errorDetails: expect.any(String) }])
    const all = await ask(served, BULK, { body })
    expect([all.status, all.json]).toEqual([400, { errorCode, errorDetails: expect.any(String) }])
  })

  it('400 when no namespace is named, and it says where to name it', async () => {
    const served = await rig.serve()
    const elsewhere = { ...served, baseUrl: served.baseUrl.replace(`/namespaces/${NAMESPACE}`, '') }
    const { status, json } = await ask(elsewhere, `${BULK}/reviews`)
    expect([status, json]).toEqual([
      400,
      {
        key: 'reviews',
        errorCode: 'GENERAL',
        errorDetails: 'no namespace is named: end the base URL with /namespaces/NAME.',
      },
    ])
  })

  it('404 FLAG_NOT_FOUND', async () => {
    const { status, json } = await ask(await rig.serve(), `${BULK}/nope`)
    expect([status, json]).toEqual([
      404,
      { key: 'nope', errorCode: 'FLAG_NOT_FOUND', errorDetails: 'The namespace shop has no flag nope.' },
    ])
  })

  it('404 at any other path, 405 with the method to use', async () => {
    const served = await rig.serve()
    expect((await ask(served, '/ofrep/v2/flags')).status).toBe(404)
    const wrong = await ask(served, BULK, { method: 'GET' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
  })
})

describe('with tokens', () => {
  it('401 without one, 200 with one, as bearer or as API key', async () => {
    const served = await rig.serve({ tokenFile: rig.file('tokens', 'one\ntwo\n') })
    const status = async (headers: Record<string, string>) => (await ask(served, `${BULK}/reviews`, { headers })).status
    const refused = await ask(served, BULK)
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(await status({ authorization: 'Bearer nope' })).toBe(401)
    expect(await status({ authorization: 'Basic one' })).toBe(401)
    expect(await status({ authorization: 'Bearer one' })).toBe(200)
    expect(await status({ authorization: 'bearer two' })).toBe(200)
    expect(await status({ 'x-api-key': 'two' })).toBe(200)
    // Refused before anything is told of what exists.
    expect((await ask(served, `${BULK}/nope`)).status).toBe(401)
  })

  it('the stream has a ticket of its namespace in its URL, for browsers', async () => {
    const served = await rig.serve({ tokenFile: rig.file('tokens', 'one\n') })
    const headers = { authorization: 'Bearer one' }
    const { json } = await ask(served, BULK, { headers })
    const uri = eventsUri(json)
    expect(uri).not.toContain('one')
    const origin = new URL(served.baseUrl).origin
    const open = async (path: string) => {
      const aborter = new AbortController()
      const { status } = await fetch(`${origin}${path}`, { signal: aborter.signal })
      aborter.abort()
      return status
    }
    expect(await open(uri)).toBe(200)
    expect(await open(uri.replace(/\?.*/, ''))).toBe(401)
    expect(await open(uri.replace(`/namespaces/${NAMESPACE}/`, '/namespaces/bank/'))).toBe(401)
  })

  it('a file that is missing or empty is refused at the start', async () => {
    await expect(rig.serve({ tokenFile: '/nowhere/tokens' })).rejects.toThrow(
      /EVENKEEL_FLAGS_TOKEN_FILE=.* can't be read/,
    )
    await expect(rig.serve({ tokenFile: rig.file('none', '\n') })).rejects.toThrow(/holds no token/)
  })
})

it('403 for a namespace that this controller does not watch; its own may be left out', async () => {
  const served = await rig.serve({ namespace: NAMESPACE })
  expect((await ask(served, `${BULK}/reviews`)).status).toBe(200)
  expect((await ask(served, `/namespaces/shop${BULK}/reviews`)).status).toBe(200)
  expect((await ask(served, `/namespaces/bank${BULK}/reviews`)).status).toBe(403)
})

it('503 with Retry-After before the first list, and never an empty set', async () => {
  const served = await rig.serve({ isBlind: true })
  for (const path of [BULK, `${BULK}/reviews`]) {
    const { status, headers } = await ask(served, path)
    expect([status, headers.get('retry-after')]).toEqual([503, '1'])
  }
  expect(served.problem).toMatch(/have not been listed yet/)
})

it('500 with errorDetails when something is broken in us, and the error is told to whoever runs it', async () => {
  const ending = new AbortController()
  const told: unknown[] = []
  const broken = new Error('broken')
  const sets: FlagSets = {
    ready: true,
    get() {
      throw broken
    },
    subscribe: () => () => {},
    hasHad: () => false,
  }
  const handler = createOfrepHandler({
    sets,
    access: await openAccess('', systemClock, ending.signal, () => {}),
    streams: createEventStreams(sets, systemClock, ending.signal),
    clock: systemClock,
    signal: ending.signal,
    counts: createCounts(),
    namespace: NAMESPACE,
    hasRoom: () => true,
    onError: (error) => told.push(error),
  })
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}${BULK}/reviews`, { method: 'POST', body: '{}' })
  expect([response.status, await response.json()]).toEqual([500, { errorDetails: expect.stringMatching(/log/) }])
  expect(told).toEqual([broken])
  ending.abort()
  server.close()
})

describe('all flags', () => {
  it('200: every flag, an entity tag, and where changes are told', async () => {
    const { status, headers, json } = await ask(await rig.serve(), BULK)
    expect(status).toBe(200)
    expect(headers.get('etag')).toMatch(/^"[\w-]{22}"$/)
    expect(json).toMatchObject({
      metadata: { flagSetId: NAMESPACE },
      eventStreams: [
        { type: 'sse', endpoint: { requestUri: `/namespaces/${NAMESPACE}/ofrep/v1/events` }, inactivityDelaySec: 120 },
      ],
    })
    expect(keysOf(json)).toEqual(['circuit.checkout', 'circuit.checkout.share', 'page-size', 'ranking', 'reviews'])
  })

  it('a namespace that holds nothing has no flags', async () => {
    const served = await rig.serve()
    const { status, json } = await ask({ ...served, baseUrl: served.baseUrl.replace('shop', 'bank') }, BULK)
    expect([status, keysOf(json)]).toEqual([200, []])
  })

  it('304 while nothing has changed, 200 with another tag when something has; all replicas have the same tags', async () => {
    const [served, other] = [await rig.serve(), await rig.serve()]
    const etag = (await ask(served, BULK)).headers.get('etag') ?? ''
    expect((await ask(other, BULK)).headers.get('etag')).toBe(etag)
    const conditional = (target: Served, path = BULK) => ask(target, path, { headers: { 'if-none-match': etag } })
    const unchanged = await conditional(served)
    expect([unchanged.status, unchanged.json, unchanged.headers.get('etag')]).toEqual([304, undefined, etag])
    expect((await ask(served, BULK, { headers: { 'if-none-match': `"x", W/${etag}` } })).status).toBe(304)

    await rig.demand('reviews', 'checkout')
    await vi.waitFor(async () => expect((await conditional(served)).status).toBe(200), soon)
    await rig.release('reviews', 'checkout')
  })

  it('told of another state by another replica, it is never said that nothing has changed', async () => {
    const served = await rig.serve()
    const etag = (await ask(served, BULK)).headers.get('etag') ?? ''
    const headers = { 'if-none-match': etag }
    expect((await ask(served, `${BULK}?flagConfigEtag=${encodeURIComponent(etag)}`, { headers })).status).toBe(304)
    expect((await ask(served, `${BULK}?flagConfigEtag=${etag.replaceAll('"', '')}`, { headers })).status).toBe(304)
    expect((await ask(served, `${BULK}?flagConfigEtag=another`, { headers })).status).toBe(200)
  })

  it('a replica that lags looks out for the state that the reader was told of', async () => {
    const [ahead, behind] = [await rig.serve(), await rig.serve()]
    const before = (await ask(behind, BULK)).headers.get('etag') ?? ''
    await rig.demand('reviews', 'checkout')
    const after = await vi.waitFor(async () => {
      const etag = (await ask(ahead, BULK)).headers.get('etag') ?? ''
      expect(etag).not.toBe(before)
      return etag
    }, soon)
    const told = await ask(behind, `${BULK}?flagConfigEtag=${encodeURIComponent(after)}`, {
      headers: { 'if-none-match': before },
    })
    expect([told.status, told.headers.get('etag')]).toEqual([200, after])
    await rig.release('reviews', 'checkout')
  })
})

function keysOf(json: unknown): string[] {
  const { flags } = json as { flags: { key: string }[] }
  return flags.map(({ key }) => key)
}
