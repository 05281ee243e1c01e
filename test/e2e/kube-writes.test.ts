// Writes on condition against the real API server: server-side apply, status, scale and autoscalers.
import { expect, test, vi } from 'vitest'
import { applyObject, applyStatus, patchStatus } from '../../controller/kube/apply.ts'
import { at, numberAt, textAt } from '../../controller/kube/json.ts'
import { createObject, getObject, isServed, listObjects, mergePatch } from '../../controller/kube/objects.ts'
import {
  AUTOSCALERS,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  PODS,
  SCALED_OBJECTS,
  STATEFUL_SETS,
} from '../../controller/kube/resource-type.ts'
import { projectAutoscaler, projectPod, projectWorkload } from '../../controller/kube/resources.ts'
import { patchScale, readScale, writeMinimum } from '../../controller/kube/scale.ts'
import { failureOf } from '../kube/rig.ts'
import { customResource, deployment, NAMESPACE, soon, useKubeRig, WIDGETS } from './support/kube-rig.ts'

const rig = useKubeRig()

test('server-side apply owns exactly its fields: what is left out goes, what others wrote stays', async () => {
  const metadata = { namespace: NAMESPACE, name: 'applied' }
  await applyObject(rig.client, WIDGETS, { metadata, spec: { anything: { ours: 1, more: 2 } } })
  await mergePatch(rig.client, WIDGETS, metadata, { metadata: { labels: { theirs: 'yes' } } })
  const again = await applyObject(rig.client, WIDGETS, { metadata, spec: { anything: { ours: 1 } } })
  expect(at(again, 'spec', 'anything')).toEqual({ ours: 1 })
  expect(at(again, 'metadata', 'labels')).toEqual({ theirs: 'yes' })
})

test('a field that another manager applied is not taken without force', async () => {
  const metadata = { namespace: NAMESPACE, name: 'contested' }
  const theirs = { apiVersion: 'test.evenkeel.dev/v1', kind: 'Widget', metadata, spec: { mode: 'Enforce' } }
  await rig.client.request({
    method: 'PATCH',
    path: `/apis/test.evenkeel.dev/v1/namespaces/${NAMESPACE}/widgets/contested`,
    object: 'Widget default/contested',
    query: { fieldManager: 'gitops' },
    contentType: 'application/apply-patch+yaml',
    body: theirs,
  })
  const mine = { metadata, spec: { mode: 'Observe' } }
  const error = await failureOf(applyObject(rig.client, WIDGETS, mine))
  expect([error.status, /gitops/.test(error.message)]).toEqual([409, true])
  expect(at(await applyObject(rig.client, WIDGETS, mine, { force: true }), 'spec', 'mode')).toBe('Observe')
})

test('status is applied whole, patched in part, and never with a stale version', async () => {
  const ref = { namespace: NAMESPACE, name: 'with-status' }
  const made = await createObject(rig.client, WIDGETS, { metadata: ref, spec: {} })
  const applied = await applyStatus(rig.client, WIDGETS, ref, { phase: 'Open', peak: 3 })
  expect(applied.status).toEqual({ phase: 'Open', peak: 3 })
  expect((await applyStatus(rig.client, WIDGETS, ref, { phase: 'Open' })).status).toEqual({ phase: 'Open' })
  const patched = await patchStatus(rig.client, WIDGETS, ref, { epoch: 2 })
  expect(patched.status).toEqual({ phase: 'Open', epoch: 2 })
  const stale = { resourceVersion: textAt(made, 'metadata', 'resourceVersion') }
  expect((await failureOf(patchStatus(rig.client, WIDGETS, ref, { epoch: 3 }, stale))).status).toBe(409)
  const fresh = { resourceVersion: textAt(patched, 'metadata', 'resourceVersion') }
  expect((await patchStatus(rig.client, WIDGETS, ref, { epoch: 3 }, fresh)).status).toMatchObject({ epoch: 3 })
  expect((await failureOf(applyStatus(rig.client, WIDGETS, { ...ref, name: 'absent' }, {}))).status).toBe(404)
})

