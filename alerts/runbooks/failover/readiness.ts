// Runbooks of the alerts of FailoverGroups on what would be in the way of a failover.
import { ALERTS, GROUP_CONDITIONS, METRICS } from '../../../controller/model/names.ts'
import type { Runbook } from '../runbook.ts'
import { LOOK } from './common.ts'

export const failoverNotReady: Runbook = {
  alert: ALERTS.failoverNotReady,
  title: 'a FailoverGroup could not fail over',
  alsoSeenAs: `\`${METRICS.failoverGroupCondition}{condition="${GROUP_CONDITIONS.failoverReady}"} == 0\``,
  meaning: `For ten minutes a failover would have been refused, had the primary been lost.`,
  impact: 'None now. When the primary is lost, nobody takes over by itself.',
  diagnosis: `\`\`\`sh
${LOOK}
kubectl get failovergroup "$GROUP" -n "$NAMESPACE" -o jsonpath='{.status.conditions[?(@.type=="${GROUP_CONDITIONS.failoverReady}")].message}{"\\n"}'
\`\`\`

| the message says                     | then                                                                                                    |
| ------------------------------------ | ------------------------------------------------------------------------------------------------------- |
| does not answer, could not be asked  | the standby is down, or Evenkeel does not reach it: credentials, a NetworkPolicy                        |
| behind, or how far is not known      | [it lags](failover-replica-lagging.md), or its replication is broken                                     |
| unfit                                | the data store says itself why it must not take over                                                    |
| the primary can’t be fenced          | its settings: \`min-replicas-to-write\` of Redis, \`read_only\` of MariaDB at the start, \`fencing.deletePod\` |`,
  mitigation: `Mend what the message names; the condition turns by itself. Do not drain the primary’s node before that.`,
}

export const failoverMemberDown: Runbook = {
  alert: ALERTS.failoverMemberDown,
  title: 'a standby of a FailoverGroup is down',
  alsoSeenAs: `\`${METRICS.failoverGroupMemberUp} == 0\``,
  meaning: `The member in the label \`member\` has not answered for ten minutes. It is not the active one.`,
  impact: `There is less to fail over to. A primary that waits for replicas (\`min-replicas-to-write\`) may soon take no writes.`,
  diagnosis: `\`\`\`sh
MEMBER=db-1      # the label member of the alert
npx evenkeel failovers -n "$NAMESPACE"      # why, behind its name
kubectl get pod "$MEMBER" -n "$NAMESPACE" -o wide      # of a StatefulSet; else the pods of the member’s selector
kubectl describe pod "$MEMBER" -n "$NAMESPACE"
kubectl logs "$MEMBER" -n "$NAMESPACE" --previous
\`\`\``,
  mitigation: `Bring its pod back. When it answers again, Evenkeel has it follow the active member by itself in mode Enforce, if it was the primary before.

\`\`\`sh
kubectl delete pod "$MEMBER" -n "$NAMESPACE"
\`\`\``,
}

export const failoverLagging: Runbook = {
  alert: ALERTS.failoverLagging,
  title: 'a standby of a FailoverGroup is too far behind',
  alsoSeenAs: `\`${METRICS.failoverGroupLag}\` above \`${METRICS.failoverGroupLagLimit}\``,
  meaning: `The member in the label \`member\` has been further behind the primary than \`spec.lagLimit\` for ten minutes, in bytes or transactions.`,
  impact: 'It may not take over: writes that it lacks would be lost.',
  diagnosis: `\`\`\`sh
MEMBER=db-1      # the label member of the alert
npx evenkeel failovers -n "$NAMESPACE"
kubectl top pod -n "$NAMESPACE"
kubectl exec -n "$NAMESPACE" "$MEMBER" -- redis-cli INFO replication      # or SHOW REPLICA STATUS
\`\`\`

| you see                        | likely                                                    |
| ------------------------------ | --------------------------------------------------------- |
| it catches up                  | a burst of writes, or a long restart: wait                |
| it falls further behind        | its disk or processor is slower than the primary’s        |
| it stands still                | replication has stopped: the error is in its status or log |`,
  mitigation: `Give it what it lacks, or slow the writes. Replication that has stopped is set up anew by the means of the data store. If the limit is too
narrow for how your service writes, widen it: it is how much may be lost.

\`\`\`sh
kubectl patch failovergroup "$GROUP" -n "$NAMESPACE" --type merge -p '{"spec":{"lagLimit":{"bytes":4194304}}}'
\`\`\``,
}
