// Runbooks of the alerts of FailoverGroups on what became of switches, and of what was asked of a group.
import { ALERTS, CONDITIONS, EVENT_REASONS, GROUP_CONDITIONS, METRICS } from '../../../controller/model/names.ts'
import type { Runbook } from '../runbook.ts'
import { ACKNOWLEDGE, LOOK } from './common.ts'

export const failoverFailed: Runbook = {
  alert: ALERTS.failoverFailed,
  title: 'the last switch of a FailoverGroup failed',
  alsoSeenAs: `\`${METRICS.failovers}{outcome="Failed"}\`, the Event \`${EVENT_REASONS.switchFailed}\``,
  meaning: `A switch was begun, could not be abandoned any more, and was not brought to its end: the new primary was lost while it was promoted, the
Service could not be switched, or the manager (Sentinel, Patroni) did not do what it was asked for.`,
  impact: `The group may be without a primary, or its Service lead to the old one; then [that pages](failover-group-unavailable.md). If it does
not, the group works and is not as it was meant to be.`,
  diagnosis: `\`\`\`sh
${LOOK}
kubectl get failovergroup "$GROUP" -n "$NAMESPACE" -o jsonpath='{range .status.history[*]}{.endedAt} {.kind} {.from}→{.to} {.outcome}: {.reason}{"\\n"}{end}'
kubectl logs -n evenkeel -l app.kubernetes.io/name=evenkeel --tail 1000 | grep "$NAMESPACE/$GROUP"
\`\`\``,
  mitigation: `Mend what the reason names: the pod of the new primary, the rights on the Service (\`deploy/rbac\`), the manager. Then ask for the switch again:

\`\`\`sh
npx evenkeel failover "$NAMESPACE/$GROUP" --to MEMBER
\`\`\`

The alert ends when a switch is done, and after three days.`,
}

export const failoverUnacknowledged: Runbook = {
  alert: ALERTS.failoverUnacknowledged,
  title: 'a group has failed over by itself, and nobody has looked into it',
  alsoSeenAs: `\`${METRICS.failoverGroupUnacknowledged} == 1\`, the condition \`${GROUP_CONDITIONS.blocked}\`, the Event \`${EVENT_REASONS.switchDone}\``,
  meaning: `The primary was lost, and a standby has taken over. That went well; why the primary was lost is not known yet.`,
  impact: `For \`recoveryBlock\` (an hour by default) no other failover is made by itself: were the new primary lost, [that would
page](failover-refused.md). There is one standby less, until the old primary follows again.`,
  diagnosis: `\`\`\`sh
${LOOK}
kubectl get events -n "$NAMESPACE" --field-selector involvedObject.name="$GROUP" --sort-by .lastTimestamp
kubectl get pods -n "$NAMESPACE" -o wide
kubectl logs MEMBER -n "$NAMESPACE" --previous      # of the member that was the primary
\`\`\`

| you see                                   | likely                                                                     |
| ----------------------------------------- | -------------------------------------------------------------------------- |
| \`OOMKilled\`, a restart                    | its memory limit                                                           |
| the node is NotReady, or gone             | the node, or a drain that nobody announced: ask for a switch before a drain |
| it runs, and was not reached              | the network between the pods                                               |
| more than one within the history          | it flaps: find the cause before you acknowledge                            |`,
  mitigation: `When the cause is known, and the old primary follows again, acknowledge it:

${ACKNOWLEDGE}

To go back to the first member, when it suits: [failback](failback-ready.md).`,
}

export const failoverDrillFailed: Runbook = {
  alert: ALERTS.failoverDrillFailed,
  title: 'the last drill of a FailoverGroup failed',
  alsoSeenAs: `\`${METRICS.failoverGroupDrill} == 0\`, the Event \`${EVENT_REASONS.drillFailed}\``,
  meaning: `The group was rehearsed, as \`spec.drill\` says. In mode Observe no failover would have been possible; in mode Enforce the switch, or the way
back, was not done.`,
  impact: 'None now. When the primary is lost, it may be that nobody takes over.',
  diagnosis: `\`\`\`sh
kubectl get failovergroup "$GROUP" -n "$NAMESPACE" -o jsonpath='{.status.drill}{"\\n"}'
${LOOK}
\`\`\``,
  mitigation: `Mend what the message names. The alert ends with the next drill that passes. To see sooner whether it would:

\`\`\`sh
npx evenkeel failover "$NAMESPACE/$GROUP" --dry-run
\`\`\``,
}

export const failoverGroupRefused: Runbook = {
  alert: ALERTS.failoverGroupRefused,
  title: 'a FailoverGroup is refused, and nothing fails over',
  alsoSeenAs: `\`${METRICS.failoverGroupRefused} == 1\`, the condition \`${CONDITIONS.accepted}\` False, the Event \`${EVENT_REASONS.rejected}\``,
  meaning: `The spec of the group passed the schema, and can’t be used all the same; or its status was written by another version of Evenkeel and can’t
be read, so that nobody knows who is active.`,
  impact:
    'Its members are not looked at, and nobody takes over from a primary that is lost. Clients go on as they are.',
  diagnosis: `\`\`\`sh
kubectl get failovergroup "$GROUP" -n "$NAMESPACE" -o jsonpath='{.status.conditions[?(@.type=="${CONDITIONS.accepted}")].message}{"\\n"}'
kubectl logs -n evenkeel -l app.kubernetes.io/name=evenkeel --tail 1000 | grep "$NAMESPACE/$GROUP"
\`\`\``,
  mitigation: `Correct the field that the message names. \`npx evenkeel check group.yaml\` says the same before it is applied: have your pipeline run it.
When \`Accepted\` is True and the log says that the status can’t be read: go back to the version of Evenkeel that wrote it.`,
}

export const failbackReady: Runbook = {
  alert: ALERTS.failbackReady,
  title: 'a FailoverGroup can go back to its first member',
  alsoSeenAs: `\`${METRICS.failoverGroupCondition}{condition="${GROUP_CONDITIONS.failbackReady}"} == 1\`, the Event \`${EVENT_REASONS.failbackReady}\``,
  meaning: `Another member than the first is active, and the first that may be promoted has been well, following and without lag for
\`failback.soak\`.`,
  impact: 'None. Where members differ (in size, zone or price), the group is not where it is meant to be.',
  diagnosis: `\`\`\`sh
npx evenkeel failovers -n "$NAMESPACE"
npx evenkeel failback "$NAMESPACE/$GROUP" --dry-run
\`\`\``,
  mitigation: `Go back when it suits: writes stop for a moment, and none is lost.

\`\`\`sh
npx evenkeel failback "$NAMESPACE/$GROUP"
\`\`\`

- It shall do so by itself: \`failback.mode: Automatic\`. It waits for a failover to be [acknowledged](failover-unacknowledged.md) then.

  \`\`\`sh
  kubectl patch failovergroup "$GROUP" -n "$NAMESPACE" --type merge -p '{"spec":{"failback":{"mode":"Automatic"}}}'
  \`\`\`

- It is well where it is: silence the alert, or put that member first in \`spec.members\`.`,
}
