// Our own controllers on the real API server, whose own ones for the same objects are switched off.
import { readKubeconfig } from '../../sandbox/kube/kubeconfig.ts'
import { startControlPlane } from '../cluster/control-plane.ts'
import { describeWorkloads } from '../sandbox/workloads/suite.ts'

describeWorkloads(async () => {
  const cluster = await startControlPlane({ withoutControllers: ['deployment', 'replicaset', 'garbagecollector'] })
  return { endpoint: readKubeconfig(cluster.kubeconfig), stop: () => cluster.stop() }
})
