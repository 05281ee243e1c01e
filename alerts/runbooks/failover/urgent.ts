// Runbooks of the alerts of FailoverGroups that page.
import { ALERTS, EVENT_REASONS, GROUP_CONDITIONS, GROUP_REASONS, METRICS } from '../../../controller/model/names.ts'
import type { Runbook } from '../runbook.ts'
import { ACKNOWLEDGE, BY_HAND, LOOK } from './common.ts'

export const failoverRefused: Runbook = {
  alert: ALERTS.failoverRefused,
  title: 'a failover is needed, and may not be made',
  alsoSeenAs: `\`${METRICS.failoverGroupCondition}{condition="${GROUP_CONDITIONS.refused}"} == 1\`, the Event \`${EVENT_REASONS.switchRefused}\``,
  meaning: `The primary has been down for \`downAfter\`, and a rule stands against every failover: no standby may take over, the old primary can’t
be fenced, the last failover has not been acknowledged, or it may be Evenkeel that is cut off. Attempts that were abandoned count, too. The
condition \`${GROUP_CONDITIONS.refused}\` says it in a sentence.`,
  impact: `Nobody takes writes, and nobody will before you do something. What is there is safe: nothing was promoted.`,
  diagnosis: `\`\`\`sh
${LOOK}
kubectl get failovergroup "$GROUP" -n "$NAMESPACE" -o jsonpath='{.status.conditions[?(@.type=="${GROUP_CONDITIONS.refused}")].message}{"\\n"}'
kubectl get pods -n "$NAMESPACE" -o wide
\`\`\`

| the sentence says                                 | then                                                                                                |
| ------------------------------------------------- | --------------------------------------------------------------------------------------------------- |
| it has not been acknowledged                      | it failed over once within \`recoveryBlock\` already: the new primary is lost, too, or it flaps        |
| a standby still hears from it                     | the primary runs, and Evenkeel does not reach it: the network, a NetworkPolicy                      |
| behind by more than \`lagLimit\`                    | that standby lacks writes: to promote it loses them                                                 |
| it is not known to take no writes; fencing        | nobody can say that the old primary has ended: its node is gone or cut off                          |
| no answer, unfit                                  | the standby itself is in trouble                                                                    |
| the observer itself is suspected                  | [most services are in trouble at once](evenkeel-fleet-panic.md)                                     |`,
  mitigation: `- The primary can be brought back: do that first. It is the only way that loses nothing.

- Only the block is in the way, and you have seen why the primary was lost:

  ${ACKNOWLEDGE.replaceAll('\n', '\n  ').replaceAll(/ +$/gm, '')}

- Ask for it yourself. The block does not hold a person; fencing and lag do.

  \`\`\`sh
  npx evenkeel failover "$NAMESPACE/$GROUP" --to MEMBER
  \`\`\`

- It can’t be fenced, since its node is gone: see to it that the node is off and stays off (at the provider, by its power), and only then delete
  the pod for good. On a node that is only cut off this makes two primaries.

  \`\`\`sh
  kubectl delete pod MEMBER -n "$NAMESPACE" --grace-period 0 --force
  \`\`\`

- The standby is too far behind, the primary is gone for good, and its last writes are given up: say so by the limit, and set it back afterwards.

  \`\`\`sh
  kubectl patch failovergroup "$GROUP" -n "$NAMESPACE" --type merge -p '{"spec":{"lagLimit":{"bytes":1073741824}}}'
  \`\`\`

${BY_HAND}`,
}

export const failoverUnavailable: Runbook = {
  alert: ALERTS.failoverUnavailable,
  title: 'a FailoverGroup has no primary that can be used, or two',
  alsoSeenAs: `\`${METRICS.failoverGroupCondition}{condition="${GROUP_CONDITIONS.available}"} == 0\``,
  meaning: `For a minute the condition \`${GROUP_CONDITIONS.available}\` has been False, and no switch is about to mend it. Two primaries are told at once.`,
  impact: `Without a primary nobody takes writes. With two, clients may write to both, and what one of them takes will be lost: each minute
counts.`,
  diagnosis: `\`\`\`sh
${LOOK}
kubectl get failovergroup "$GROUP" -n "$NAMESPACE" -o jsonpath='{.status.conditions[?(@.type=="${GROUP_CONDITIONS.available}")]}{"\\n"}'
\`\`\`

| reason            | then                                                                                                            |
| ----------------- | --------------------------------------------------------------------------------------------------------------- |
| \`${GROUP_REASONS.twoPrimaries}\`    | a person or a program past Evenkeel has made a standby a primary. Evenkeel touches neither                       |
| \`PrimaryDown\`     | it is lost. Mode Observe only watches; in Enforce, [why no failover is made](failover-refused.md)                |
| \`NotWritable\`     | it answers and takes no writes: it has no replicas (\`min-replicas-to-write\`), is read-only, or its disk is full |
| \`NoPrimary\`       | none has been seen since the group was made, or several: nobody is adopted                                      |
| \`RoutedElsewhere\` | the Service names another member than the primary: somebody has changed its selector                            |
| a switch is long under way | its step in \`status.switch\`, and the log of the leader                                                 |`,
  mitigation: `- Two primaries: choose the one whose writes are to be kept, most often the active one. Stop the other (scale it in, or by its own means), save
  its data if they matter, and make it a replica. Redis:

  \`\`\`sh
  kubectl exec -n "$NAMESPACE" OTHER -- redis-cli REPLICAOF ACTIVE_ADDRESS 6379
  \`\`\`

- The primary is down, and the mode is Observe: fail over as you would without Evenkeel, or let it act.

  \`\`\`sh
  kubectl patch failovergroup "$GROUP" -n "$NAMESPACE" --type merge -p '{"spec":{"mode":"Enforce"}}'
  \`\`\`

- It takes no writes for want of replicas: bring a replica back.
- The Service leads elsewhere: correct its selector.

  \`\`\`sh
  kubectl get failovergroup "$GROUP" -n "$NAMESPACE" -o jsonpath='{.spec.service} → {.status.active}{"\\n"}'
  kubectl edit service NAME -n "$NAMESPACE"
  \`\`\`

${BY_HAND}`,
}
