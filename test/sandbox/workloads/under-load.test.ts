// A Service under load while its Deployment rolls and scales: what clients notice.
import { Agent, request } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type SandboxApi, startApi } from '../../../sandbox/api/server.ts'
import { type Api, connectApi } from '../../../sandbox/kube/api.ts'
import { type Endpoint, parseKubeconfig } from '../../../sandbox/kube/kubeconfig.ts'
import { type Kubelet, startKubelet } from '../../../sandbox/kubelet/kubelet.ts'
import { createPathOf, parseDeployment, pathOf } from '../../../sandbox/workloads/objects.ts'
import { type Balancer, startBalancer } from '../../../sandbox/workloads/services/balancer.ts'
import { startWorkloads, type Workloads } from '../../../sandbox/workloads/workloads.ts'

const WITHIN = { timeout: 20_000, interval: 20 }
const PORT = 8080
const SERVICE_IP = `127.6.${1 + (process.pid % 250)}.1`
const CLIENTS = 8
const WEB = pathOf('deployments', { namespace: 'shop', name: 'web' })

/** A well-behaved pod: asked to end, it serves on until those who send to it have heard of that, and ends what is under way. */
const SERVER = `
const server = require('node:http').createServer((request, response) => {
  request.resume()
  request.once('end', () => setTimeout(() => response.end(process.env.VERSION), 5))
})
server.listen(${PORT}, process.env.POD_IP)
process.on('SIGTERM', () => setTimeout(() => server.close(), 1_000))`

let server: SandboxApi
let endpoint: Endpoint
let api: Api
let workloads: Workloads
let kubelet: Kubelet
let balancer: Balancer
let client: Agent

beforeAll(async () => {
  server = await startApi({})
  endpoint = parseKubeconfig(server.kubeconfig)
  api = connectApi(endpoint)
})

beforeEach(async () => {
  client = new Agent()
  workloads = await startWorkloads({ api })
  kubelet = await startKubelet({ cluster: endpoint, nodeName: 'node-1' })
  balancer = await startBalancer({ api })
})

afterEach(async () => {
  await client.destroy()
  await balancer.stop()
  await workloads.stop()
  await kubelet.stop()
})

afterAll(async () => {
  await api?.close()
  await server?.close()
})

function specOf(version: string, replicas: number): object {
  return {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 5,
        containers: [
          {
            name: 'web',
            image: 'none',
            command: ['node', '-e', SERVER],
            env: [{ name: 'VERSION', value: version }],
            ports: [{ containerPort: PORT }],
            readinessProbe: { httpGet: { path: '/', port: PORT }, periodSeconds: 1 },
          },
        ],
      },
    },
  }
}

async function change(spec: object): Promise<void> {
  await api.request({ method: 'PATCH', path: WEB, body: { spec }, contentType: 'application/merge-patch+json' })
}

async function settled(): Promise<void> {
  await vi.waitFor(async () => {
    const { spec, status, metadata } = parseDeployment(await api.request({ method: 'GET', path: WEB }))
    const { replicas } = spec
    expect(status).toMatchObject({ observedGeneration: metadata.generation, replicas, availableReplicas: replicas })
    expect(status.updatedReplicas).toBe(replicas)
  }, WITHIN)
}

/** Clients that ask again and again, until stopped; then tells how many answers of each kind they got. */
function startLoad(): { stop(): Promise<Record<string, number>> } {
  const answers: Record<string, number> = {}
  let isOver = false
  async function askOn(method: 'GET' | 'POST'): Promise<void> {
    while (!isOver) {
      const body = method === 'POST' ? 'an order' : null
      const { statusCode, body: answer } = await request(`http://${SERVICE_IP}:${PORT}/`, {
        dispatcher: client,
        method,
        body,
      })
      const text = `${statusCode} ${await answer.text()}`
      answers[text] = (answers[text] ?? 0) + 1
    }
  }
  const clients = Array.from({ length: CLIENTS }, (_, index) => askOn(index % 2 === 0 ? 'GET' : 'POST'))
  return {
    async stop() {
      isOver = true
      await Promise.all(clients)
      return answers
    },
  }
}

test('no request is lost, whether it rolls, scales in or out', async () => {
  const metadata = { name: 'web' }
  const service = { metadata, spec: { clusterIP: SERVICE_IP, selector: { app: 'web' }, ports: [{ port: PORT }] } }
  await api.request({ method: 'POST', path: createPathOf('services', 'shop'), body: service })
  const deployment = { metadata, spec: specOf('one', 3) }
  await api.request({ method: 'POST', path: createPathOf('deployments', 'shop'), body: deployment })
  await settled()
  await vi.waitFor(async () => {
    expect((await request(`http://${SERVICE_IP}:${PORT}/`, { dispatcher: client })).statusCode).toBe(200)
  }, WITHIN)
  const load = startLoad()
  await change(specOf('two', 3))
  await settled()
  await change({ replicas: 1 })
  await settled()
  await change({ replicas: 2 })
  await settled()
  const answers = await load.stop()
  expect(Object.keys(answers).sort()).toEqual(['200 one', '200 two'])
  expect(balancer.counts()['shop/web']).toMatchObject({ failed: 0 })
})
