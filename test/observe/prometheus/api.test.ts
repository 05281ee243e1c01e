// A server that hangs, fails, lies or floods is a reason, never an exception, and never more than its time.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { createPrometheusApi, type PrometheusApi } from '../../../controller/observe/prometheus/api.ts'

let server: Server | undefined
let api: PrometheusApi | undefined

afterEach(async () => {
  await api?.close()
  server?.closeAllConnections()
  server?.close()
})

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

async function ask(listener: RequestListener, timeoutMs = 5_000, tenant?: string) {
  const url = await serve(listener)
  api = createPrometheusApi({ mostBytes: 1_048_576 })
  const answer = await api.query(tenant === undefined ? { url } : { url, tenant }, 'up', timeoutMs)
  return answer.kind === 'ok' ? answer : { ...answer, why: answer.why.replace(url, 'URL') }
}

const says =
  (status: number, body: string): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(body)
const vector = (result: unknown, more: object = {}) =>
  JSON.stringify({ status: 'success', data: { resultType: 'vector', result }, ...more })
const ONE = [{ metric: { pod: 'a' }, value: [1, '2'] }]

describe('a question that fails says why', () => {
  it.each<[string, RequestListener, RegExp]>([
    ['status 500 without words', says(500, 'oops'), /^URL: HTTP 500$/],
    ['a gateway page', says(503, '<html>no</html>'), /^URL: HTTP 503$/],
    [
      'an error with words',
      says(422, JSON.stringify({ status: 'error', errorType: 'execution', error: 'query timed out' })),
      /^URL: HTTP 422: execution: query timed out$/,
    ],
    [
      'status: error under HTTP 200',
      says(200, JSON.stringify({ status: 'error', errorType: 'bad_data', error: 'no' })),
      /^URL: bad_data: no$/,
    ],
    ['a page that is no JSON', says(200, '<html>login</html>'), /no JSON: is this the base URL/],
    ['JSON of something else', says(200, '{"hello":"world"}'), /no status "success"/],
    ['null', says(200, 'null'), /no status "success"/],
    ['no data', says(200, '{"status":"success"}'), /holds no series/],
    [
      'a scalar',
      says(200, JSON.stringify({ status: 'success', data: { resultType: 'scalar', result: [1, '1'] } })),
      /holds no series/,
    ],
    ['a series without a value', says(200, vector([{ metric: {} }])), /malformed/],
    ['a label that is no text', says(200, vector([{ metric: { a: 1 }, value: [1, '1'] }])), /malformed/],
    ['a value that is no text', says(200, vector([{ metric: {}, value: [1, 1] }])), /malformed/],
    ['a warning', says(200, vector(ONE, { warnings: ['store-1: connection refused'] })), /may lack something: store-1/],
    ['a partial response', says(200, vector(ONE, { isPartial: true })), /partial response/],
    ['a redirect', (_request, response) => void response.writeHead(302, { location: '/login' }).end(), /HTTP 302/],
    ['a reset', (request) => void request.socket.destroy(), /connection (reset|closed)/],
    [
      'half a body',
      (_request, response) => {
        response.writeHead(200, { 'content-length': 1_000 }).write('{"status":')
        setImmediate(() => response.destroy())
      },
      /connection (reset|closed)/,
    ],
    [
      'an answer without end',
      (_request, response) => {
        const chunk = 'x'.repeat(65_536)
        const flood = () => {
          while (!response.destroyed && response.write(chunk));
        }
        response.on('drain', flood)
        flood()
      },
      /larger than 1 MiB/,
    ],
  ])('%s', async (_, listener, why) => {
    expect(await ask(listener)).toEqual({ kind: 'failed', why: expect.stringMatching(why) })
  })

  it.each<[string, RequestListener]>([
    ['hangs', () => undefined],
    ['hangs after its headers', (_request, response) => response.writeHead(200).write('{')],
    [
      'drips for ever',
      (_request, response) => {
        const timer = setInterval(() => response.write(' '), 20)
        response.on('close', () => clearInterval(timer))
      },
    ],
  ])('a server that %s gets its time, and no more', async (_, listener) => {
    const begin = performance.now()
    expect(await ask(listener, 200)).toEqual({ kind: 'failed', why: 'URL: timeout after 200 ms' })
    expect(performance.now() - begin).toBeLessThan(1_500)
  })

  it('a server that is stopped, with its queue of connections full, gets its time, and no more', async () => {
    const script = `require('node:net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, function () {
      console.log(this.address().port) })`
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const url = `http://127.0.0.1:${String((await once(child.stdout, 'data'))[0]).trim()}`
    child.kill('SIGSTOP')
    api = createPrometheusApi({ concurrency: 8 })
    const begin = performance.now()
    const answers = await Promise.all(Array.from({ length: 8 }, () => api?.query({ url }, 'up', 300)))
    expect(performance.now() - begin).toBeLessThan(3_000)
    for (const answer of answers) expect(answer).toEqual({ kind: 'failed', why: `${url}: timeout after 300 ms` })
  })

  it('nobody listens', async () => {
    api = createPrometheusApi()
    const answer = await api.query({ url: 'http://127.0.0.1:9' }, 'up', 1_000)
    expect(answer).toEqual({ kind: 'failed', why: 'http://127.0.0.1:9: connection refused' })
  })
})

describe('a question', () => {
  it('is a form with its deadline, under the path of the base URL, with the tenant', async () => {
    const told: string[] = []
    const listener: RequestListener = (request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        told.push(`${request.method} ${request.url} ${request.headers['x-scope-orgid']} ${body}`)
        response.end(vector(ONE))
      })
    }
    expect(await ask(listener, 5_000, 'shop')).toEqual({
      kind: 'ok',
      series: [{ labels: { pod: 'a' }, points: [{ atMs: 1_000, value: 2 }] }],
    })
    expect(told).toEqual(['POST /api/v1/query shop query=up&timeout=5000ms&partial_response=false'])
  })

  it('may be answered with what is merely information, and with any number', async () => {
    const series = ['NaN', '+Inf', '-Inf', '1e-3'].map((value) => ({ metric: {}, value: [1, value] }))
    const answer = await ask(
      says(200, vector(series, { warnings: ['PromQL info: might not be a counter'], infos: ['x'] })),
    )
    const values = answer.kind === 'ok' ? answer.series.map((one) => one.points[0]?.value) : []
    expect(values).toEqual([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.001])
  })

  it('waits for its turn when a server has many, and all are answered', async () => {
    let busy = 0
    let most = 0
    const url = await serve((_request, response) => {
      most = Math.max(most, ++busy)
      setTimeout(() => {
        busy--
        response.end(vector(ONE))
      }, 5)
    })
    api = createPrometheusApi({ concurrency: 3 })
    const asked = api
    const answers = await Promise.all(Array.from({ length: 40 }, () => asked.query({ url }, 'up', 5_000)))
    expect(answers.every((one) => one.kind === 'ok')).toBe(true)
    expect(most).toBe(3)
  })
})
