// The client: pooled connections, deadlines, credentials that rotate, and one clear error for every failure.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { connectKube, type KubeClient, type KubeRequestReport } from '../../controller/kube/client.ts'
import { createObject, deleteObject, findObject, isServed, listPages } from '../../controller/kube/objects.ts'
import { PODS, SCALED_OBJECTS } from '../../controller/kube/resource-type.ts'
import { patchScale, readScale, writeMinimum } from '../../controller/kube/scale.ts'
import { systemClock } from '../../controller/model/clock.ts'
import { ConfigError, KubeError } from '../../controller/model/errors.ts'
import { type Answer, type ApiDouble, kubeconfig, sendJson, startApiDouble, statusObject } from './api-double.ts'
import { startSocksProxy } from './socks-proxy.ts'

let api: ApiDouble
let folder: string
const clients: KubeClient[] = []

beforeEach(async () => {
  api = await startApiDouble()
  folder = await mkdtemp(join(tmpdir(), 'evenkeel-client-'))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(clients.splice(0).map((client) => client.close()))
  await api.close()
  await rm(folder, { recursive: true })
})

async function connect(
  options: { kubeconfigPath?: string; requestTimeoutMs?: number; onRequest?: (report: KubeRequestReport) => void } = {},
): Promise<KubeClient> {
  const client = await connectKube({
    kubeconfigPath: api.kubeconfigPath,
    requestTimeoutMs: 5000,
    clock: systemClock,
    ...options,
  })
  clients.push(client)
  return client
}

const CHECKOUT = { kind: 'Deployment', namespace: 'shop', name: 'checkout' } as const
const SCALE = {
  metadata: { name: 'checkout', namespace: 'shop', uid: 'u1', resourceVersion: '7' },
  spec: { replicas: 3 },
  status: { replicas: 2, selector: 'app=checkout' },
}

async function failureOf(work: Promise<unknown>): Promise<KubeError> {
  const error = await work.then(
    () => undefined,
    (thrown) => thrown,
  )
  if (!(error instanceof KubeError)) throw new Error(`expected a KubeError, got ${String(error)}`, { cause: error })
  return error
}

