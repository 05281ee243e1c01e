// A worker whose queue is told by another Deployment behind a Service: scaled by its depth, and left alone while it is not seen.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { explainGuard } from '../../controller/cli/explain.ts'
import { createObject, getObject, mergePatch } from '../../controller/kube/objects.ts'
import { DEPLOYMENTS, GUARDS, SERVICES } from '../../controller/kube/resource-type.ts'
import { HTTP_PORT, httpContainer } from '../cluster/http-pod.ts'
import { type Controller, conditionOf, startController, statusOf, until } from './support/product.ts'
import { NAMESPACE, quickGuard, startWorld, type World } from './support/world.ts'

let world: World
let controller: Controller

beforeAll(async () => {
  world = await startWorld()
  controller = await startController(world.cluster.kubeconfigFor('evenkeel'))
})
afterAll(async () => {
  expect(await controller?.stop()).toBe(0)
  await world?.stop()
})

/** Serves a queue's depth, which POST sets. */
const EXPORTER = `
let depth = 10
require('node:http').createServer((request, response) => {
  if (request.method === 'POST') depth = Number(request.url.slice(1))
  response.end('jobs_waiting{queue="orders"} ' + depth + '\\njobs_waiting{queue="mail"} 99999\\n')
}).listen(${HTTP_PORT}, process.env.POD_IP)
process.on('SIGTERM', () => process.exit())`

async function deploy(name: string, replicas: number, container: object): Promise<void> {
  await createObject(world.admin, DEPLOYMENTS, {
    metadata: { namespace: NAMESPACE, name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { terminationGracePeriodSeconds: 1, containers: [container] },
      },
    },
  })
  await ready(name, replicas)
}

const ready = (name: string, replicas: number) =>
  until(`${replicas} pods of ${name} are ready`, async () => {
    const pods = await world.podsOf(name)
    return pods.filter((pod) => pod.ready).length === replicas && pods.length === replicas
  })

async function setDepth(depth: number): Promise<void> {
  const [pod] = await world.podsOf('jobs')
  const response = await fetch(`http://${pod?.podIP}:${HTTP_PORT}/${depth}`, { method: 'POST' })
  expect(response.status).toBe(200)
}

async function ticks(): Promise<number> {
  const metrics = await (await fetch(`${controller.url}/metrics`)).text()
  return Number(/^evenkeel_tick_duration_seconds_count (\d+)$/m.exec(metrics)?.[1] ?? Number.NaN)
}

it('scales on the depth of that queue; its exporter killed, it is unknown and nothing is scaled in', async () => {
  // The worker itself serves no metrics at all.
  await Promise.all([
    deploy('worker', 1, httpContainer()),
    deploy('jobs', 1, httpContainer({ command: ['node', '-e', EXPORTER], readinessProbe: undefined })),
    createObject(world.admin, SERVICES, {
      metadata: { namespace: NAMESPACE, name: 'jobs' },
      spec: { selector: { app: 'jobs' }, ports: [{ name: 'metrics', port: 80, targetPort: 'http' }] },
    }),
  ])
  const guard = await world.guard(
    'worker',
    quickGuard('worker', {
      signals: {
        from: { scrape: { interval: '500ms' } },
        profile: 'generic',
        queue: { metric: 'jobs_waiting', match: { queue: 'orders' }, service: 'jobs' },
      },
      limits: { queue: 100, window: '2s', hold: '1s', release: { below: '80%', for: '4s' } },
      scale: { min: 1, max: 4, perReplica: undefined, cooldown: '1s' },
    }),
  )
  await until(
    'the Guard is healthy',
    async () => conditionOf(await statusOf(world.admin, guard), 'Healthy')?.status === 'True',
  )
  expect((await statusOf(world.admin, guard)).signals).toMatchObject({
    queue: { value: 10, from: 'Service jobs' },
  })
  expect(await world.replicasOf('worker')).toBe(1)

  await setDepth(1_000)
  await until('it is scaled out', async () => (await world.replicasOf('worker')) === 4)
  await ready('worker', 4)
  await setDepth(10)
  await until(
    'the breach is over, so that only what is not seen stands in the way of scaling in',
    async () => conditionOf(await statusOf(world.admin, guard), 'Healthy')?.status === 'True',
  )

  await mergePatch(world.admin, DEPLOYMENTS, { namespace: NAMESPACE, name: 'jobs' }, { spec: { replicas: 0 } })
  const blind = await until('the queue is unknown', async () => {
    const status = await statusOf(world.admin, guard)
    return status.signals?.queue?.text === 'unknown' ? status : undefined
  })
  expect(blind.signals?.queue?.why).toMatch(/Service shop\/jobs selects no running pod|connection|not answer/)
  const held = await world.replicasOf('worker')
  expect(held).toBeGreaterThan(1)
  // Twice as long as scaling in would have waited for.
  const before = await ticks()
  await until('it was judged blindly for a while', async () => (await ticks()) - before > 16)
  expect(await world.replicasOf('worker')).toBe(held)
  const explained = explainGuard(await getObject(world.admin, GUARDS, guard), Date.now())
  expect(explained).toMatch(/queue +unknown +from Service jobs \(/)

  await mergePatch(world.admin, DEPLOYMENTS, { namespace: NAMESPACE, name: 'jobs' }, { spec: { replicas: 1 } })
  await until(
    'it comes back down once the queue is seen, and calm',
    async () => (await world.replicasOf('worker')) < held,
  )
})
