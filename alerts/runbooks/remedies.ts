// Runbooks about the remedies of a Guard.
import { ALERTS, CONDITIONS, EVENT_REASONS, METRICS } from '../../controller/model/names.ts'
import type { Runbook } from './runbook.ts'

const EXPLAIN = 'npx evenkeel explain "$NAMESPACE/$SERVICE"'

/** Takes the loop's hands off the service, without taking its eyes off it. */
const BY_HAND = `- To work by hand undisturbed, let the Guard only watch, and act again when done:

  \`\`\`sh
  kubectl patch guard "$SERVICE" -n "$NAMESPACE" --type merge -p '{"spec":{"mode":"Observe"}}'
  kubectl patch guard "$SERVICE" -n "$NAMESPACE" --type merge -p '{"spec":{"mode":"Enforce"}}'
  \`\`\``

const ROLL_BACK = `- A release: roll it back, of the workload that the Guard names.

  \`\`\`sh
  kubectl get guard "$SERVICE" -n "$NAMESPACE" -o jsonpath='{.spec.target.kind}/{.spec.target.name}'
  kubectl rollout undo deployment/NAME -n "$NAMESPACE"
  \`\`\``

export const exhausted: Runbook = {
  alert: ALERTS.exhausted,
  title: 'a Guard is Exhausted',
  alsoSeenAs: `\`${METRICS.guardCondition}{condition="${CONDITIONS.exhausted}"} == 1\`, the condition \`${CONDITIONS.exhausted}\` of a Guard, the Event \`${EVENT_REASONS.exhausted}\``,
  meaning: `A limit has been passed for longer than \`hold\`, and nothing is left to try: each remedy of the Guard is spent (all features shed, the
flow at its floor, the replicas at \`scale.max\`) and has had \`effectWithin\` to show, or is barred, or the Guard declares none.`,
  impact: `The users of the service feel what the breached limit stands for: errors, slowness, or soon both. It will not heal by itself
unless the load falls.`,
  diagnosis: `\`\`\`sh
${EXPLAIN}
kubectl get incidents -n "$NAMESPACE" --sort-by .metadata.creationTimestamp
kubectl describe incident -n "$NAMESPACE" INCIDENT     # its name is at the end of explain
\`\`\`

\`Healthy\` says which limit is passed and by how much; \`Exhausted\` says why nothing is left. Then read the acts:

| you see                                                           | likely                                                                        |
| ----------------------------------------------------------------- | ----------------------------------------------------------------------------- |
| load is over what the replicas serve, errors and latency are fine | \`max\` is too low for this load, or \`perReplica.rps\` too low for this service  |
| acts marked \`NotImproved\`, CPU low, latency high                  | replicas are not what is scarce: look at the database, the pool, a dependency |
| the pool is full on every pod                                     | the database is slow or at its limit; more replicas would make it worse       |
| errors began with a release                                       | the release                                                                   |
| the queue grows, the load does not                                | its workers                                                                   |`,
  mitigation: `- Room left in cluster and database: raise \`max\`. The next act follows on the next tick after \`cooldown\`.

  \`\`\`sh
  kubectl get guard "$SERVICE" -n "$NAMESPACE" -o jsonpath='{.spec.remedies}'     # where scale stands, counted from 0
  kubectl patch guard "$SERVICE" -n "$NAMESPACE" --type json -p '[{"op":"replace","path":"/spec/remedies/0/scale/max","value":12}]'
  \`\`\`

${ROLL_BACK}

- Replicas are not what is scarce: take load off. Turn off what is not core, limit at the edge, help the database.

  \`\`\`sh
  npx evenkeel features -n "$NAMESPACE"
  npx evenkeel feature NAME -n "$NAMESPACE" --off --for 1h --reason "load on $SERVICE"
  \`\`\`

${BY_HAND}

The condition turns False, and the Incident is resolved, by themselves; the alert ends some minutes later. While the signals are
unknown, both stay as they are.`,
}