describe('every failure becomes one error that says what, where and what to do', () => {
  const refusals: readonly {
    name: string
    answer: Answer
    status: number
    reason: string
    says: RegExp
    waitMs?: number
  }[] = [
    {
      name: 'a conflict',
      answer: (_, response) => sendJson(response, 409, statusObject(409, 'Conflict', 'the object has been modified')),
      status: 409,
      reason: 'Conflict',
      says: /^GET Deployment shop\/checkout\/scale: 409 Conflict: the object has been modified\. .*decide anew/,
    },
    {
      name: 'a missing permission',
      answer: (_, response) => sendJson(response, 403, statusObject(403, 'Forbidden', 'cannot get scale')),
      status: 403,
      reason: 'Forbidden',
      says: /RBAC/,
    },
    {
      name: 'a busy server with Retry-After in seconds',
      answer: (_, response) =>
        sendJson(response, 429, statusObject(429, 'TooManyRequests', 'slow down'), { 'retry-after': '3' }),
      status: 429,
      reason: 'TooManyRequests',
      says: /wait/,
      waitMs: 3000,
    },
    {
      name: 'an overloaded server with Retry-After as a date that has passed',
      answer: (_, response) => sendJson(response, 503, {}, { 'retry-after': 'Thu, 01 Jan 2026 00:00:00 GMT' }),
      status: 503,
      reason: 'HTTP 503',
      says: /not ready/,
      waitMs: 0,
    },
    {
      name: 'a proxy that answers in HTML',
      answer: (_, response) => void response.writeHead(502).end('<h1>Bad Gateway</h1>'),
      status: 502,
      reason: 'HTTP 502',
      says: /Bad Gateway/,
    },
    {
      name: 'an empty 500',
      answer: (_, response) => void response.writeHead(500).end(),
      status: 500,
      reason: 'HTTP 500',
      says: /The API server failed/,
    },
    {
      name: 'garbage in place of JSON',
      answer: (_, response) => void response.writeHead(200).end('{"kind": "Sca'),
      status: 200,
      reason: 'InvalidResponse',
      says: /not the JSON expected/,
    },
    {
      name: 'JSON of another shape',
      answer: (_, response) => sendJson(response, 200, ['no', 'scale']),
      status: 200,
      reason: 'InvalidResponse',
      says: /missing or of another type/,
    },
    {
      name: 'a scale without a version',
      answer: (_, response) => sendJson(response, 200, { spec: { replicas: 3 } }),
      status: 200,
      reason: 'InvalidResponse',
      says: /metadata\.resourceVersion/,
    },
    {
      name: 'a reset connection',
      answer: (_, response) => void response.socket?.resetAndDestroy(),
      status: 0,
      reason: 'ECONNRESET',
      says: /no answer from http:\/\/127\.0\.0\.1/,
    },
    {
      name: 'a connection dropped in mid-body',
      answer(_, response) {
        response.writeHead(200, { 'content-length': '1000' }).write('{"kind":')
        response.socket?.end()
      },
      status: 0,
      reason: 'UND_ERR_SOCKET',
      says: /no answer/,
    },
  ]

  test.each(refusals)('$name', async ({ answer, status, reason, says, waitMs }) => {
    api.answer(answer)
    const error = await failureOf(readScale(await connect(), CHECKOUT))
    expect({ status: error.status, reason: error.reason, waitMs: error.retryAfterMs }).toEqual({
      status,
      reason,
      waitMs,
    })
    expect(error.message).toMatch(says)
  })

  test('a hung server is given up at the deadline, headers or body', async () => {
    const client = await connect({ requestTimeoutMs: 100 })
    api.answer(() => undefined)
    const noHead = await failureOf(readScale(client, CHECKOUT))
    expect([noHead.status, noHead.reason]).toEqual([0, 'DeadlineExceeded'])
    expect(noHead.message).toMatch(/within 100 ms.*Read the object before writing again/)
    api.answer((_, response) => void response.writeHead(200).write('{'))
    expect((await failureOf(readScale(client, CHECKOUT))).reason).toBe('DeadlineExceeded')
  })

  test('a server that is not there', async () => {
    const client = await connect()
    await api.close()
    const error = await failureOf(readScale(client, CHECKOUT))
    expect([error.status, error.reason]).toEqual([0, 'ECONNREFUSED'])
    api = await startApiDouble()
  })

  test('the caller’s abort is not an error of the API: its own reason comes through', async () => {
    api.answer(() => undefined)
    const controller = new AbortController()
    const reading = readScale(await connect(), CHECKOUT, { signal: controller.signal })
    const reason = new Error('shutting down')
    controller.abort(reason)
    await expect(reading).rejects.toBe(reason)
  })

  test('after close nothing is sent any more', async () => {
    const client = await connect()
    await client.close()
    expect((await failureOf(readScale(client, CHECKOUT))).reason).toBe('Closed')
    expect(api.requests).toHaveLength(0)
  })
})

