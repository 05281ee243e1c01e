// The process kubelet on the real control plane.
import { describeKubelet } from '../sandbox/kubelet/suite.ts'
import { startCluster } from './support/cluster.ts'

describeKubelet(startCluster)
