// The alerts of FailoverGroups. One rule is for all groups, by the labels of their series: a cluster without any has none.
import type { AlertGroup, AlertOptions } from '../model.ts'
import { lagging, memberDown, notReady } from './failover/readiness.ts'
import { drillFailed, failbackReady, failed, groupRefused, unacknowledged } from './failover/switches.ts'
import { refused, unavailable } from './failover/urgent.ts'

export function failoverAlerts(options: AlertOptions): AlertGroup {
  const all = [
    refused,
    unavailable,
    failed,
    unacknowledged,
    notReady,
    memberDown,
    lagging,
    drillFailed,
    groupRefused,
    failbackReady,
  ]
  return { name: 'evenkeel.failover', records: [], alerts: all.map((make) => make(options)) }
}
