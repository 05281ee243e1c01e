// Our own controllers on the real API server, whose own ones for the same objects are switched off.
import { describeWorkloads } from '../sandbox/workloads/suite.ts'
import { startCluster } from './support/cluster.ts'

const withoutControllers = ['deployment', 'replicaset', 'statefulset', 'garbagecollector']

describeWorkloads(() => startCluster({ withoutControllers }))
