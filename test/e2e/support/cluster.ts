// The real control plane as the suites that run on any Kubernetes API want it.
import { readKubeconfig } from '../../../sandbox/kube/kubeconfig.ts'
import { type ControlPlaneOptions, startControlPlane } from '../../cluster/control-plane.ts'

export async function startCluster(options: ControlPlaneOptions = {}) {
  const cluster = await startControlPlane(options)
  return { ...cluster, endpoint: readKubeconfig(cluster.kubeconfig) }
}
