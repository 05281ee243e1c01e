// Services on the real control plane that fail every request at a moment's notice, under load, each behind a Guard of its own.
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { createObject, listObjects } from '../../controller/kube/objects.ts'
import { DEPLOYMENTS, GUARDS, PODS } from '../../controller/kube/resource-type.ts'
import { projectPod } from '../../controller/kube/resources.ts'
import { startKubelet } from '../../sandbox/kubelet/kubelet.ts'
import { startControlPlane } from '../../test/cluster/control-plane.ts'
import { conditionOf, connectAs, install, startController, statusOf, until } from '../../test/e2e/support/product.ts'

const NAMESPACE = 'bench'
const PORT = 9464
const RPS = 20
const SIGNALS = {
  profile: 'generic',
  rps: { metric: 'http_requests_total' },
  errors: { metric: 'http_requests_total', match: { status_code: '5..' } },
}

/** Answers / well or with 500, counts both, and changes its mind at /fail. */
const SERVER = `let failing = false, good = 0, bad = 0
require('node:http').createServer((request, response) => {
  if (request.url === '/fail') { failing = true; response.end() }
  else if (request.url === '/metrics') {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end('# TYPE http_requests_total counter\\nhttp_requests_total{status_code="200"} ' + good + '\\nhttp_requests_total{status_code="500"} ' + bad + '\\n')
  }
  else if (failing) { bad++; response.writeHead(500).end() }
  else { good++; response.end() }
}).listen(${PORT}, process.env.POD_IP)`

export interface PageWorld {
  /** "127.1.2.3:9464" of each service, by name. */
  readonly addresses: ReadonlyMap<string, string>
  /** Those whose Guard has no remedy, and those whose Guard may add a replica. */
  readonly exhausted: readonly string[]
  readonly acting: readonly string[]
  /** Lets a service fail; resolves with the moment, in epoch milliseconds, at which its load saw the first bad response. */
  fail(service: string): Promise<number>
  /** When the API server has acknowledged the first act on a service. */
  readonly actedAt: ReadonlyMap<string, number>
  stop(): Promise<void>
}

export async function startPageWorld(count: number, alertmanagerUrl: string): Promise<PageWorld> {
  const cluster = await startControlPlane()
  const admin = await connectAs(cluster.kubeconfig)
  await install(admin, ['evenkeel'], [NAMESPACE])
  const exhausted = Array.from({ length: count }, (_, index) => `exhausted-${index}`)
  const acting = Array.from({ length: count }, (_, index) => `acting-${index}`)
  // When most Guards are in trouble the observer is suspected, and nothing is scaled.
  const calm = Array.from({ length: 2 * count + 2 }, (_, index) => `calm-${index}`)
  const names = [...exhausted, ...acting, ...calm]
  // No room for a pod more: what is added stays Pending, and costs this machine nothing.
  const kubelet = await startKubelet({
    cluster: cluster.kubeconfig,
    nodeName: 'node-1',
    maxPods: names.length,
    onProblem: () => {},
  })
  for (const name of names) await createObject(admin, DEPLOYMENTS, deployment(name))
  const pods = await until('every service is ready', async () => {
    const all = (await listObjects(admin, PODS, { namespace: NAMESPACE })).map(projectPod)
    return all.filter((pod) => pod.ready).length === names.length ? all : undefined
  })
  const addresses = new Map(pods.map((pod) => [pod.labels.app ?? '', `${pod.podIP}:${PORT}`]))
  const load = startLoad(addresses)
  const controller = await startController(cluster.kubeconfigFor('evenkeel'), {
    EVENKEEL_LOG_LEVEL: 'info',
    EVENKEEL_LEASE_DURATION: '15s',
    EVENKEEL_RENEW_DEADLINE: '10s',
    EVENKEEL_LEASE_RETRY: '2s',
    EVENKEEL_ALERTMANAGER_URL: alertmanagerUrl,
  })
  for (const name of names) {
    const remedies = acting.includes(name) ? [{ scale: { min: 1, max: 2 } }] : []
    // All limits are as they are by default: 5 % of errors over ten seconds, for two.
    const spec = { mode: 'Enforce', target: { kind: 'Deployment', name }, signals: SIGNALS, remedies }
    await createObject(admin, GUARDS, { metadata: { namespace: NAMESPACE, name }, spec })
  }
  for (const name of names)
    await until(`${name} is healthy`, async () => {
      const status = await statusOf(admin, { namespace: NAMESPACE, name })
      return conditionOf(status, 'Healthy')?.status === 'True'
    })
  const actedAt = new Map<string, number>()
  let read = 0
  // The line of a decision is written when the API server has acknowledged the act, and carries that moment.
  const reader = setInterval(() => {
    for (; read < controller.log.length; read++) {
      const { verdict, guard, time } = controller.log[read] ?? {}
      const name = String(guard).slice(NAMESPACE.length + 1)
      if (verdict === 'act' && !actedAt.has(name)) actedAt.set(name, Date.parse(String(time)))
    }
  }, 5)

  return {
    addresses,
    exhausted,
    acting,
    actedAt,
    async fail(service) {
      await (await fetch(`http://${addresses.get(service)}/fail`)).arrayBuffer()
      for (;;) {
        const at = load.firstBad.get(service)
        if (at !== undefined) return at
        await sleep(1)
      }
    },
    async stop() {
      clearInterval(reader)
      await load.stop()
      await controller.stop()
      await kubelet.stop()
      await admin.close()
      await cluster.stop()
    },
  }
}

function startLoad(addresses: ReadonlyMap<string, string>) {
  const agent = new Agent()
  const firstBad = new Map<string, number>()
  const timers = [...addresses].map(([service, address]) =>
    setInterval(() => {
      request(`http://${address}/`, { dispatcher: agent }).then(
        async ({ statusCode, body }) => {
          if (statusCode >= 500 && !firstBad.has(service)) firstBad.set(service, Date.now())
          await body.dump()
        },
        () => {},
      )
    }, 1000 / RPS),
  )
  return {
    firstBad,
    async stop() {
      for (const timer of timers) clearInterval(timer)
      await agent.destroy()
    },
  }
}

function deployment(name: string) {
  const labels = { app: name }
  return {
    metadata: { namespace: NAMESPACE, name },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'service',
              image: 'none',
              command: ['node', '-e', SERVER],
              ports: [{ name: 'metrics', containerPort: PORT }],
            },
          ],
        },
      },
    },
  }
}
