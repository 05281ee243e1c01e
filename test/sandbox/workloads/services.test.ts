// The Service balancer: to which pods requests go, and what clients get when none answers.
import { createServer, type RequestListener, type Server } from 'node:http'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { Agent, request } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { startApi } from '../../../sandbox/api/server.ts'
import { type Api, connectApi } from '../../../sandbox/kube/api.ts'
import { parseKubeconfig } from '../../../sandbox/kube/kubeconfig.ts'
import { type Balancer, startBalancer } from '../../../sandbox/workloads/services/balancer.ts'
import { listensOn, readyPodsOf } from '../../../sandbox/workloads/services/endpoints.ts'
import { aPod, aService } from './objects.ts'

const WITHIN = { timeout: 10_000, interval: 10 }
const NAMESPACE = '/api/v1/namespaces/shop'
const PORT = 8080
/** Not those of pods and Services of a sandbox that may run beside the tests. */
const octet = 1 + (process.pid % 250)
const SERVICE_IP = `127.4.${octet}.1`
const podIp = (number: number) => `127.4.${octet}.${10 + number}`
const URL = `http://${SERVICE_IP}:${PORT}`

let server: Awaited<ReturnType<typeof startApi>>
let api: Api
let balancer: Balancer
let client: Agent
let problems: string[]
const servers: Server[] = []

beforeAll(async () => {
  server = await startApi({})
  api = connectApi(parseKubeconfig(server.kubeconfig))
})

beforeEach(async () => {
  problems = []
  client = new Agent()
  balancer = await startBalancer({
    api,
    answerTimeoutMs: 2_000,
    onProblem: ({ message }) => void problems.push(message),
  })
})

afterEach(async () => {
  await client.destroy()
  await balancer.stop()
  for (const one of servers.splice(0)) {
    one.closeAllConnections()
    await new Promise((resolve) => one.close(resolve))
  }
  for (const path of [`${NAMESPACE}/services`, `${NAMESPACE}/pods`]) {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 }
    const { items } = (await api.request({ method: 'GET', path })) as { items: { metadata: { name: string } }[] }
    for (const { metadata } of items) await api.request({ method: 'DELETE', path: `${path}/${metadata.name}`, body })
  }
})

afterAll(async () => {
  await api?.close()
  await server?.close()
})

async function createService(name = 'checkout'): Promise<void> {
  const spec = { clusterIP: SERVICE_IP, selector: { app: name }, ports: [{ port: PORT, targetPort: 'http' }] }
  const body = { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec }
  await api.request({ method: 'POST', path: `${NAMESPACE}/services`, body })
}

/** A pod object, and a server where it says it is. */
async function createPod(number: number, listener?: RequestListener, isReady = true): Promise<string> {
  const name = `checkout-${number}`
  if (listener !== undefined) {
    const one = createServer(listener)
    servers.push(one)
    await new Promise<void>((resolve) => one.listen(PORT, podIp(number), resolve))
  }
  const container = { name: 'main', image: 'none', ports: [{ name: 'http', containerPort: PORT }] }
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'checkout' } },
    spec: { nodeName: 'nowhere', containers: [container] },
  }
  await api.request({ method: 'POST', path: `${NAMESPACE}/pods`, body })
  await setReady(name, isReady, podIp(number))
  return name
}

async function setReady(name: string, isReady: boolean, podIP?: string): Promise<void> {
  const conditions = [{ type: 'Ready', status: isReady ? 'True' : 'False' }]
  const status = { phase: 'Running', conditions, ...(podIP === undefined ? {} : { podIP }) }
  const path = `${NAMESPACE}/pods/${name}/status`
  await api.request({ method: 'PATCH', path, body: { status }, contentType: 'application/merge-patch+json' })
}

const named =
  (name: string): RequestListener =>
  (_, response) =>
    void response.end(name)

async function ask(options: Parameters<typeof request>[1] = {}, path = '/') {
  const { statusCode, headers, body } = await request(`${URL}${path}`, { dispatcher: client, ...options })
  return { status: statusCode, type: headers['content-type'], headers, text: await body.text() }
}

/** Asks until the answer is as expected: the balancer learns of changes by its watch. */
const answers = (expected: object) => vi.waitFor(async () => expect(await ask()).toMatchObject(expected), WITHIN)

async function askTimes(count: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (let index = 0; index < count; index += 1) {
    const { text } = await ask()
    found[text] = (found[text] ?? 0) + 1
  }
  return found
}

