// The process kubelet on the sandbox's API, with our own controllers.
import { startApi } from '../../../sandbox/api/server.ts'
import { connectApi } from '../../../sandbox/kube/api.ts'
import { parseKubeconfig } from '../../../sandbox/kube/kubeconfig.ts'
import { startWorkloads } from '../../../sandbox/workloads/workloads.ts'
import { describeKubelet } from './suite.ts'

describeKubelet(async () => {
  const server = await startApi({})
  const endpoint = parseKubeconfig(server.kubeconfig)
  const api = connectApi(endpoint)
  const workloads = await startWorkloads({ api })
  return {
    endpoint,
    async stop() {
      await workloads.stop()
      await api.close()
      await server.close()
    },
  }
})
