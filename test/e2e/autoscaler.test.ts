// Another owner of the replicas: its minimum is raised in place of writing beside it, and given back when calm returns.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { numberAt } from '../../controller/kube/json.ts'
import { createObject, getObject, mergePatch } from '../../controller/kube/objects.ts'
import { AUTOSCALERS, CUSTOM_RESOURCE_DEFINITIONS, SCALED_OBJECTS } from '../../controller/kube/resource-type.ts'
import { systemClock } from '../../controller/model/clock.ts'
import { type Controller, conditionOf, startController, statusOf, until } from './support/product.ts'
import { NAMESPACE, quickGuard, startWorld, type World } from './support/world.ts'

let world: World
let controller: Controller

beforeAll(async () => {
  world = await startWorld()
  controller = await startController(world.cluster.kubeconfigFor('evenkeel'))
})
afterAll(async () => {
  await controller?.stop()
  await world?.stop()
})

async function healthyGuard(name: string) {
  const guard = await world.guard(name, quickGuard(name))
  await until(
    'the Guard is healthy',
    async () => conditionOf(await statusOf(world.admin, guard), 'Healthy')?.status === 'True',
  )
  return guard
}

function autoscaler(name: string, more: object = {}) {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name }
  return { metadata: { namespace: NAMESPACE, name, ...more }, spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 6 } }
}

describe('a HorizontalPodAutoscaler on the same target', () => {
  it('gets a higher minimum under load, scales the target itself, and gets its minimum back', async () => {
    await world.deploy('checkout', 2)
    await createObject(world.admin, AUTOSCALERS, autoscaler('checkout'))
    const guard = await healthyGuard('checkout')
    const minimum = async () =>
      numberAt(
        await getObject(world.admin, AUTOSCALERS, { namespace: NAMESPACE, name: 'checkout' }),
        'spec',
        'minReplicas',
      )

    const load = await world.load('checkout', 130)
    await until('its minimum is raised', async () => (await minimum()) === 4)
    // The controller manager looks every 15 s.
    await until('the autoscaler has scaled', async () => (await world.replicasOf('checkout')) === 4, 60_000)
    const raised = await until('it is told', async () => {
      const now = await statusOf(world.admin, guard)
      return now.recentActions?.at(-1)?.outcome === 'Done' ? now : undefined
    })
    expect(raised.recentActions).toMatchObject([{ field: 'HorizontalPodAutoscaler/checkout minimum', from: 2, to: 4 }])
    expect(raised.raisedMinimum).toEqual({ kind: 'HorizontalPodAutoscaler', name: 'checkout', original: 2 })

    await load.stop()
    await until('its minimum is given back', async () => (await minimum()) === 2)
    const back = await until('it is told', async () => {
      const now = await statusOf(world.admin, guard)
      return now.recentActions?.length === 2 && now.recentActions[1]?.outcome === 'Done' ? now : undefined
    })
    expect(back.recentActions?.map(({ field, from, to }) => [field, from, to])).toEqual([
      ['HorizontalPodAutoscaler/checkout minimum', 2, 4],
      ['HorizontalPodAutoscaler/checkout minimum', 4, 2],
    ])
    expect(back.raisedMinimum).toBeUndefined()
  })
})

describe('a KEDA ScaledObject on the same target', () => {
  it('gets a higher minimum itself, since it would undo one of its autoscaler', async () => {
    await createObject(world.admin, CUSTOM_RESOURCE_DEFINITIONS, SCALED_OBJECT_CRD)
    await world.deploy('catalogue', 2)
    await until('ScaledObjects are served', async () => {
      await createObject(world.admin, SCALED_OBJECTS, {
        metadata: { namespace: NAMESPACE, name: 'catalogue' },
        spec: { scaleTargetRef: { name: 'catalogue' }, minReplicaCount: 2, maxReplicaCount: 6 },
      })
      return true
    })
    const scaledObject = () => getObject(world.admin, SCALED_OBJECTS, { namespace: NAMESPACE, name: 'catalogue' })
    const uid = String((await scaledObject()).metadata && Reflect.get(Object((await scaledObject()).metadata), 'uid'))
    const ownerReferences = [{ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'catalogue', uid }]
    await createObject(
      world.admin,
      AUTOSCALERS,
      autoscaler('catalogue', { name: 'keda-hpa-catalogue', ownerReferences }),
    )
    await healthyGuard('catalogue')
    const operator = playOperator()

    const load = await world.load('catalogue', 130)
    await until('its minimum is raised', async () => numberAt(await scaledObject(), 'spec', 'minReplicaCount') === 4)
    await until('the autoscaler has scaled', async () => (await world.replicasOf('catalogue')) === 4, 60_000)
    await load.stop()
    await until(
      'its minimum is given back',
      async () => numberAt(await scaledObject(), 'spec', 'minReplicaCount') === 2,
    )
    await operator.stop()
    const { recentActions } = await statusOf(world.admin, { namespace: NAMESPACE, name: 'catalogue' })
    expect(new Set(recentActions?.map((action) => action.field))).toEqual(new Set(['ScaledObject/catalogue minimum']))
  })
})

/** What KEDA's operator does: it keeps the autoscaler it made as its ScaledObject says, whoever changed it. */
function playOperator() {
  const ref = { namespace: NAMESPACE, name: 'catalogue' }
  const ending = new AbortController()
  const running = (async () => {
    while (!ending.signal.aborted) {
      const minReplicas = numberAt(await getObject(world.admin, SCALED_OBJECTS, ref), 'spec', 'minReplicaCount')
      await mergePatch(world.admin, AUTOSCALERS, { ...ref, name: 'keda-hpa-catalogue' }, { spec: { minReplicas } })
      await systemClock.sleep(200)
    }
  })()
  return {
    stop: () => {
      ending.abort()
      return running
    },
  }
}

/** The part of KEDA's own definition that is read and written here. */
const SCALED_OBJECT_CRD = {
  metadata: { name: 'scaledobjects.keda.sh' },
  spec: {
    group: 'keda.sh',
    scope: 'Namespaced',
    names: { kind: 'ScaledObject', listKind: 'ScaledObjectList', plural: 'scaledobjects', singular: 'scaledobject' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}
