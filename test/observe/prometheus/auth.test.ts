// Credentials on the wire: only to the server they are for, never over a redirect, and never in what is told.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { GUARD_SPEC } from '../../../controller/model/guard.ts'
import { createPrometheusApi, type PrometheusApi } from '../../../controller/observe/prometheus/api.ts'
import { createCredentialSource } from '../../../controller/observe/prometheus/credentials.ts'
import { createPrometheusSource } from '../../../controller/observe/prometheus/source.ts'
import type { PrometheusServer } from '../../../controller/observe/prometheus/spec.ts'
import { planOf } from '../../../controller/reconcile/guard-plan.ts'
import { sendJson } from '../../kube/api-double.ts'
import { useRig } from '../../kube/rig.ts'
import { manualClock } from '../../runtime/manual-clock.ts'
import { aSecret } from './a-secret.ts'

const rig = useRig()
const REF = { namespace: 'shop', name: 'prom' }
const TOKEN = 'hush-"hush\\hush'
const EMPTY = JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } })
const servers: Server[] = []
let api: PrometheusApi | undefined

afterEach(async () => {
  await api?.close()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A server that keeps the headers it was sent. */
async function serve(listener: RequestListener): Promise<{ url: string; seen: IncomingMessage['headers'][] }> {
  const seen: IncomingMessage['headers'][] = []
  const server = createServer((request, response) => {
    seen.push(request.headers)
    listener(request, response)
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, seen }
}

/** The API server has the Secret for `allowed`, with a token that may change. */
async function holding(allowed: string | undefined, tokenNow: () => string = () => TOKEN) {
  rig.api.answer((_request, response) => sendJson(response, 200, aSecret(allowed, { token: tokenNow() })))
  const clock = manualClock()
  const credentials = createCredentialSource({ client: await rig.connect(), clock })
  const asking = createPrometheusApi({ credentials })
  api = asking
  return { clock, ask: (server: PrometheusServer) => asking.query(server, 'up', 5_000), asking }
}

describe('a question with a Secret', () => {
  it('carries its credentials, and one without does not', async () => {
    const { url, seen } = await serve((_request, response) => void response.end(EMPTY))
    const { ask } = await holding(url)
    expect(await ask({ url, secret: REF })).toEqual({ kind: 'ok', series: [] })
    expect(await ask({ url })).toEqual({ kind: 'ok', series: [] })
    expect(seen.map(({ authorization }) => authorization)).toEqual([`Bearer ${TOKEN}`, undefined])
  })

  it.each<[string, (url: string) => string | undefined, RegExp]>([
    ['says nothing of where it may be sent', () => undefined, /Secret shop\/prom does not say where it may be sent/],
    ['is for another server', () => 'http://127.0.0.1:9', /may be sent to http:\/\/127\.0\.0\.1:9 only/],
    ['is for another path', (url) => `${url}/other`, /only, says its annotation/],
    ['is for https', (url) => url.replace('http:', 'https:'), /may be sent to https:/],
  ])('is not asked at all when the Secret %s', async (_, allowed, why) => {
    const { url, seen } = await serve((_request, response) => void response.end(EMPTY))
    const { ask } = await holding(allowed(url))
    const answer = await ask({ url, secret: REF })
    expect(answer).toEqual({ kind: 'failed', why: expect.stringMatching(why) })
    expect(seen).toEqual([])
  })

  it('is not asked where no Secret can be read', async () => {
    const { url, seen } = await serve((_request, response) => void response.end(EMPTY))
    api = createPrometheusApi()
    expect(await api.query({ url, secret: REF }, 'up', 1_000)).toMatchObject({ kind: 'failed' })
    expect(seen).toEqual([])
  })

  it.each([301, 302, 303, 307, 308])('follows no redirect (%i), to wherever it leads', async (status) => {
    const other = await serve((_request, response) => void response.end(EMPTY))
    const { url, seen } = await serve((_request, response) => {
      response.writeHead(status, { location: `${other.url}/api/v1/query` }).end()
    })
    const { ask } = await holding(url)
    expect(await ask({ url, secret: REF })).toEqual({ kind: 'failed', why: `${url}: HTTP ${status}` })
    expect([seen.length, other.seen.length]).toEqual([1, 0])
  })

  it('is asked again with what the Secret holds then, when it is refused', async () => {
    let token = 'old'
    const { url, seen } = await serve((request, response) => {
      response.writeHead(request.headers.authorization === 'Bearer new' ? 200 : 401).end(EMPTY)
    })
    const { ask, clock } = await holding(url, () => token)
    expect(await ask({ url, secret: REF })).toEqual({
      kind: 'failed',
      why: `${url}: HTTP 401: it does not accept the credentials of Secret shop/prom`,
    })
    token = 'new'
    await clock.advance(11_000)
    expect(await ask({ url, secret: REF })).toEqual({ kind: 'ok', series: [] })
    expect(seen.map(({ authorization }) => authorization)).toEqual(['Bearer old', 'Bearer old', 'Bearer new'])
  })

  it('has its time, and no more, though the API server hangs', async () => {
    const { url } = await serve((_request, response) => void response.end(EMPTY))
    rig.api.answer(() => undefined)
    const credentials = createCredentialSource({ client: await rig.connect(), clock: manualClock() })
    api = createPrometheusApi({ credentials })
    const answer = await api.query({ url, secret: REF }, 'up', 100)
    expect(answer).toEqual({ kind: 'failed', why: `${url}: timeout after 100 ms` })
  })
})

describe('what a server says', () => {
  const error = (text: string) => JSON.stringify({ status: 'error', errorType: 'bad_data', error: text })
  it.each<[string, number, (auth: string) => string]>([
    ['the header', 400, (auth) => error(`bad header ${auth}`)],
    ['the token under HTTP 200', 200, () => error(TOKEN)],
    ['a warning of it', 200, () => JSON.stringify({ ...JSON.parse(EMPTY), warnings: [TOKEN] })],
    ['a part of it, cut off', 500, (auth) => error(`${'x'.repeat(195)}${auth}`)],
    ['it with escapes', 403, () => error('hush-').replace('hush-', 'h\\u0075sh-\\u0022hush\\\\hush')],
  ])('is left out when it repeats %s', async (_, status, body) => {
    const { url } = await serve((request, response) => {
      response.writeHead(status).end(body(request.headers.authorization ?? ''))
    })
    const { ask } = await holding(url)
    expect(await ask({ url, secret: REF })).toEqual({
      kind: 'failed',
      why: `${url}: HTTP ${status}: its words repeat the credentials, and are left out`,
    })
  })

  it('is told when it does not', async () => {
    const { url } = await serve((_request, response) => response.writeHead(400).end(error('parse error')))
    const { ask } = await holding(url)
    expect(await ask({ url, secret: REF })).toEqual({ kind: 'failed', why: `${url}: HTTP 400: bad_data: parse error` })
  })
})

describe('Guards that share a server', () => {
  it('share its questions only with the same Secret of the same namespace', async () => {
    const { url, seen } = await serve((_request, response) => void response.end(EMPTY))
    const { asking, clock } = await holding(url)
    const source = createPrometheusSource({ api: asking, clock })
    const observer = (namespace: string, auth?: object) => {
      const from = { prometheus: { url, interval: '10s', ...(auth === undefined ? {} : { auth }) } }
      const { prometheus } = planOf(GUARD_SPEC.parse({ target: { name: 'checkout' }, signals: { from } }))
      if (prometheus === undefined) throw new Error('not observed through Prometheus')
      return source.observer(namespace, prometheus)
    }
    const questionsOf = async (...observers: ReturnType<typeof observer>[]) => {
      const before = seen.length
      await Promise.all(observers.map((one) => one.observe()))
      return seen.length - before
    }
    const secret = { secret: 'prom' }
    expect(await questionsOf(observer('shop', secret), observer('shop', secret))).toBe(6)
    expect(await questionsOf(observer('a', secret), observer('b', secret))).toBe(12)
    expect(await questionsOf(observer('c', secret), observer('c', { secret: 'other' }), observer('c'))).toBe(18)
    expect(seen.slice(0, 18).every(({ authorization }) => authorization === `Bearer ${TOKEN}`)).toBe(true)
  })
})
