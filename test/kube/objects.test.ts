// Requests for objects: what is sent for each, and how their answers are read.
import { expect, test } from 'vitest'
import { createObject, deleteObject, isServed, listPages } from '../../controller/kube/objects.ts'
import { PODS, SCALED_OBJECTS } from '../../controller/kube/resource-type.ts'
import { patchScale, readScale, writeMinimum } from '../../controller/kube/scale.ts'
import { sendJson, statusObject } from './api-double.ts'
import { CHECKOUT, failureOf, SCALE, useRig } from './rig.ts'

const rig = useRig()

test('scale: a fresh read, then a merge patch that names the version it stands on', async () => {
  rig.api.answer((_, response) => sendJson(response, 200, SCALE))
  const client = await rig.connect()
  expect(await readScale(client, CHECKOUT)).toEqual({
    uid: 'u1',
    resourceVersion: '7',
    replicas: 3,
    currentReplicas: 2,
    selector: 'app=checkout',
  })
  await patchScale(client, CHECKOUT, 5, '7')
  const patch = rig.api.requests[1]
  expect(patch?.path).toBe('/apis/apps/v1/namespaces/shop/deployments/checkout/scale')
  expect(patch?.headers['content-type']).toBe('application/merge-patch+json')
  expect(JSON.parse(patch?.body ?? '')).toEqual({ spec: { replicas: 5 }, metadata: { resourceVersion: '7' } })
})

test.each([
  ['HorizontalPodAutoscaler', '/apis/autoscaling/v1/namespaces/shop/horizontalpodautoscalers/h', 'minReplicas'],
  ['ScaledObject', '/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects/h', 'minReplicaCount'],
] as const)('the minimum of a %s is patched on condition of its version', async (kind, path, field) => {
  rig.api.answer((_, response) => sendJson(response, 200, { metadata: { resourceVersion: '9' } }))
  const ref = { kind, namespace: 'shop', name: 'h', resourceVersion: '8' }
  expect(await writeMinimum(await rig.connect(), ref, 6)).toEqual({ resourceVersion: '9' })
  expect(rig.api.requests[0]?.path).toBe(path)
  expect(JSON.parse(rig.api.requests[0]?.body ?? '')).toEqual({
    spec: { [field]: 6 },
    metadata: { resourceVersion: '8' },
  })
})

test('what is sent keeps every field, also those that client-node’s models don’t know', async () => {
  rig.api.answer((request, response) => sendJson(response, 201, JSON.parse(request.body)))
  const spec = { schema: { default: 1, enum: ['a'], 'x-kubernetes-validations': [{ rule: 'self > 0' }] } }
  const made = await createObject(await rig.connect(), PODS, { metadata: { namespace: 'shop', name: 'a' }, spec })
  expect(made.spec).toEqual(spec)
})

test('a list follows its pages', async () => {
  rig.api.answer((request, response) => {
    const page = Number(request.query.get('continue') ?? 0)
    const metadata = { resourceVersion: '5', ...(page < 2 ? { continue: String(page + 1) } : {}) }
    sendJson(response, 200, { metadata, items: [page] })
  })
  const items: unknown[] = []
  for await (const page of listPages(await rig.connect(), PODS, { labelSelector: 'app=a' }, { pageSize: 1 })) {
    items.push(...page.items)
  }
  expect(items).toEqual([0, 1, 2])
  expect(rig.api.requests.map((request) => request.query.get('labelSelector'))).toEqual(['app=a', 'app=a', 'app=a'])
})

test('a kind is served only when its group version lists it', async () => {
  const client = await rig.connect()
  rig.api.answer((_, response) => sendJson(response, 200, { resources: [{ name: 'triggerauthentications' }] }))
  expect(await isServed(client, SCALED_OBJECTS)).toBe(false)
  rig.api.answer((_, response) => sendJson(response, 200, { resources: [{ name: 'scaledobjects' }] }))
  expect(await isServed(client, SCALED_OBJECTS)).toBe(true)
  rig.api.answer((_, response) => sendJson(response, 404, statusObject(404, 'NotFound', '')))
  expect(await isServed(client, SCALED_OBJECTS)).toBe(false)
  rig.api.answer((_, response) => sendJson(response, 503, {}))
  expect((await failureOf(isServed(client, SCALED_OBJECTS))).status).toBe(503)
})

test('deleting what is gone is no failure', async () => {
  rig.api.answer((_, response) => sendJson(response, 404, statusObject(404, 'NotFound', '')))
  expect(await deleteObject(await rig.connect(), PODS, { namespace: 'shop', name: 'a' })).toBe(false)
})
