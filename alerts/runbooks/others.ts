// Runbooks about objects that Evenkeel has a word on, and that have no alerts of their own.
import { ALERTS, CONDITIONS, EVENT_REASONS, METRICS } from '../../controller/model/names.ts'
import type { Runbook } from './runbook.ts'

export const guardRefused: Runbook = {
  alert: ALERTS.guardRefused,
  title: 'a Guard is refused, and guards nothing',
  alsoSeenAs: `\`${METRICS.guardRefused} == 1\`, the condition \`${CONDITIONS.accepted}\` False of a Guard, the Event \`${EVENT_REASONS.rejected}\``,
  meaning: `The spec of the Guard in the labels \`guard_namespace\` and \`guard\` passed the schema, and can’t be used all the same: two fields
contradict each other, or a name in it is unknown. It has been so for five minutes.`,
  impact: `Nobody looks at its service: nothing is judged, healed or booked, and no alert of the service can fire but
[${ALERTS.metricsAbsent}](metrics-absent.md), when it was guarded before. Other Guards go on.`,
  diagnosis: `\`\`\`sh
GUARD_NAMESPACE=shop GUARD=checkout      # the labels guard_namespace and guard of the alert
kubectl get guard "$GUARD" -n "$GUARD_NAMESPACE" -o jsonpath='{.status.conditions[?(@.type=="${CONDITIONS.accepted}")].message}{"\\n"}'
\`\`\``,
  mitigation: `Correct the field that the message names. \`npx evenkeel check guard.yaml\` says the same before it is applied: have your
pipeline run it.`,
}

export const servicePanic: Runbook = {
  alert: ALERTS.servicePanic,
  title: 'a Service has too few pods that are well',
  alsoSeenAs: `\`${METRICS.servicePanic} == 1\``,
  meaning: `For five minutes so few pods behind the Service in the labels \`backend_namespace\` and \`backend\` have been well that the observer is
suspected: fewer than \`EVENKEEL_PROBES_PANIC_BELOW\` of them. Load balancers that ask Evenkeel are told to use all.`,
  impact: `Requests go to pods that are not well too. That is better than all of them on the few that are, and worse than it should be.`,
  diagnosis: `\`\`\`sh
BACKEND_NAMESPACE=shop BACKEND=checkout      # the labels backend_namespace and backend of the alert
kubectl get endpoints "$BACKEND" -n "$BACKEND_NAMESPACE"
kubectl get service "$BACKEND" -n "$BACKEND_NAMESPACE" -o jsonpath='{.spec.selector}{"\\n"}'
kubectl get pods -n "$BACKEND_NAMESPACE" -o wide      # those that the selector names
\`\`\`

| you see                                          | likely                                                              |
| ------------------------------------------------ | ------------------------------------------------------------------- |
| pods that are not ready, after a release         | the release                                                         |
| pods that are not ready, all on one node or zone | that node or zone                                                   |
| pods that are ready, marked as not serving       | somebody has taken them out by hand, or they have done so themselves |`,
  mitigation: `- A release: \`kubectl rollout undo deployment/NAME -n "$BACKEND_NAMESPACE"\`.
- A node: \`kubectl cordon NODE\`, and delete the pods on it, so that they start elsewhere.
- Pods that were taken out and are well: take the mark back.

  \`\`\`sh
  kubectl label pod POD -n "$BACKEND_NAMESPACE" evenkeel.dev/serving-
  \`\`\``,
}
