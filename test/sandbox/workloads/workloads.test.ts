// Our own controllers on the sandbox's API.
import { startApi } from '../../../sandbox/api/server.ts'
import { parseKubeconfig } from '../../../sandbox/kube/kubeconfig.ts'
import { describeWorkloads } from './suite.ts'

describeWorkloads(async () => {
  const server = await startApi({})
  return { endpoint: parseKubeconfig(server.kubeconfig), stop: () => server.close() }
})
