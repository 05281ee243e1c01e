// Which resource binds, on the real control plane with real pods: a bad pod, descriptors, the event loop, and TCP sockets of a node.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { explainGuard } from '../../controller/cli/explain.ts'
import { isObject, type JsonObject, listAt } from '../../controller/kube/json.ts'
import { createObject, getObject } from '../../controller/kube/objects.ts'
import { DEPLOYMENTS, GUARDS, SERVICES } from '../../controller/kube/resource-type.ts'
import { INCIDENT_STATUS } from '../../controller/model/incident.ts'
import type { ResourceName } from '../../controller/model/resource.ts'
import { startLoad } from '../../sandbox/load/open-loop.ts'
import { describeWith } from '../components/support/programs.ts'
import { type Controller, type Named, startController, statusOf, until } from './support/product.ts'
import { startChurn } from './support/time-wait.ts'
import { checkout, NAMESPACE, quickGuard, startWorld, type World } from './support/world.ts'

let world: World
let controller: Controller
const stoppers: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  world = await startWorld()
  controller = await startController(world.cluster.kubeconfigFor('evenkeel'))
})
afterEach(async () => {
  for (const stop of stoppers.splice(0).reverse()) await stop()
})
afterAll(async () => {
  expect(await controller?.stop()).toBe(0)
  await world?.stop()
})

const LIMITS = { latency: '250ms', window: '4s', hold: '1s' }

/** A Guard that looks on and is told quickly of trouble. */
const guardOf = (name: string, more: object = {}) =>
  world.guard(name, { ...quickGuard(name, { mode: 'Observe', limits: LIMITS }), ...more })

async function named(guard: Named, resource: ResourceName) {
  return until(`${resource} is named`, async () => {
    const { diagnosis } = await statusOf(world.admin, guard)
    return diagnosis?.resource === resource ? diagnosis : Promise.reject(new Error(diagnosis?.summary ?? 'none yet'))
  })
}

/** The checkout service with another container, and so many CPUs. */
async function deployAs(name: string, container: (one: JsonObject) => object): Promise<void> {
  const manifest = checkout(name, 1, 'Deployment')
  const [one] = listAt(manifest, 'spec', 'template', 'spec', 'containers')
  if (!isObject(manifest.spec) || !isObject(manifest.spec.template) || !isObject(one)) throw new Error('no container')
  const template = { ...manifest.spec.template, spec: { containers: [{ ...one, ...container(one) }] } }
  await createObject(world.admin, DEPLOYMENTS, { ...manifest, spec: { ...manifest.spec, template } })
  await until(`${name} is ready`, async () => (await world.podsOf(name)).some((pod) => pod.ready))
}

/** Load on a pod whether it is ready or not. */
async function strain(name: string, rps: number): Promise<void> {
  const [pod] = await world.podsOf(name)
  const load = startLoad({ next: () => ({ url: `http://${pod?.podIP}:8080/` }), rps, timeoutMs: 20_000 })
  stoppers.push(() => load.stop())
}

/** So many clients, each of which asks again as soon as it was answered: there is always work, and never a long queue. */
async function keepBusy(name: string, clients: number): Promise<void> {
  const [pod] = await world.podsOf(name)
  const stopping = new AbortController()
  const ask = async () => {
    while (!stopping.signal.aborted)
      await fetch(`http://${pod?.podIP}:8080/`, { signal: stopping.signal })
        .then((response) => response.text())
        .catch(() => undefined)
  }
  const asking = Promise.all(Array.from({ length: clients }, ask))
  stoppers.push(() => {
    stopping.abort()
    return asking
  })
}

describe('one pod of four that fails most of its requests', () => {
  it('is named, with the numbers of its peers, in status, Incident, explain and metric', async () => {
    await world.deploy('uneven', 4)
    const guard = await guardOf('uneven')
    const load = await world.load('uneven', 100)
    stoppers.push(() => load.stop())
    const [bad] = await world.podsOf('uneven')
    if (bad === undefined) throw new Error('no pod')
    await world.fault(bad, { target: 'work', kind: 'none', errorRatio: 0.6 })

    const diagnosis = await named(guard, 'pod')
    expect(diagnosis).toMatchObject({ of: `shop/${bad.name}`, confidence: 'High' })
    expect(diagnosis.evidence[0]).toMatch(/^shop\/uneven-\S+: [56]\S* % of the requests fail; of the other 3 0 %/)
    expect(diagnosis.ruledOut.map(({ resource }) => resource)).toEqual(
      expect.arrayContaining(['cpu', 'fileDescriptors', 'eventLoop', 'pool']),
    )
    expect(explainGuard(await getObject(world.admin, GUARDS, guard), Date.now())).toMatch(
      /Diagnosis\n {2}one pod \(shop\/uneven-\S+, [56]\S* % errors, High\)\n {2}because\n/,
    )
    const exposed = await (await fetch(`${controller.url}/metrics`)).text()
    expect(exposed).toContain('evenkeel_guard_binding_resource{namespace="shop",guard="uneven",resource="pod"} 1')
    await until('the Incident tells it', async () => {
      const [incident] = await world.incidents('uneven')
      const { diagnosis: kept, timeline } = INCIDENT_STATUS.parse(incident?.status)
      return kept?.resource === 'pod' && timeline.some(({ what }) => what.startsWith('Diagnosis: one pod'))
    })
  })
})

