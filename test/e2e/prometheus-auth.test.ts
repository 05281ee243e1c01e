// A Guard whose Prometheus wants a password: granted one Secret by the example's Role, refused without, and never telling it.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { KubeClient } from '../../controller/kube/client.ts'
import { isObject, type JsonObject, textAt } from '../../controller/kube/json.ts'
import { createObject, getObject, listObjects, mergePatch } from '../../controller/kube/objects.ts'
import { DEPLOYMENTS, EVENTS, GUARDS, type ResourceType, SECRETS } from '../../controller/kube/resource-type.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import { startTestPrometheus, type TestPrometheus } from '../observe/prometheus/server.ts'
import {
  type Controller,
  conditionOf,
  connectAs,
  install,
  startController,
  statusOf,
  until,
} from './support/product.ts'

const NAMESPACE = 'shop'
const GUARD = { namespace: NAMESPACE, name: 'checkout' }
const USER = { username: 'evenkeel', password: 'hush-hush-9Zq' }
const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' }
const TYPES: Readonly<Record<string, ResourceType>> = {
  Secret: SECRETS,
  Role: { ...RBAC, plural: 'roles', kind: 'Role' },
  RoleBinding: { ...RBAC, plural: 'rolebindings', kind: 'RoleBinding' },
}
let cluster: ControlPlane
let admin: KubeClient
let controller: Controller
let prometheus: TestPrometheus
let service: Server
let requests = 0

beforeAll(async () => {
  service = createServer((_request, response) => {
    requests += 5
    response.end(`# TYPE shop_requests_total counter\nshop_requests_total ${requests}\n`)
  }).listen(0, '127.0.0.1')
  await once(service, 'listening')
  const address = service.address()
  const port = typeof address === 'object' ? address?.port : 0
  prometheus = await startTestPrometheus({ targets: [{ address: `127.0.0.1:${port}`, labels: {} }], web: USER })
  cluster = await startControlPlane()
  admin = await connectAs(cluster.kubeconfig)
  await install(admin, ['evenkeel'], [NAMESPACE])
  controller = await startController(cluster.kubeconfigFor('evenkeel'))
})
afterAll(async () => {
  expect(await controller?.stop()).toBe(0)
  await admin?.close()
  await cluster?.stop()
  await prometheus?.stop()
  service?.closeAllConnections()
  service?.close()
})

/** The example's objects, for this server and this user of the API, with a password that is wrong as yet. */
function example(): JsonObject[] {
  const source = readFileSync(new URL('../../deploy/examples/prometheus-secret.yaml', import.meta.url), 'utf8')
  return parseAllDocuments(source).map((document): JsonObject => {
    const object: unknown = document.toJS()
    if (!isObject(object)) throw new Error('the example holds no object')
    if (object.kind === 'RoleBinding')
      return { ...object, subjects: [{ apiGroup: RBAC.group, kind: 'User', name: 'evenkeel' }] }
    if (object.kind !== 'Secret') return object
    const metadata = isObject(object.metadata) ? object.metadata : {}
    return { ...object, metadata: { ...metadata, annotations: { 'evenkeel.dev/prometheus-url': prometheus.url } } }
  })
}

const whyNot = async () => (await statusOf(admin, GUARD)).signals?.rps?.why

it('is unknown without the right to the Secret and with a wrong password, and seen with both; nothing tells the password', async () => {
  const labels = { app: 'checkout' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web' }] } }
  const deployment = { replicas: 1, selector: { matchLabels: labels }, template }
  await createObject(admin, DEPLOYMENTS, { metadata: GUARD, spec: deployment })
  const auth = { secret: 'prometheus-credentials' }
  const from = { prometheus: { url: prometheus.url, interval: '1s', match: { job: 'test' }, auth } }
  const signals = { profile: 'generic', rps: { metric: 'shop_requests_total' }, from }
  await createObject(admin, GUARDS, { metadata: GUARD, spec: { target: { name: 'checkout' }, signals } })

  await until('it says that the Secret may not be read', async () =>
    /Secret shop\/prometheus-credentials may not be read: grant get/.test((await whyNot()) ?? ''),
  )
  expect(conditionOf(await statusOf(admin, GUARD), 'Observed')?.status).toBe('False')

  for (const object of example()) {
    const type = TYPES[textAt(object, 'kind') ?? '']
    if (type === undefined) throw new Error(`${textAt(object, 'kind')} is not known here`)
    await createObject(admin, type, object)
  }
  await until('it says that the password is wrong', async () =>
    /HTTP 401: it does not accept the credentials of Secret shop\/prometheus-credentials/.test((await whyNot()) ?? ''),
  )

  await mergePatch(admin, SECRETS, { namespace: NAMESPACE, name: auth.secret }, { stringData: USER })
  const status = await until('the load is seen', async () => {
    const now = await statusOf(admin, GUARD)
    return (now.signals?.rps?.value ?? 0) > 0 ? now : undefined
  })
  expect(status.signals?.rps?.value).toBeCloseTo(5, 0)

  const pair = Buffer.from(`${USER.username}:${USER.password}`).toString('base64')
  const metrics = await (await fetch(`${controller.url}/metrics`)).text()
  const events = await listObjects(admin, EVENTS, { namespace: NAMESPACE })
  const told = JSON.stringify([controller.log, metrics, events, await getObject(admin, GUARDS, GUARD)])
  expect(told).toContain('prometheus-credentials')
  for (const secret of [USER.password, Buffer.from(USER.password).toString('base64'), pair, 'change-me'])
    expect(told).not.toContain(secret)
})

it('has the right to that one Secret, and to no other', async () => {
  const evenkeel = await connectAs(cluster.kubeconfigFor('evenkeel'))
  try {
    await createObject(admin, SECRETS, { metadata: { namespace: NAMESPACE, name: 'other' } })
    expect(await getObject(evenkeel, SECRETS, { namespace: NAMESPACE, name: 'prometheus-credentials' })).toBeDefined()
    await expect(getObject(evenkeel, SECRETS, { namespace: NAMESPACE, name: 'other' })).rejects.toMatchObject({
      status: 403,
    })
    await expect(listObjects(evenkeel, SECRETS, { namespace: NAMESPACE })).rejects.toMatchObject({ status: 403 })
  } finally {
    await evenkeel.close()
  }
})
