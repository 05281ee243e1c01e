// Targets on the real control plane whose queue can be filled at a moment's notice, each behind a Guard of its own.
import { createObject, listObjects, mergePatch } from '../../controller/kube/objects.ts'
import { DEPLOYMENTS, GUARDS, PODS } from '../../controller/kube/resource-type.ts'
import { projectPod } from '../../controller/kube/resources.ts'
import { patchScale, readScale } from '../../controller/kube/scale.ts'
import { startKubelet } from '../../sandbox/kubelet/kubelet.ts'
import { startControlPlane } from '../../test/cluster/control-plane.ts'
import { connectAs, install, startController, until } from '../../test/e2e/support/product.ts'
import { QUEUE_LIMIT, queueTarget, setDepth, TARGET_PORT } from './queue-target.ts'

const NAMESPACE = 'bench'

export interface ReactWorld {
  /** "127.1.2.3:9464" of each target, by Guard. */
  readonly addresses: ReadonlyMap<string, string>
  /** Sets the queue of a Guard's target; resolves with the moment of the change in epoch milliseconds. */
  setDepth(guard: string, depth: number): Promise<number>
  /** Gives every Guard this interval and hold. */
  configure(intervalMs: number, holdMs: number): Promise<void>
  /** Puts every Deployment back to one replica. */
  reset(): Promise<void>
  /** Calls back when the API server has acknowledged the scale-out of a Guard's target. */
  onAct(handler: (guard: string, at: number) => void): void
  stop(): Promise<void>
}

export async function startReactWorld(count: number): Promise<ReactWorld> {
  const cluster = await startControlPlane()
  const admin = await connectAs(cluster.kubeconfig)
  await install(admin, ['evenkeel'], [NAMESPACE])
  // No room for a pod more: what is scaled out stays Pending, and costs this machine nothing.
  const kubelet = await startKubelet({
    cluster: cluster.kubeconfig,
    nodeName: 'node-1',
    maxPods: count,
    onProblem: () => {},
  })
  const names = Array.from({ length: count }, (_, index) => `target-${index}`)
  for (const name of names) await createObject(admin, DEPLOYMENTS, queueTarget(NAMESPACE, name))
  const pods = await until('every target is ready', async () => {
    const all = (await listObjects(admin, PODS, { namespace: NAMESPACE })).map(projectPod)
    return all.filter((pod) => pod.ready).length === count ? all : undefined
  })
  const addresses = new Map(pods.map((pod) => [pod.labels.app ?? '', `${pod.podIP}:${TARGET_PORT}`]))
  const handlers: ((guard: string, at: number) => void)[] = []
  const controller = await startController(cluster.kubeconfigFor('evenkeel'), {
    EVENKEEL_LOG_LEVEL: 'info',
    EVENKEEL_LEASE_DURATION: '15s',
    EVENKEEL_RENEW_DEADLINE: '10s',
    EVENKEEL_LEASE_RETRY: '2s',
  })
  let read = 0
  // The line of a decision is written when the API server has acknowledged the act, and carries that moment.
  const reader = setInterval(() => {
    for (; read < controller.log.length; read++) {
      const { verdict, guard, time, to, from } = controller.log[read] ?? {}
      if (verdict === 'act' && Number(to) > Number(from))
        for (const handler of handlers) handler(String(guard).slice(NAMESPACE.length + 1), Date.parse(String(time)))
    }
  }, 5)

  return {
    addresses,
    onAct: (handler) => handlers.push(handler),
    setDepth: (guard, depth) => setDepth(addresses.get(guard) ?? '', depth),
    async configure(intervalMs, holdMs) {
      for (const name of names) {
        const spec = guardSpec(name, intervalMs, holdMs)
        await createObject(admin, GUARDS, { metadata: { namespace: NAMESPACE, name }, spec }).catch(() =>
          mergePatch(admin, GUARDS, { namespace: NAMESPACE, name }, { spec }),
        )
      }
    },
    async reset() {
      for (const name of names) {
        const ref = { kind: 'Deployment', namespace: NAMESPACE, name } as const
        await until(`${name} is back at one`, async () => {
          const { replicas, resourceVersion } = await readScale(admin, ref)
          if (replicas !== 1) await patchScale(admin, ref, 1, resourceVersion)
          return true
        })
      }
    },
    async stop() {
      clearInterval(reader)
      await controller.stop()
      await kubelet.stop()
      await admin.close()
      await cluster.stop()
    },
  }
}

function guardSpec(name: string, intervalMs: number, holdMs: number) {
  return {
    mode: 'Enforce',
    target: { kind: 'Deployment', name },
    signals: {
      profile: 'generic',
      from: { scrape: { interval: `${intervalMs}ms` } },
      queue: { metric: 'queue_depth' },
    },
    limits: { queue: QUEUE_LIMIT, hold: `${holdMs}ms`, release: { below: '80%', for: '0s' } },
    remedies: [{ scale: { min: 1, max: 10, effectWithin: '1s', cooldown: '0s' } }],
    budget: { actions: 100, per: '1m' },
  }
}