export const failing: Runbook = {
  alert: ALERTS.failing,
  title: 'remedies fail or do not help',
  alsoSeenAs: `\`${METRICS.guardActsFailing} >= 2\` while \`${METRICS.guardIncidentOpen} == 1\``,
  meaning: `The last two acts on a breach or more either could not be carried out (\`Failed\`) or did not bring the signals back under their
limits within \`effectWithin\` (\`NotImproved\`), and the incident is open still.`,
  impact: `What the breached limit stands for goes on, while the Guard spends its budget of acts on something that is of no use.`,
  diagnosis: `\`\`\`sh
${EXPLAIN}
kubectl get guard "$SERVICE" -n "$NAMESPACE" -o jsonpath='{range .status.recentActions[*]}{.at}{" "}{.field}{" "}{.from}{" → "}{.to}{" "}{.outcome}{" "}{.verdict}{" "}{.detail}{"\\n"}{end}'
\`\`\`

| you see                                              | likely                                                                        |
| ---------------------------------------------------- | ----------------------------------------------------------------------------- |
| \`Failed\`, with “forbidden” in its detail             | the right to it was taken away: \`deploy/rbac\` as it is in this version         |
| \`Failed\`, with the name of a webhook or a quota       | admission refuses the write                                                   |
| \`NotImproved\`, and the new pods are not ready         | no room on the nodes, an image that can’t be pulled, a readiness that fails   |
| \`NotImproved\`, all pods are ready                     | what is scarce is elsewhere: the database, the pool, a dependency             |
| \`NotImproved\`, and it got well a little later         | \`effectWithin\` is shorter than this service takes to warm up                  |`,
  mitigation: `\`\`\`sh
kubectl get pods -n "$NAMESPACE" -o wide
kubectl describe resourcequota -n "$NAMESPACE"
kubectl auth can-i patch deployments/scale -n "$NAMESPACE" --as system:serviceaccount:evenkeel:evenkeel
\`\`\`

- Pods that can’t start: make room, or mend the image or the probe.
- A dependency that is slow: mend it; more replicas would press on it the harder.
${BY_HAND}`,
}

export const flapping: Runbook = {
  alert: ALERTS.flapping,
  title: 'remedies undo each other',
  alsoSeenAs: `\`${METRICS.guardActReversals} >= 3\``,
  meaning: `Within an hour three acts or more on one field took back what the one before had done to it: out, in, out and in again.`,
  impact: `Each change costs the service a restart, a cold cache or a burst of connections, and the budget of acts is used up: when it is
gone, a real breach is not answered.`,
  diagnosis: `\`\`\`sh
${EXPLAIN}
kubectl get guard "$SERVICE" -n "$NAMESPACE" -o jsonpath='{range .status.recentActions[*]}{.at}{" "}{.field}{" "}{.from}{" → "}{.to}{" "}{.why}{"\\n"}{end}'
kubectl get hpa,scaledobjects -n "$NAMESPACE"
\`\`\`

| you see                                              | likely                                                             |
| ---------------------------------------------------- | ------------------------------------------------------------------ |
| in as soon as the load is a little less              | \`limits.release.for\` is too short for how this load moves          |
| in and out around one number of replicas             | \`limits.release.below\` is too near to the limit                    |
| out right after it was in, with no load              | new pods are slow at first: \`effectWithin\`, or the limit itself    |
| another controller’s name in the managed fields      | two writers of one field: \`kubectl get deployment --show-managed-fields\` |`,
  mitigation: `- Wait longer before taking back:

  \`\`\`sh
  kubectl patch guard "$SERVICE" -n "$NAMESPACE" --type merge -p '{"spec":{"limits":{"release":{"for":"10m"}}}}'
  \`\`\`

- Keep more replicas than the least: raise \`scale.min\`, or give the hours a schedule.
${BY_HAND}`,
}