describe('connections', () => {
  test('a hundred reads one after the other share a socket or two, and close() closes it', async () => {
    api.answer((_, response) => sendJson(response, 200, SCALE))
    const client = await connect()
    for (let i = 0; i < 100; i += 1) await readScale(client, CHECKOUT)
    // A second one opens when a request is sent in the very moment in which the answer before it ends.
    expect(api.connections()).toBeLessThanOrEqual(2)
    await client.close()
    await vi.waitFor(() => expect(api.openConnections()).toBe(0))
  })

  test('a burst opens no more sockets than allowed', async () => {
    api.answer((_, response) => sendJson(response, 200, SCALE))
    const client = await connectKube({
      kubeconfigPath: api.kubeconfigPath,
      requestTimeoutMs: 5000,
      clock: systemClock,
      maxSockets: 8,
    })
    clients.push(client)
    await Promise.all(Array.from({ length: 200 }, () => readScale(client, CHECKOUT)))
    expect(api.connections()).toBeLessThanOrEqual(8)
    expect(api.requests).toHaveLength(200)
  })

  test('each request names us, and is reported with its status and duration', async () => {
    const reports: KubeRequestReport[] = []
    const client = await connect({ onRequest: (report) => reports.push(report) })
    api.answer((_, response) => sendJson(response, 404, statusObject(404, 'NotFound', 'no such thing')))
    expect(await findObject(client, PODS, { namespace: 'shop', name: 'a' })).toBeUndefined()
    expect(api.requests[0]?.headers['user-agent']).toMatch(/^evenkeel\/\d+\.\d+\.\d+/)
    expect(reports).toMatchObject([{ method: 'GET', object: 'Pod shop/a', status: 404 }])
  })
})

describe('requests', () => {
  test('scale: a fresh read, then a merge patch that names the version it stands on', async () => {
    api.answer((_, response) => sendJson(response, 200, SCALE))
    const client = await connect()
    expect(await readScale(client, CHECKOUT)).toEqual({
      uid: 'u1',
      resourceVersion: '7',
      replicas: 3,
      currentReplicas: 2,
      selector: 'app=checkout',
    })
    await patchScale(client, CHECKOUT, 5, '7')
    const patch = api.requests[1]
    expect(patch?.path).toBe('/apis/apps/v1/namespaces/shop/deployments/checkout/scale')
    expect(patch?.headers['content-type']).toBe('application/merge-patch+json')
    expect(JSON.parse(patch?.body ?? '')).toEqual({ spec: { replicas: 5 }, metadata: { resourceVersion: '7' } })
  })

  test.each([
    ['HorizontalPodAutoscaler', '/apis/autoscaling/v1/namespaces/shop/horizontalpodautoscalers/h', 'minReplicas'],
    ['ScaledObject', '/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects/h', 'minReplicaCount'],
  ] as const)('the minimum of a %s is patched on condition of its version', async (kind, path, field) => {
    api.answer((_, response) => sendJson(response, 200, { metadata: { resourceVersion: '9' } }))
    const ref = { kind, namespace: 'shop', name: 'h', resourceVersion: '8' }
    expect(await writeMinimum(await connect(), ref, 6)).toEqual({ resourceVersion: '9' })
    expect(api.requests[0]?.path).toBe(path)
    expect(JSON.parse(api.requests[0]?.body ?? '')).toEqual({
      spec: { [field]: 6 },
      metadata: { resourceVersion: '8' },
    })
  })

  test('what is sent keeps every field, also those that client-node’s models don’t know', async () => {
    api.answer((request, response) => sendJson(response, 201, JSON.parse(request.body)))
    const spec = { schema: { default: 1, enum: ['a'], 'x-kubernetes-validations': [{ rule: 'self > 0' }] } }
    const made = await createObject(await connect(), PODS, { metadata: { namespace: 'shop', name: 'a' }, spec })
    expect(made.spec).toEqual(spec)
  })

  test('a list follows its pages', async () => {
    api.answer((request, response) => {
      const page = Number(request.query.get('continue') ?? 0)
      const metadata = { resourceVersion: '5', ...(page < 2 ? { continue: String(page + 1) } : {}) }
      sendJson(response, 200, { metadata, items: [page] })
    })
    const items: unknown[] = []
    for await (const page of listPages(await connect(), PODS, { labelSelector: 'app=a' }, { pageSize: 1 })) {
      items.push(...page.items)
    }
    expect(items).toEqual([0, 1, 2])
    expect(api.requests.map((request) => request.query.get('labelSelector'))).toEqual(['app=a', 'app=a', 'app=a'])
  })

  test('a kind is served only when its group version lists it', async () => {
    const client = await connect()
    api.answer((_, response) => sendJson(response, 200, { resources: [{ name: 'triggerauthentications' }] }))
    expect(await isServed(client, SCALED_OBJECTS)).toBe(false)
    api.answer((_, response) => sendJson(response, 200, { resources: [{ name: 'scaledobjects' }] }))
    expect(await isServed(client, SCALED_OBJECTS)).toBe(true)
    api.answer((_, response) => sendJson(response, 404, statusObject(404, 'NotFound', '')))
    expect(await isServed(client, SCALED_OBJECTS)).toBe(false)
    api.answer((_, response) => sendJson(response, 503, {}))
    expect((await failureOf(isServed(client, SCALED_OBJECTS))).status).toBe(503)
  })

  test('deleting what is gone is no failure', async () => {
    api.answer((_, response) => sendJson(response, 404, statusObject(404, 'NotFound', '')))
    expect(await deleteObject(await connect(), PODS, { namespace: 'shop', name: 'a' })).toBe(false)
  })
})

