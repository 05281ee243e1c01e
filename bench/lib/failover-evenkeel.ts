// Redis as pods on the real control plane, with Evenkeel as a process of its own.
import { startKubelet } from '../../sandbox/kubelet/kubelet.ts'
import { startControlPlane } from '../../test/cluster/control-plane.ts'
import { startWriter } from '../../test/components/support/redis-writers.ts'
import { connectAs, install, startController, until } from '../../test/e2e/support/product.ts'
import { startRedisPods } from '../../test/e2e/support/redis-pods.ts'
import type { FailoverWorld } from './failover-world.ts'

const NAMESPACE = 'bench'

export async function startEvenkeelWorld(downAfterMs: number): Promise<FailoverWorld> {
  const cluster = await startControlPlane()
  const admin = await connectAs(cluster.kubeconfig)
  await install(admin, ['evenkeel'], [NAMESPACE])
  const kubelet = await startKubelet({
    cluster: cluster.kubeconfig,
    nodeName: 'node-1',
    backoff: { firstMs: 100, longestMs: 100, forgetAfterMs: 600_000 },
    onProblem: () => {},
  })
  const where = { namespace: NAMESPACE, name: 'db' }
  const db = await startRedisPods(admin, kubelet, where, { downAfter: `${downAfterMs}ms`, recoveryBlock: '0s' })
  const controller = await startController(cluster.kubeconfigFor('evenkeel'))
  const load = startWriter(db.hosts, 'bench', 0)
  return {
    async prepare() {
      await until('the group is ready', () => db.isReady())
      const { name, signal } = await db.active()
      return { hosts: db.hosts, primary: db.host(name), kill: () => signal('SIGKILL') }
    },
    async stop() {
      await load.stop()
      db.close()
      await controller.stop()
      await kubelet.stop()
      await admin.close()
      await cluster.stop()
    },
  }
}