describe('a connection to a port that speaks no HTTP', () => {
  const PORT_OF_SERVICE = 6379
  async function startEcho(number: number): Promise<void> {
    const echo = createTcpServer((socket) => socket.on('data', (data) => socket.write(`${number}: ${data}`)))
    await new Promise<void>((resolve) => echo.listen(PORT_OF_SERVICE, podIp(number), resolve))
    onTestFinished(() => new Promise<void>((resolve) => void echo.close(() => resolve())))
    await createPod(number)
  }
  /** Undefined when the connection is closed instead. */
  function say(text: string): Promise<{ readonly socket: Socket; readonly heard: string | undefined }> {
    return new Promise((resolve) => {
      const socket = connect({ host: SERVICE_IP, port: PORT_OF_SERVICE }, () => socket.write(text))
      socket.once('data', (data) => resolve({ socket, heard: String(data) }))
      socket.once('error', () => resolve({ socket, heard: undefined }))
      socket.once('close', () => resolve({ socket, heard: undefined }))
    })
  }
  const hears = (expected: string | undefined) =>
    vi.waitFor(async () => {
      const { socket, heard } = await say('hello')
      socket.destroy()
      expect(heard).toBe(expected)
    }, WITHIN)

  test('leads to the pod that is selected now; one that stands goes on when another is', async () => {
    await Promise.all([startEcho(1), startEcho(2)])
    const select = (pod: string) => ({ selector: { app: 'checkout', pod } })
    const label = (name: string) =>
      api.request({
        method: 'PATCH',
        path: `${NAMESPACE}/pods/${name}`,
        body: { metadata: { labels: { pod: name } } },
        contentType: 'application/merge-patch+json',
      })
    await Promise.all([label('checkout-1'), label('checkout-2')])
    const ports = [{ port: PORT_OF_SERVICE, appProtocol: 'redis' }]
    const spec = { clusterIP: SERVICE_IP, ports, ...select('checkout-1') }
    const body = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'checkout' }, spec }
    await api.request({ method: 'POST', path: `${NAMESPACE}/services`, body })
    await hears('1: hello')
    const { socket } = await say('first')
    await api.request({
      method: 'PATCH',
      path: `${NAMESPACE}/services/checkout`,
      body: { spec: select('checkout-2') },
      contentType: 'application/merge-patch+json',
    })
    await hears('2: hello')
    const again = new Promise((resolve) => socket.once('data', (data) => resolve(String(data))))
    socket.write('again')
    expect(await again).toBe('1: again')
    socket.destroy()
    await Promise.all([setReady('checkout-2', false)])
    await hears(undefined)
  })
})

describe('a request', () => {
  test('goes to each ready pod in turn, and to no other', async () => {
    await createPod(1, named('one'))
    const two = await createPod(2, named('two'))
    await createPod(3, named('three'), false)
    await createService()
    await answers({ status: 200 })
    await vi.waitFor(async () => expect(await askTimes(10)).toEqual({ one: 5, two: 5 }), WITHIN)
    await setReady(two, false)
    await vi.waitFor(async () => expect(await askTimes(4)).toEqual({ one: 4 }), WITHIN)
  })

  test('gets 503 with a clear text when no pod is ready, and is counted', async () => {
    await createService()
    await answers({ status: 503, type: 'text/plain', text: 'no pod of service shop/checkout is ready\n' })
    const { noPod, requests, failed } = balancer.counts()['shop/checkout'] ?? {}
    expect(noPod).toBeGreaterThan(0)
    expect(requests).toBe(noPod)
    expect(failed).toBe(0)
  })

  test('goes on to the next pod when the first refuses the connection, its body and all', async () => {
    await createPod(1)
    await createPod(2, (incoming, response) => void incoming.pipe(response))
    await createService()
    await answers({ status: 200 })
    for (let index = 0; index < 4; index += 1) {
      expect(await ask({ method: 'POST', body: 'an order' })).toMatchObject({ status: 200, text: 'an order' })
    }
    expect(balancer.counts()['shop/checkout']).toMatchObject({ failed: 0 })
  })

  test('gets 502 with the reason when every pod refuses', async () => {
    await createPod(1)
    await createService()
    await answers({
      status: 502,
      text: expect.stringMatching(/^pod checkout-1 of service shop\/checkout at .*ECONNREFUSED/),
    })
  })

  test('that may have been carried out is not sent twice: the client hears of it', async () => {
    let received = 0
    const breakOff: RequestListener = (incoming) => {
      received += 1
      incoming.socket.destroy()
    }
    await createPod(1, (incoming, response) =>
      (incoming.method === 'POST' ? breakOff : named('one'))(incoming, response),
    )
    await createPod(2, (incoming, response) =>
      (incoming.method === 'POST' ? breakOff : named('two'))(incoming, response),
    )
    await createService()
    await vi.waitFor(async () => expect(Object.keys(await askTimes(2))).toHaveLength(2), WITHIN)
    expect(await ask({ method: 'POST', body: 'an order' })).toMatchObject({ status: 502 })
    expect(received).toBe(1)
  })

  test('passes method, path, headers and body through, and status, headers and body back', async () => {
    await createPod(1, (incoming, response) => {
      response.setHeader('x-answer', `${incoming.method} ${incoming.url} ${incoming.headers['x-question']}`)
      response.writeHead(418, { 'content-type': 'text/tea' })
      incoming.pipe(response)
    })
    await createService()
    await answers({ status: 418 })
    const headers = { 'x-question': 'why', connection: 'keep-alive' }
    const body = 'x'.repeat(300_000)
    const answer = await ask({ method: 'PUT', headers, body }, '/cart?a=1')
    expect(answer).toMatchObject({ status: 418, type: 'text/tea', text: body })
    expect(answer.headers['x-answer']).toBe('PUT /cart?a=1 why')
    expect(await ask({ method: 'HEAD' })).toMatchObject({ status: 418, text: '' })
  })

  test('under way ends at its pod although that is ready no more', async () => {
    const begun = Promise.withResolvers<() => void>()
    const name = await createPod(1, ({ url }, response) => {
      if (url === '/slow') begun.resolve(() => void response.end('at last'))
      else response.end('one')
    })
    await createService()
    await answers({ status: 200 })
    const slow = ask({}, '/slow')
    const finish = await begun.promise
    await setReady(name, false)
    await answers({ status: 503 })
    finish()
    expect(await slow).toMatchObject({ status: 200, text: 'at last' })
  })

  test('gets 504 when the pod takes too long', async () => {
    await createPod(1, ({ url }, response) => void (url === '/slow' ? undefined : response.end('one')))
    await createService()
    await answers({ status: 200 })
    expect(await ask({}, '/slow')).toMatchObject({
      status: 504,
      text: 'pod checkout-1 of service shop/checkout did not answer in 2000 ms\n',
    })
  })

  test('that its client gives up is given up at the pod', async () => {
    const given = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    await createPod(1, ({ url }, response) => {
      if (url !== '/slow') return void response.end()
      begun.resolve()
      response.once('close', () => given.resolve())
    })
    await createService()
    await answers({ status: 200 })
    const leaving = new AbortController()
    const slow = ask({ signal: leaving.signal }, '/slow').catch((error: Error) => error.name)
    await begun.promise
    leaving.abort()
    await given.promise
    expect(await slow).toBe('AbortError')
  })
})