describe('credentials', () => {
  async function connectAs(user: Readonly<Record<string, unknown>>): Promise<KubeClient> {
    const path = join(folder, 'kubeconfig')
    await writeFile(path, kubeconfig(api.url, user))
    return connect({ kubeconfigPath: path })
  }

  test('a token and a name with password are sent as they should be', async () => {
    await readNothing(await connectAs({ token: 'secret' }))
    await readNothing(await connectAs({ username: 'anna', password: 'pass' }))
    expect(api.requests.map((request) => request.headers.authorization)).toEqual([
      'Bearer secret',
      `Basic ${Buffer.from('anna:pass').toString('base64')}`,
    ])
  })

  test('a token file that was rotated is read again on a 401, and the request repeated once', async () => {
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, 'old\n')
    const client = await connectAs({ 'auth-provider': { name: 'tokenFile', config: { tokenFile } } })
    api.answer((request, response) =>
      request.headers.authorization === 'Bearer new'
        ? sendJson(response, 200, {})
        : sendJson(response, 401, statusObject(401, 'Unauthorized', 'Unauthorized')),
    )
    await writeFile(tokenFile, 'new\n')
    await readNothing(client)
    expect(api.requests.map((request) => request.headers.authorization)).toEqual(['Bearer old', 'Bearer new'])
  })

  test('credentials that stay refused are not asked for over and over', async () => {
    const client = await connectAs({ token: 'wrong' })
    api.answer((_, response) => sendJson(response, 401, statusObject(401, 'Unauthorized', 'Unauthorized')))
    for (let i = 0; i < 5; i += 1) expect((await failureOf(readNothing(client))).status).toBe(401)
    expect(api.requests).toHaveLength(6)
  })

  test('an exec plugin gives the token', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'made' },
    }
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', `process.stdout.write(${JSON.stringify(JSON.stringify(credential))})`],
    }
    await readNothing(await connectAs({ exec }))
    expect(api.requests[0]?.headers.authorization).toBe('Bearer made')
  })

  function readNothing(client: KubeClient): Promise<unknown> {
    return client.request({ method: 'GET', path: '/version', object: 'version' })
  }
})

describe('proxies', () => {
  async function connectThrough(proxyUrl: string, server: string): Promise<KubeClient> {
    const path = join(folder, 'kubeconfig')
    const through = { server, 'insecure-skip-tls-verify': true, 'proxy-url': proxyUrl }
    const config = { ...JSON.parse(kubeconfig(server)), clusters: [{ name: 'double', cluster: through }] }
    await writeFile(path, JSON.stringify(config))
    return connect({ kubeconfigPath: path })
  }

  test('an HTTP proxy of the kubeconfig is used', async () => {
    api.answer((_, response) => sendJson(response, 200, SCALE))
    const client = await connectThrough(api.url, 'http://cluster.invalid')
    expect((await readScale(client, CHECKOUT)).replicas).toBe(3)
    expect(api.requests[0]?.headers.host).toBe('cluster.invalid')
  })

  test('a SOCKS proxy of the kubeconfig is used', async () => {
    api.answer((_, response) => sendJson(response, 200, SCALE))
    const proxy = await startSocksProxy(Number(new URL(api.url).port))
    const client = await connectThrough(proxy.url, 'http://cluster.invalid:6443')
    expect((await readScale(client, CHECKOUT)).replicas).toBe(3)
    expect(proxy.asked).toEqual(['cluster.invalid'])
    await proxy.close()
  })
})

