// Where the runbook of each alert is, in docs/runbooks and in what `evenkeel alerts build` writes.
import { ALERTS } from './names.ts'

export type AlertName = (typeof ALERTS)[keyof typeof ALERTS]

const FILES = {
  [ALERTS.availabilityBurn]: 'error-budget-burn.md',
  [ALERTS.latencyBurn]: 'latency-budget-burn.md',
  [ALERTS.limitBreached]: 'limit-breached.md',
  [ALERTS.exhausted]: 'exhausted.md',
  [ALERTS.failing]: 'remedy-failing.md',
  [ALERTS.flapping]: 'remedy-flapping.md',
  [ALERTS.metricsAbsent]: 'metrics-absent.md',
  [ALERTS.signalsUnknown]: 'not-observed.md',
  [ALERTS.down]: 'evenkeel-down.md',
  [ALERTS.noLeader]: 'evenkeel-no-leader.md',
  [ALERTS.loopLag]: 'evenkeel-loop-lag.md',
  [ALERTS.fleetPanic]: 'evenkeel-fleet-panic.md',
  [ALERTS.guardRefused]: 'guard-refused.md',
  [ALERTS.servicePanic]: 'service-panic.md',
  [ALERTS.failoverRefused]: 'failover-refused.md',
  [ALERTS.failoverUnavailable]: 'failover-group-unavailable.md',
  [ALERTS.failoverFailed]: 'failover-failed.md',
  [ALERTS.failoverUnacknowledged]: 'failover-unacknowledged.md',
  [ALERTS.failoverNotReady]: 'failover-not-ready.md',
  [ALERTS.failoverMemberDown]: 'failover-member-down.md',
  [ALERTS.failoverLagging]: 'failover-replica-lagging.md',
  [ALERTS.failoverDrillFailed]: 'failover-drill-failed.md',
  [ALERTS.failoverGroupRefused]: 'failover-group-refused.md',
  [ALERTS.failbackReady]: 'failback-ready.md',
  [ALERTS.pushFailing]: 'evenkeel-push-failing.md',
  [ALERTS.watchdog]: 'evenkeel-watchdog.md',
} as const satisfies Readonly<Record<AlertName, string>>

export function runbookFile(alert: AlertName): string {
  return FILES[alert]
}
