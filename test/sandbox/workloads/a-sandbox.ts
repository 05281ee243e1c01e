// A small sandbox in a process of its own, for tests of how it ends: API, controllers, kubelet, balancer, one service.
import { startApi } from '../../../sandbox/api/server.ts'
import { connectApi } from '../../../sandbox/kube/api.ts'
import { parseKubeconfig } from '../../../sandbox/kube/kubeconfig.ts'
import { startKubelet } from '../../../sandbox/kubelet/kubelet.ts'
import { createPathOf } from '../../../sandbox/workloads/objects.ts'
import { startBalancer } from '../../../sandbox/workloads/services/balancer.ts'
import { startWorkloads } from '../../../sandbox/workloads/workloads.ts'
import { HTTP_PORT, httpDeployment } from '../../cluster/http-pod.ts'

const [serviceIp = ''] = process.argv.slice(2)
const server = await startApi({})
const endpoint = parseKubeconfig(server.kubeconfig)
const api = connectApi(endpoint)
const workloads = await startWorkloads({ api })
const kubelet = await startKubelet({ cluster: endpoint, nodeName: 'node-1' })
const balancer = await startBalancer({ api })
const ports = [{ port: HTTP_PORT, targetPort: 'http' }]
const service = { metadata: { name: 'web' }, spec: { clusterIP: serviceIp, selector: { app: 'web' }, ports } }
await api.request({ method: 'POST', path: createPathOf('deployments', 'default'), body: httpDeployment('web', 2) })
await api.request({ method: 'POST', path: createPathOf('services', 'default'), body: service })

/** The pods' processes. */
async function pids(): Promise<readonly number[]> {
  const list = await api.request({ method: 'GET', path: createPathOf('pods', 'default') })
  const { items } = list as { items: { metadata: { name: string } }[] }
  return items.flatMap(({ metadata }) => kubelet.podProcess('default', metadata.name)?.pid ?? [])
}

async function stop(): Promise<void> {
  await balancer.stop()
  await workloads.stop()
  await kubelet.stop()
  await api.close()
  await server.close()
  process.disconnect()
}

process.on('message', async (message) => {
  if (message === 'stop') await stop()
  else process.send?.(await pids())
})