describe('finding the cluster', () => {
  const options = { requestTimeoutMs: 1000, clock: systemClock }

  test('with nothing configured the error names everything that was tried', async () => {
    vi.stubEnv('KUBECONFIG', '')
    vi.stubEnv('HOME', folder)
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '')
    await expect(connectKube(options)).rejects.toThrow(
      /Tried: KUBECONFIG \(not set\); .*\.kube\/config \(no such file\); .*KUBERNETES_SERVICE_HOST is not set/,
    )
  })

  test('in a pod the service account’s address and namespace are taken', async () => {
    const mount = join(folder, 'var/run/secrets/kubernetes.io/serviceaccount')
    await mkdir(mount, { recursive: true })
    await writeFile(join(mount, 'token'), 'secret')
    await writeFile(join(mount, 'namespace'), 'evenkeel-system')
    await writeFile(join(mount, 'ca.crt'), '')
    vi.stubEnv('KUBECONFIG', '')
    vi.stubEnv('HOME', folder)
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1')
    vi.stubEnv('KUBERNETES_SERVICE_PORT', '443')
    const client = await connectKube({ ...options, serviceAccountRoot: folder })
    clients.push(client)
    expect([client.server, client.namespace]).toEqual(['https://10.0.0.1', 'evenkeel-system'])
  })

  test('KUBECONFIG and ~/.kube/config are found', async () => {
    vi.stubEnv('KUBECONFIG', api.kubeconfigPath)
    clients.push(await connectKube(options))
    await mkdir(join(folder, '.kube'))
    await writeFile(join(folder, '.kube/config'), kubeconfig('https://10.9.9.9:6443'))
    vi.stubEnv('KUBECONFIG', '')
    vi.stubEnv('HOME', folder)
    clients.push(await connectKube(options))
    expect(clients.map((client) => client.server)).toEqual([api.url, 'https://10.9.9.9:6443'])
    expect(clients[0]?.namespace).toBe('shop')
  })

  test.each([
    { name: 'a file that is not there', text: undefined, says: /can't be loaded.*no such file/ },
    { name: 'a file that is not YAML', text: '{[', says: /can't be loaded/ },
    { name: 'an empty file', text: '', says: /can't be loaded|not in/ },
    { name: 'an address that is none', text: kubeconfig('localhost'), says: /"localhost".*is not an http/ },
    {
      name: 'plain http without saying that it is meant so',
      text: kubeconfig('http://127.0.0.1:1').replace('"insecure-skip-tls-verify":true', '"x":1'),
      says: /plain http.*insecure-skip-tls-verify/,
    },
    {
      name: 'a context of another name',
      text: kubeconfig('https://127.0.0.1').replace('"current-context":"double"', '"current-context":"prod"'),
      says: /context "prod" is not in .*\(it has: double\)/,
    },
  ])('$name is a clear ConfigError', async ({ text, says }) => {
    const path = join(folder, 'kubeconfig')
    if (text !== undefined) await writeFile(path, text)
    const failure = await connectKube({ ...options, kubeconfigPath: path }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ConfigError)
    expect(String(failure)).toMatch(says)
  })

  test('a context asked for by name is used', async () => {
    await expect(connectKube({ ...options, kubeconfigPath: api.kubeconfigPath, context: 'prod' })).rejects.toThrow(
      /context "prod"/,
    )
    clients.push(await connectKube({ ...options, kubeconfigPath: api.kubeconfigPath, context: 'double' }))
  })
})
