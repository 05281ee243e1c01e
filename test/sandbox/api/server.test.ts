// What is only the sandbox's own: its start and end, its bounds, and that nothing sent to it takes it down.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { listAt, textAt } from '../../../controller/kube/json.ts'
import { type ApiOptions, type SandboxApi, startApi } from '../../../sandbox/api/server.ts'
import { createTemporaryFolder } from '../../../sandbox/processes/temporary-folder.ts'
import { BOAT_CRD } from '../../kube-conformance/suite/boat-crd.ts'
import {
  BOATS,
  boat,
  CRDS,
  configMap,
  DEPLOYMENTS,
  deployment,
  EVENTS,
  PODS,
  pod,
  SERVICES,
  TABLE,
} from '../../kube-conformance/suite/paths.ts'
import {
  expectCode,
  expectRefusal,
  openSubject,
  type Subject,
  versionOf,
} from '../../kube-conformance/suite/subject.ts'

interface Running extends AsyncDisposable {
  readonly api: SandboxApi
  readonly subject: Subject
}

async function start(options: ApiOptions = {}): Promise<Running> {
  const api = await startApi(options)
  const folder = createTemporaryFolder('evenkeel-api-')
  const path = join(folder.path, 'kubeconfig')
  writeFileSync(path, api.kubeconfig)
  const subject = openSubject('sandbox', path)
  return {
    api,
    subject,
    async [Symbol.asyncDispose]() {
      await subject.close()
      await api.close()
      await folder.remove()
    },
  }
}

const MAPS = '/api/v1/namespaces/default/configmaps'
const map = (name: string, text = '') => ({ metadata: { name }, data: { text } })

describe('starting', () => {
  test('gives a kubeconfig for the namespace of the shop, and the namespaces are there', async () => {
    await using running = await start()
    const config: unknown = parse(running.api.kubeconfig)
    expect(config).toMatchObject({ 'current-context': 'sandbox' })
    expect(textAt(listAt(config, 'contexts')[0], 'context', 'namespace')).toBe('shop')
    expect(textAt(listAt(config, 'clusters')[0], 'cluster', 'server')).toBe(running.api.url)
    const list = expectCode(await running.subject.call('GET', '/api/v1/namespaces'), 200)
    expect(listAt(list, 'items').map((one) => textAt(one, 'metadata', 'name'))).toEqual([
      'default',
      'kube-system',
      'shop',
    ])
  })

  test('serves the CRDs that it is given at once', async () => {
    await using running = await start({ crds: [BOAT_CRD] })
    expectCode(await running.subject.call('GET', '/apis/conformance.test/v1/boats'), 200)
  })

  test('fails with a reason for a CRD that is none, and for a port that is taken', async () => {
    await expect(startApi({ crds: [{ metadata: { name: 'x' } }] })).rejects.toThrow('spec.group: Required value')
    await using running = await start()
    await expect(startApi({ port: Number(new URL(running.api.url).port) })).rejects.toThrow('EADDRINUSE')
  })

  test('keeps two apart', async () => {
    await using one = await start()
    await using two = await start()
    expectCode(await one.subject.call('POST', MAPS, { body: map('only-one') }), 201)
    expectRefusal(await two.subject.call('GET', `${MAPS}/only-one`), 404, 'NotFound')
    expect(one.api.kubeconfig).not.toBe(two.api.kubeconfig)
  })
})

describe('without the token', () => {
  test.each(['/api/v1/pods', '/apis', '/nowhere', '/api/v1/namespaces/default/pods?watch=true'])(
    '%s is 401',
    async (path) => {
      await using running = await start()
      expectRefusal(await running.subject.call('GET', path, { token: '' }), 401, 'Unauthorized')
    },
  )

  test('nothing can be written', async () => {
    await using running = await start()
    expectRefusal(
      await running.subject.call('POST', MAPS, { body: map('x'), token: 'x'.repeat(64) }),
      401,
      'Unauthorized',
    )
  })
})

