// A FailoverGroup as the loop tells of it: its first member was lost, its second is active.
import type { FailoverGroupView } from '../../controller/record/failover-metrics.ts'

const AT = '1970-01-01T00:01:00.000Z'
const LATER = '1970-01-01T00:02:00.500Z'
const entry = { epoch: 2, from: 'db-0', to: 'db-1', startedAt: AT, by: 'evenkeel', reason: 'r' }
export const DB: FailoverGroupView = {
  namespace: 'shop',
  name: 'db',
  status: {
    active: 'db-1',
    epoch: 3,
    members: [{ name: 'db-0', role: 'Replica', state: 'Answers', lag: 12 }],
    conditions: [
      { type: 'Available', status: 'True', reason: 'r', message: 'm', lastTransitionTime: AT },
      { type: 'FailoverReady', status: 'False', reason: 'r', message: 'm', lastTransitionTime: AT },
      { type: 'Observed', status: 'Unknown', reason: 'r', message: 'm', lastTransitionTime: AT },
    ],
    drill: { at: AT, mode: 'Observe', passed: true, message: 'm' },
    history: [
      { ...entry, kind: 'Failover', outcome: 'Done', endedAt: AT },
      { ...entry, kind: 'Failover', outcome: 'Abandoned', endedAt: AT },
      { ...entry, kind: 'Failover', outcome: 'Done', endedAt: LATER },
    ],
  },
  members: [
    { name: 'db-0', reach: { kind: 'silent', why: 'timeout' } },
    { name: 'db-1', reach: { kind: 'answers' }, role: 'Primary' },
  ],
  lagLimit: 1000,
  isRefused: false,
  isUnacknowledged: true,
}