describe('a pod that may open 64 files', () => {
  it('and gets more connections than that lacks file descriptors, and not CPU', async () => {
    await deployAs('tight', () => ({
      command: ['bash', '-c', 'ulimit -n 64 && exec node examples/checkout/server.ts'],
    }))
    const guard = await guardOf('tight')
    const [pod] = await world.podsOf('tight')
    if (pod === undefined) throw new Error('no pod')
    await world.fault(pod, { target: 'work', kind: 'none', latencyMs: 1500 })
    // 36 at a time, with those of its own: any more, and it could not even count them.
    await strain('tight', 24)
    const diagnosis = await named(guard, 'fileDescriptors')
    expect(diagnosis.summary).toMatch(/^file descriptors \(\d\d of 64, (High|Medium)\)$/)
    expect(diagnosis.ruledOut.map(({ resource }) => resource)).toContain('cpu')
  })
})

describe('a Node service with four CPUs and one thread', () => {
  it('whose requests take all of that thread lacks its event loop, and not CPU', async () => {
    await deployAs('blocked', (one) => ({
      env: [...listAt(one, 'env'), { name: 'WORK_MS', value: '40' }],
      resources: { limits: { cpu: '4' } },
    }))
    const guard = await guardOf('blocked', {
      limits: { latency: '20ms', window: '6s', hold: '1s' },
      signals: { from: { scrape: { interval: '2s' } } },
    })
    await keepBusy('blocked', 6)
    const diagnosis = await named(guard, 'eventLoop')
    expect(diagnosis.evidence[0]).toMatch(/the event loop comes \d+ ms late in the mean/)
    expect(diagnosis.ruledOut.find(({ resource }) => resource === 'cpu')?.utilisation).toBeLessThan(0.5)
  })
})

describeWith(['prometheus-node-exporter'], 'a node whose ephemeral ports rest in TIME_WAIT', () => {
  it('lacks TCP sockets, as its node_exporter tells, and CPU of the pods is ruled out or told beside it', async () => {
    await createObject(world.admin, DEPLOYMENTS, nodeExporter())
    await createObject(world.admin, SERVICES, {
      metadata: { namespace: NAMESPACE, name: 'node-exporter' },
      spec: { selector: { app: 'node-exporter' }, ports: [{ name: 'metrics', port: 9100, targetPort: 9100 }] },
    })
    await world.deploy('churning', 1)
    const sources = [{ profile: 'node', service: 'node-exporter' }]
    const guard = await guardOf('churning', { diagnosis: { sources } })
    const load = await world.load('churning', 30)
    stoppers.push(() => load.stop())
    const churn = await startChurn()
    stoppers.push(() => churn.stop())
    await churn.open(27_000)
    for (const pod of await world.podsOf('churning'))
      await world.fault(pod, { target: 'work', kind: 'none', latencyMs: 600 })
    const diagnosis = await named(guard, 'sockets')
    expect(diagnosis.summary).toMatch(/^TCP sockets \([23]\d,\d{3} of 28,232 TIME_WAIT, (High|Medium)\)$/)
    expect(diagnosis.of).toMatch(/^node shop\/node-exporter-/)
    expect(diagnosis.evidence[0]).toMatch(/ephemeral ports are in TIME_WAIT .* connections are opened a second/)
    expect(diagnosis.ruledOut.map(({ resource }) => resource)).toContain('fileDescriptors')
  })
})

function nodeExporter(): JsonObject {
  const labels = { app: 'node-exporter' }
  const container = {
    name: 'node-exporter',
    image: 'node-exporter',
    command: ['prometheus-node-exporter', '--web.listen-address=$(POD_IP):9100'],
    env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    ports: [{ name: 'metrics', containerPort: 9100 }],
  }
  return {
    metadata: { namespace: NAMESPACE, name: 'node-exporter' },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  }
}