describe('the history', () => {
  test('is bounded: a watch from before it is told to list again', async () => {
    await using running = await start({ history: 10 })
    const { call, watch } = running.subject
    const first = expectCode(await call('POST', MAPS, { body: map('first') }), 201)
    for (let count = 0; count < 40; count += 1) {
      expectCode(await call('PATCH', `${MAPS}/first`, { body: { data: { text: String(count) } } }), 200)
    }
    const old = await watch(MAPS, { resourceVersion: versionOf(first) })
    expect((await old.first(() => true)).object).toMatchObject({ code: 410, reason: 'Expired' })
    await old.ended
  })

  test('of one collection is not used up by another', async () => {
    await using running = await start({ history: 10 })
    const { call, watch } = running.subject
    const namespace = expectCode(
      await call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'quiet' } } }),
      201,
    )
    expectCode(await call('POST', MAPS, { body: map('busy') }), 201)
    for (let count = 0; count < 40; count += 1) {
      expectCode(await call('PATCH', `${MAPS}/busy`, { body: { data: { text: String(count) } } }), 200)
    }
    expectCode(await call('DELETE', '/api/v1/namespaces/quiet'), 200)
    const quiet = await watch('/api/v1/namespaces', { resourceVersion: versionOf(namespace) })
    await quiet.first(({ type }) => type === 'DELETED')
    quiet.close()
  })

  test('ends a list in pages that takes too long', async () => {
    await using running = await start({ history: 10 })
    const { call } = running.subject
    for (const name of ['a', 'b']) expectCode(await call('POST', MAPS, { body: map(name) }), 201)
    const page = expectCode(await call('GET', MAPS, { query: { limit: 1 } }), 200)
    for (let count = 0; count < 40; count += 1) {
      expectCode(await call('PATCH', `${MAPS}/a`, { body: { data: { text: String(count) } } }), 200)
    }
    const query = { limit: 1, continue: textAt(page, 'metadata', 'continue') ?? '' }
    expectRefusal(await call('GET', MAPS, { query }), 410, 'Expired')
  })

  test('of a server before this one is too old', async () => {
    await using running = await start()
    const before = await start()
    const made = expectCode(await before.subject.call('GET', MAPS), 200)
    await before[Symbol.asyncDispose]()
    await using after = await start()
    const watch = await after.subject.watch(MAPS, { resourceVersion: String(Number(versionOf(made)) - 100_000) })
    expect((await watch.first(() => true)).object).toMatchObject({ code: 410 })
    expectCode(await running.subject.call('GET', MAPS), 200)
  })
})

test('a watcher that reads nothing is cut off', async () => {
  await using running = await start()
  const url = new URL(running.api.url)
  const config: unknown = parse(running.api.kubeconfig)
  const ca = Buffer.from(textAt(listAt(config, 'clusters')[0], 'cluster', 'certificate-authority-data') ?? '', 'base64')
  const token = textAt(listAt(config, 'users')[0], 'user', 'token')
  const socket = connect({ host: '127.0.0.1', port: Number(url.port), ca })
  await once(socket, 'secureConnect')
  socket.on('error', () => {})
  socket.write(`GET ${MAPS}?watch=true HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`)
  await once(socket, 'data')
  socket.pause()
  const closed = once(socket, 'close')
  const big = 'x'.repeat(1024 * 1024)
  for (let count = 0; count < 24; count += 1) {
    expectCode(
      await running.subject
        .call('PUT', `${MAPS}/big`, { body: map('big', `${count}${big}`) })
        .then(async (reply) =>
          reply.code === 404 ? running.subject.call('POST', MAPS, { body: map('big', big) }) : reply,
        ),
      count === 0 ? 201 : 200,
    )
  }
  socket.resume()
  await closed
})

test('a deletion in the foreground, or of an orphaning parent, waits for the garbage collector', async () => {
  await using running = await start()
  const { call } = running.subject
  for (const [policy, finalizer] of [
    ['Foreground', 'foregroundDeletion'],
    ['Orphan', 'orphan'],
  ]) {
    const name = `by-${policy?.toLowerCase()}`
    expectCode(await call('POST', MAPS, { body: map(name) }), 201)
    expectCode(await call('DELETE', `${MAPS}/${name}`, { body: { propagationPolicy: policy } }), 200)
    const held = expectCode(await call('GET', `${MAPS}/${name}`), 200)
    expect(held.metadata).toMatchObject({ finalizers: [finalizer], deletionTimestamp: expect.any(String) })
    expectCode(await call('PATCH', `${MAPS}/${name}`, { body: { metadata: { finalizers: null } } }), 200)
    expectRefusal(await call('GET', `${MAPS}/${name}`), 404, 'NotFound')
  }
})

test('a watch tells newer clients when they have seen all that there was', async () => {
  await using running = await start()
  const query = { sendInitialEvents: true, allowWatchBookmarks: true, resourceVersionMatch: 'NotOlderThan' }
  const watch = await running.subject.watch('/api/v1/namespaces', query)
  const { object } = await watch.first(({ type }) => type === 'BOOKMARK')
  expect(object.metadata).toMatchObject({ annotations: { 'k8s.io/initial-events-end': 'true' } })
  expect(watch.events.map(({ type }) => type)).toEqual(['ADDED', 'ADDED', 'ADDED', 'BOOKMARK'])
  watch.close()
})

test('closing ends watches and idle connections at once', async () => {
  const running = await start()
  const watch = await running.subject.watch(MAPS)
  const startedAt = performance.now()
  await running.api.close()
  await watch.ended
  expect(performance.now() - startedAt).toBeLessThan(1000)
  await running[Symbol.asyncDispose]()
})