describe('a Service', () => {
  test('that goes is served no more', async () => {
    await createPod(1, named('one'))
    await createService()
    await answers({ status: 200 })
    await api.request({ method: 'DELETE', path: `${NAMESPACE}/services/checkout` })
    await vi.waitFor(() => expect(ask()).rejects.toThrow(/ECONNREFUSED|closed/), WITHIN)
  })

  test('whose address is taken is told, and served once it is free', async () => {
    const other = createServer(named('other'))
    await new Promise<void>((resolve) => other.listen(PORT, SERVICE_IP, resolve))
    await createPod(1, named('one'))
    await createService()
    await vi.waitFor(() => expect(problems).toEqual(['service shop/checkout is not served yet; trying on']), WITHIN)
    await new Promise((resolve) => other.close(resolve))
    await answers({ status: 200, text: 'one' })
  })
})

describe('the pods of a Service', () => {
  const labels = { app: 'web' }
  const service = aService({ clusterIP: '127.2.0.10', selector: labels, ports: [{ port: 80, targetPort: 'http' }] })
  const [port] = service.spec.ports
  const ports = [{ name: 'http', containerPort: 8080 }]
  const origins = (pod: ReturnType<typeof aPod>) =>
    port === undefined ? [] : readyPodsOf(service, port, [pod]).map(({ origin }) => origin)
  test.each([
    ['one that is ready, by the name of its port', aPod({ isReady: true, ports, metadata: { labels } }), 1],
    ['not one that is not ready', aPod({ ports, metadata: { labels } }), 0],
    [
      'not one that ends, ready or not',
      aPod({ isReady: true, ports, metadata: { labels, deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      0,
    ],
    ['not one without that port', aPod({ isReady: true, metadata: { labels } }), 0],
    ['not one without an address', aPod({ isReady: true, ports, address: '', metadata: { labels } }), 0],
    ['not one of another label', aPod({ isReady: true, ports, metadata: { labels: { app: 'x' } } }), 0],
    ['not one of another namespace', aPod({ isReady: true, ports, metadata: { labels, namespace: 'x' } }), 0],
  ])('are: %s', (_, pod, count) => {
    expect(origins(pod)).toEqual(Array(count).fill('http://127.1.0.1:8080'))
  })

  test('are looked for only where there is an address and a selector', () => {
    expect(listensOn(service)).toEqual([{ host: '127.2.0.10', port }])
    expect(listensOn(aService({ clusterIP: 'None', selector: labels, ports: [{ port: 80 }] }))).toEqual([])
    expect(listensOn(aService({ clusterIP: '10.0.0.1', ports: [{ port: 443 }] }))).toEqual([])
  })
})