test.each(['Deployment', 'StatefulSet'] as const)(
  'the scale of a %s: a stale version is refused and nothing written',
  async (kind) => {
    const name = `scaled-${kind.toLowerCase()}`
    const type = kind === 'Deployment' ? DEPLOYMENTS : STATEFUL_SETS
    await createObject(rig.client, type, deployment(name, kind === 'StatefulSet' ? { serviceName: name } : {}))
    const ref = { kind, namespace: NAMESPACE, name }
    const before = await readScale(rig.client, ref)
    expect(before).toMatchObject({ replicas: 1, selector: `app=${name}` })
    // Someone else changes anything at all.
    const changed = await mergePatch(rig.client, type, ref, { metadata: { annotations: { someone: 'else' } } })
    const error = await failureOf(patchScale(rig.client, ref, 5, before.resourceVersion))
    expect([error.status, error.reason]).toEqual([409, 'Conflict'])
    expect((await readScale(rig.client, ref)).replicas).toBe(1)
    expect(changed.metadata).toMatchObject({ annotations: { someone: 'else' } })
    // The controllers write its status meanwhile: read again and decide anew, as the loop does.
    const scaled = await vi.waitFor(async () => {
      const now = await readScale(rig.client, ref)
      return patchScale(rig.client, ref, 3, now.resourceVersion)
    }, soon)
    expect(scaled.replicas).toBe(3)
    expect(projectWorkload(kind)(await getObject(rig.client, type, ref))).toMatchObject({
      kind,
      name,
      replicas: 3,
      readyReplicas: 0,
    })
    await vi.waitFor(async () => {
      const pods = (await listObjects(rig.client, PODS, { namespace: NAMESPACE, labelSelector: `app=${name}` })).map(
        projectPod,
      )
      expect(pods.length).toBe(kind === 'Deployment' ? 3 : 1)
      expect(pods[0]).toMatchObject({
        phase: 'Pending',
        ready: false,
        terminating: false,
        containers: [{ name: 'web', cpuCores: 0.5, ports: [{ name: 'metrics', port: 9100 }] }],
      })
    }, soon)
  },
)

test('the minimum of an autoscaler is raised only on the version that was seen', async () => {
  const metadata = { namespace: NAMESPACE, name: 'hpa' }
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nobody' }
  const made = projectAutoscaler(
    await createObject(rig.client, AUTOSCALERS, { metadata, spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 9 } }),
  )
  expect(made).toMatchObject({
    minReplicas: 2,
    maxReplicas: 9,
    scaleTargetRef: { kind: 'Deployment', name: 'nobody' },
  })
  const kind = 'HorizontalPodAutoscaler'
  // Its controller writes status, so the version may move under us: hence read, write, and again on 409.
  await vi.waitFor(async () => {
    const { resourceVersion } = projectAutoscaler(await getObject(rig.client, AUTOSCALERS, metadata))
    await writeMinimum(rig.client, { kind, ...metadata, resourceVersion }, 4)
  }, soon)
  const error = await failureOf(
    writeMinimum(rig.client, { kind, ...metadata, resourceVersion: made.resourceVersion }, 7),
  )
  expect(error.status).toBe(409)
  expect(projectAutoscaler(await getObject(rig.client, AUTOSCALERS, metadata)).minReplicas).toBe(4)
})

test('KEDA is found once its CRD is there, and a ScaledObject’s minimum is written', async () => {
  expect(await isServed(rig.client, SCALED_OBJECTS)).toBe(false)
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  await createObject(rig.client, CUSTOM_RESOURCE_DEFINITIONS, customResource(SCALED_OBJECTS, open))
  await vi.waitFor(async () => expect(await isServed(rig.client, SCALED_OBJECTS)).toBe(true), soon)
  const metadata = { namespace: NAMESPACE, name: 'keda' }
  const made = await vi.waitFor(
    () => createObject(rig.client, SCALED_OBJECTS, { metadata, spec: { scaleTargetRef: { name: 'web' } } }),
    soon,
  )
  const resourceVersion = textAt(made, 'metadata', 'resourceVersion') ?? ''
  await writeMinimum(rig.client, { kind: 'ScaledObject', ...metadata, resourceVersion }, 3)
  expect(numberAt(await getObject(rig.client, SCALED_OBJECTS, metadata), 'spec', 'minReplicaCount')).toBe(3)
  const error = await failureOf(writeMinimum(rig.client, { kind: 'ScaledObject', ...metadata, resourceVersion }, 5))
  expect(error.status).toBe(409)
})