describe('whatever is sent', () => {
  let running: Running | undefined
  beforeAll(async () => {
    running = await start({ crds: [BOAT_CRD] })
  })
  afterAll(() => running?.[Symbol.asyncDispose]())

  const path = fc.constantFrom(
    MAPS,
    `${MAPS}/one`,
    '/api/v1/namespaces/default/pods',
    '/api/v1/namespaces/default/pods/one/status',
    '/api/v1/namespaces/default/pods/one/binding',
    '/apis/apps/v1/namespaces/default/deployments',
    '/apis/apps/v1/namespaces/default/deployments/one',
    '/apis/apps/v1/namespaces/default/deployments/one/scale',
    '/apis/conformance.test/v1/namespaces/default/boats',
    '/apis/conformance.test/v1/namespaces/default/boats/one',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    '/api/v1/nodes',
    '/%zz',
    '/api/v1/namespaces/%00/pods/..%2f..',
  )
  const key = fc.constantFrom(
    'metadata',
    'spec',
    'status',
    'name',
    'labels',
    'kind',
    'replicas',
    'template',
    'containers',
    'versions',
    'names',
    '__proto__',
    'constructor',
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<unknown>(null, 0, -1, 'one', '', true, 'Pod', 'v1'),
      fc.dictionary(key, tie('tree')),
      fc.array(tie('tree'), { maxLength: 3 }),
    ),
  }))
  const type = fc.constantFrom(
    'application/json',
    'application/yaml',
    'application/merge-patch+json',
    'application/json-patch+json',
    'application/strategic-merge-patch+json',
    'application/apply-patch+yaml',
  )

  test('the answer is JSON, and a refusal is a Status that blames the request', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
        path,
        type,
        tree,
        async (method, to, contentType, body) => {
          const subject = running?.subject
          if (subject === undefined) throw new Error('there is no server')
          const options = method === 'GET' ? {} : { body: body ?? null, contentType, query: { fieldManager: 'fuzz' } }
          const reply = await subject.call(method, to, options)
          if (reply.code >= 300) expect(reply.body).toMatchObject({ kind: 'Status', code: reply.code })
          expect(reply.code, JSON.stringify([method, to, contentType, body, reply.body])).toBeLessThan(500)
        },
      ),
      { numRuns: 600 },
    )
    expectCode(await (running?.subject ?? raise()).call('GET', '/readyz'), 200)
  })
})

describe('an object that is right but for one field', () => {
  const MUTATED = [
    [MAPS, configMap('one', { a: '1' })],
    [PODS.replace('/conformance/', '/default/'), pod('one')],
    [DEPLOYMENTS.replace('/conformance/', '/default/'), deployment('one')],
    [
      BOATS.replace('/conformance/', '/default/'),
      boat('one', { hull: 'steel', cabins: [{ deck: 'a' }], flags: { a: '1' } }),
    ],
    [SERVICES.replace('/conformance/', '/default/'), { metadata: { name: 'one' }, spec: { ports: [{ port: 80 }] } }],
    [EVENTS.replace('/conformance/', '/default/'), { metadata: { name: 'one' }, involvedObject: { name: 'x' } }],
    [CRDS, BOAT_CRD],
  ] as const
  const odd = fc.constantFrom<unknown>(
    null,
    0,
    -1,
    1.5,
    '',
    'x',
    true,
    [],
    {},
    [null],
    ['x'],
    [{}],
    { a: null },
    { name: 1 },
  )
  const verb = fc.constantFrom(
    ['POST', 'application/json'],
    ['PUT', 'application/json'],
    ['PATCH', 'application/merge-patch+json'],
    ['PATCH', 'application/strategic-merge-patch+json'],
    ['PATCH', 'application/apply-patch+yaml'],
  )

  test('is taken, or refused with the blame on the request, and can then be listed, printed and watched', async () => {
    await using running = await start({ crds: [BOAT_CRD] })
    const { call } = running.subject
    for (const [path, object] of MUTATED) if (path !== CRDS) expectCode(await call('POST', path, { body: object }), 201)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...MUTATED), verb, odd, fc.nat(), async ([path, object], how, value, seed) => {
        const places = placesOf(object)
        const place = places[seed % places.length] ?? []
        const [method = '', contentType = ''] = how
        const name = textAt(object, 'metadata', 'name')
        const body = withValueAt(object, place, value)
        const query = { fieldManager: 'fuzz', force: contentType.includes('apply') }
        // A CRD that was really changed would rightly stop serving what the other requests are about.
        const options = { body, contentType, query: path === CRDS ? { ...query, dryRun: 'All' } : query }
        const reply = await call(method, method === 'POST' ? path : `${path}/${name}`, options)
        expect(reply.code, JSON.stringify([method, contentType, place, value, reply.body])).toBeLessThan(500)
        for (const accept of ['application/json', TABLE]) {
          const list = await call('GET', path, { accept })
          expect(list.code, JSON.stringify([place, value, list.body])).toBe(200)
        }
      }),
      { numRuns: 400 },
    )
  })
})

/** The paths of every field and item. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([name, part]) => placesOf(part, [...path, name]))]
}

function withValueAt(value: unknown, [name, ...rest]: readonly string[], next: unknown): unknown {
  if (name === undefined) return next
  const copy: Record<string, unknown> = Object.assign(Array.isArray(value) ? [] : {}, value)
  copy[name] = withValueAt(copy[name], rest, next)
  return copy
}

function raise(): never {
  throw new Error('there is no server')
}
