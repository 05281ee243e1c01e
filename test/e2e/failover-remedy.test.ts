// A site that answers its check and fails its clients, on the real control plane: the group sees nothing, and a Guard asks it to switch.
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { explainGuard } from '../../controller/cli/explain.ts'
import type { JsonObject } from '../../controller/kube/json.ts'
import { createObject, getObject, listObjects } from '../../controller/kube/objects.ts'
import { DEPLOYMENTS, GUARDS, PODS } from '../../controller/kube/resource-type.ts'
import { projectPod } from '../../controller/kube/resources.ts'
import { type Load, startLoad } from '../../sandbox/load/open-loop.ts'
import { HTTP_PORT } from '../cluster/http-pod.ts'
import { type Controller, conditionOf, startController, statusOf, until } from './support/product.ts'
import { type Group, NAMESPACE, type Sites, startSites } from './support/sites.ts'

const GUARD = { namespace: NAMESPACE, name: 'orders' }
let sites: Sites
let controller: Controller
let stock: Group
let load: Load
let proxy: Server

beforeAll(async () => {
  sites = await startSites()
  stock = await sites.group('stock', ['east', 'west'])
  proxy = createServer(async (_request, response) => {
    const [pod] = await podsOf(`app=stock,site=${await stock.routed()}`)
    const answer = await fetch(`http://${pod?.podIP}:${HTTP_PORT}/`).catch(() => undefined)
    response.writeHead(answer?.status ?? 503).end()
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  await createObject(sites.admin, DEPLOYMENTS, orders(address.port))
  controller = await startController(sites.cluster.kubeconfigFor('evenkeel'))
  const [pod] = await until('its pod is ready', async () => {
    const pods = await podsOf('app=orders')
    return pods.some(({ ready }) => ready) ? pods : undefined
  })
  await createObject(sites.admin, GUARDS, { metadata: GUARD, spec: SPEC })
  load = startLoad({ next: () => ({ url: `http://${pod?.podIP}:8080/` }), rps: 40, timeoutMs: 2_000 })
  await until('a failover would be possible', async () => (await stock.condition('FailoverReady'))?.status === 'True')
  await until('the Guard is healthy', async () => conditionOf(await status(), 'Healthy')?.status === 'True')
})
afterAll(async () => {
  await load?.stop()
  await controller?.stop()
  proxy?.close()
  await sites?.stop()
})

const SPEC = {
  mode: 'Enforce',
  target: { kind: 'Deployment', name: 'orders' },
  signals: { from: { scrape: { interval: '500ms' } } },
  limits: { errors: '5%', window: '2s', hold: '500ms', release: { below: '80%', for: '2s' }, minimumRequests: 5 },
  remedies: [{ failover: { group: 'stock', effectWithin: '20s', cooldown: '1s' } }],
}

/** Its clients reach the group as by a Service: whomever that selects. */
function orders(port: number): JsonObject {
  const name = 'orders'
  const container = {
    name,
    image: 'none',
    command: ['node', 'test/e2e/support/client-pod.ts'],
    env: [
      { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'UPSTREAM', value: `http://127.0.0.1:${port}/` },
      { name: 'UPSTREAM_NAME', value: 'stock.shop.svc' },
    ],
    ports: [
      { name: 'http', containerPort: 8080 },
      { name: 'metrics', containerPort: 9464 },
    ],
    readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 1 },
  }
  return {
    metadata: { namespace: NAMESPACE, name },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { terminationGracePeriodSeconds: 1, containers: [container] },
      },
    },
  }
}

const status = () => statusOf(sites.admin, GUARD)
async function podsOf(labelSelector: string) {
  const all = await listObjects(sites.admin, PODS, { namespace: NAMESPACE, labelSelector })
  return all.map(projectPod).filter((pod) => !pod.terminating)
}
async function breakSite(site: string): Promise<void> {
  for (const pod of await podsOf(`app=stock,site=${site}`)) await fetch(`http://${pod.podIP}:${HTTP_PORT}/broken`)
}

describe('a Guard whose errors come from a group', () => {
  it('asks it to switch, which helps, and which blocks the next', async () => {
    await breakSite('east')
    await until(
      'west serves',
      async () => (await stock.routed()) === 'west' && (await stock.status()).active === 'west',
    )
    const { history = [], block, epoch, request } = await stock.status()
    expect(history.at(-1)).toMatchObject({
      kind: 'Switchover',
      from: 'east',
      to: 'west',
      by: 'Guard/orders',
      outcome: 'Done',
    })
    expect(block).toMatchObject({ epoch })

    const [action] = await until('it is judged', async () => {
      const { recentActions = [] } = await status()
      return recentActions[0]?.verdict === undefined ? undefined : recentActions
    })
    expect(action).toMatchObject({
      id: request?.id,
      remedy: 'failover',
      field: 'FailoverGroup/stock',
      from: 1,
      to: 2,
      outcome: 'Done',
      verdict: 'Improved',
      why: expect.stringMatching(
        /^Error ratio is .*; Diagnosis: dependency \(.*; east is the primary of stock, and answers$/,
      ),
    })
    const explained = explainGuard(await getObject(sites.admin, GUARDS, GUARD), Date.now())
    expect(explained).toMatch(/FailoverGroup\/stock asked to switch +Done, Improved/)
    await until('the Guard is healthy', async () => conditionOf(await status(), 'Healthy')?.status === 'True')
  })

  it('asks none that is blocked, and then a human is needed', async () => {
    await breakSite('west')
    await until('it says so, and why', async () => {
      const exhausted = conditionOf(await status(), 'Exhausted')
      return exhausted?.status === 'True' && /while stock may not fail over: blocked until/.test(exhausted.message)
    })
    expect((await status()).recentActions).toHaveLength(1)
    expect(await stock.status()).toMatchObject({ active: 'west', epoch: 2 })
  })
})
